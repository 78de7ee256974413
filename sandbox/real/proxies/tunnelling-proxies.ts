import { installed, versionOf } from '../part.ts'
import type { ProxySetup, ProxySoftware } from './proxy.ts'

const CARRIES =
  'carries the token request, STS and renewals, for a user with a password, and recovers from a crash'

export const squid: ProxySoftware = {
  lane: 'Proxies',
  name: 'squid',
  shows: `${CARRIES}; over http and https`,
  version: () => versionOf('/usr/sbin/squid', '-v'),
  command: setup => ({
    file: '/usr/sbin/squid',
    args: ['-N', '-f', 'proxy.conf'],
    configuration: squidConfiguration(setup),
  }),
}

export const apache: ProxySoftware = {
  lane: 'Proxies',
  name: 'Apache HTTP Server',
  shows: `with mod_proxy_connect ${CARRIES}; over http and https`,
  version: () => versionOf('/usr/sbin/apache2', '-v'),
  command: setup => ({
    file: '/usr/sbin/apache2',
    // One process, with nothing that could outlive it.
    args: ['-X', '-d', setup.folder, '-f', 'proxy.conf'],
    configuration: apacheConfiguration(setup),
  }),
}

export const tinyproxy: ProxySoftware = {
  lane: 'Proxies',
  name: 'tinyproxy',
  shows: CARRIES,
  note: 'Tested only with letters, digits and `.-_` in its user name and password.',
  version: () => versionOf('/usr/bin/tinyproxy', '-v'),
  command: ({ port, user, parent }) => ({
    file: '/usr/bin/tinyproxy',
    args: ['-d', '-c', 'proxy.conf'],
    configuration: `
Port ${port}
Listen 127.0.0.1
Timeout 20
MaxClients 20
LogLevel Critical
${user ? `BasicAuth ${user.name} ${user.password}` : ''}
Upstream http 127.0.0.1:${parent.port} ".test"
`,
  }),
}

const pxCommand = installed('python/px/bin/px')

export const px: ProxySoftware = {
  lane: 'Proxies',
  name: 'px',
  shows: `${CARRIES}; supplies the password for the next proxy if the step has none`,
  note: 'For a proxy that requires NTLM, Kerberos or Digest: run px on the runner, and set `http-proxy` to it. A user name can’t contain a `%`.',
  version: () => versionOf(pxCommand, '--help'),
  command: ({ port, user, parent, args = [] }) => ({
    file: pxCommand,
    args: [
      '--foreground',
      '--listen=127.0.0.1',
      `--port=${port}`,
      `--proxy=127.0.0.1:${parent.port}`,
      ...(parent.user ? [`--username=${parent.user.name}`] : ['--auth=NONE']),
      ...(user ? ['--client-auth=BASIC', `--client-username=${user.name}`] : []),
      ...args,
    ],
    environment: { PX_PASSWORD: parent.user?.password ?? '', PX_CLIENT_PASSWORD: user?.password ?? '' },
  }),
}

function squidConfiguration({ port, folder, user, parent, certificate }: ProxySetup): string {
  const listens = certificate
    ? `https_port 127.0.0.1:${port} tls-cert=${folder}/cert.pem tls-key=${folder}/key.pem`
    : `http_port 127.0.0.1:${port}`
  return `
${listens}
visible_hostname sandbox
pid_filename none
cache_log /dev/null
access_log none
cache deny all
cache_mem 8 MB
netdb_filename none
pinger_enable off
shutdown_lifetime 0 seconds
max_filedescriptors 1024
coredump_dir none
auth_param basic program /usr/lib/squid/basic_ncsa_auth ${folder}/users
auth_param basic children 1
acl known proxy_auth REQUIRED
acl unresolved dstdomain .test
cache_peer 127.0.0.1 parent ${parent.port} 0 no-query no-digest proxy-only
cache_peer_access 127.0.0.1 allow unresolved
never_direct allow unresolved
always_direct deny unresolved
always_direct allow all
http_access allow CONNECT${user ? ' known' : ''}
http_access deny all
`
}

const apacheModules = [
  'mpm_event',
  'authn_core',
  'authn_file',
  'authz_core',
  'authz_user',
  'auth_basic',
  'proxy',
  'proxy_connect',
  'ssl',
]

function apacheConfiguration({ port, folder, user, parent, certificate }: ProxySetup): string {
  const modules = apacheModules.map(
    name => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
  )
  const known = `AuthType Basic\nAuthName proxy\nAuthUserFile ${folder}/users\nRequire valid-user`
  return `
${modules.join('\n')}
User nobody
Group nogroup
Mutex pthread
Listen 127.0.0.1:${port} ${certificate ? 'https' : 'http'}
ServerName sandbox
PidFile ${folder}/pid
ErrorLog /dev/null
${certificate ? `SSLEngine on\nSSLCertificateFile ${folder}/cert.pem\nSSLCertificateKeyFile ${folder}/key.pem` : ''}
ProxyRequests On
AllowCONNECT 1-65535
ProxyRemoteMatch \\.test: http://127.0.0.1:${parent.port}
<Proxy "*">
${user ? known : 'Require all granted'}
</Proxy>
`
}
