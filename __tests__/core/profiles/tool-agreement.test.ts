import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type Agreement, agreementOf, type Disagreement } from '../../../src/core/profiles/tool-agreement.ts'
import { BROKEN_FILES } from '../config-files.ts'
import { millisecondsOf } from '../thrown.ts'

type Files = { readonly credentials?: string; readonly config?: string; readonly boto?: string }
type Variables = Readonly<Record<string, string>>

/** Both tools find the same files, one char per byte. */
function agree(files: Files, variables: Variables = {}): Agreement | Disagreement {
  const file = (name: keyof Files) => {
    const text = files[name]
    return { path: `/${name}`, bytes: text === undefined ? undefined : Buffer.from(text, 'latin1') }
  }
  const sdk = { credentials: file('credentials'), config: file('config') }
  return agreementOf({ sdk, botocore: { ...sdk, boto: [file('boto')] } }, variables)
}

function reasonOf(files: Files, variables?: Variables): string {
  const outcome = agree(files, variables)
  return 'reason' in outcome ? outcome.reason : ''
}

function planOf(files: Files, variables?: Variables) {
  const outcome = agree(files, variables)
  if ('reason' in outcome) throw new Error(outcome.reason)
  return outcome.plan
}

/** What the SDK gets to read. */
function excerptsOf(files: Files, variables?: Variables) {
  const outcome = agree(files, variables)
  if ('reason' in outcome) throw new Error(outcome.reason)
  return outcome.excerpts
}

const DEV = { AWS_PROFILE: 'dev' }
const ROLE = 'role_arn = arn:aws:iam::111122223333:role/deploy\n'

function keys(name: string): string {
  return `aws_access_key_id = ${name}\naws_secret_access_key = ${name}-secret\n`
}

const ALICE = `[default]\n${keys('alice')}`

describe('a line that tools read differently', () => {
  test.each<[string, Files, string, number, Variables?]>([
    ['text behind a header', { credentials: `${ALICE}[other] /* x */\n${keys('bob')}` }, 'credentials', 4],
    [
      'a comment right behind a header',
      { credentials: `${ALICE}[other]# x\n${keys('bob')}` },
      'credentials',
      4,
    ],
    ['an indented header', { credentials: `${ALICE}  [other]\naws_session_token = bob\n` }, 'credentials', 4],
    ['a header of Python’s own', { config: `[DEFAULT]\n${keys('bob')}[default]\n` }, 'config', 1],
    ['a quoted default', { config: `[profile "default"]\n${keys('bob')}${ALICE}` }, 'config', 1],
    ['two blanks in a header', { config: `[profile  dev]\n${keys('bob')}` }, 'config', 1, DEV],
    ['a dot in a header', { config: `[profile.dev]\n${keys('bob')}[profile dev]` }, 'config', 1, DEV],
    ['quotes within a name', { config: `[profile d"e"v]\n${keys('bob')}` }, 'config', 1, DEV],
    ['letters after profile', { config: `[profiles dev]\n${keys('bob')}` }, 'config', 1, DEV],
    [
      'an indented setting',
      { credentials: '[default]\naws_access_key_id = a\n aws_secret_access_key = b\n' },
      'credentials',
      3,
    ],
    ['a line that goes on', { credentials: `${ALICE}  more\n` }, 'credentials', 4],
    [
      'a name in capitals',
      { credentials: `[default]\nAWS_ACCESS_KEY_ID = a\naws_secret_access_key = b\n` },
      'credentials',
      2,
    ],
    [
      'a colon',
      { credentials: '[default]\naws_access_key_id: a\naws_secret_access_key = b\n' },
      'credentials',
      2,
    ],
    ['a comment behind a value', { credentials: `${ALICE}aws_session_token = t # x\n` }, 'credentials', 4],
    [
      'a carriage return in a line',
      { credentials: '[default]\naws_access_key_id = a\raws_secret_access_key = b\n' },
      'credentials',
      2,
    ],
    [
      'a control character at its end',
      { credentials: '[default]\naws_access_key_id = a\x1f\naws_secret_access_key = b\n' },
      'credentials',
      2,
    ],
    [
      'a setting in a block',
      { credentials: `${ALICE}s3 =\n  x = 1\n\naws_session_token : t\n` },
      'credentials',
      7,
    ],
    [
      'its session',
      {
        config:
          '[default]\nsso_session = s\nsso_account_id = a\nsso_role_name = r\n[sso-session s]\nsso_start_url = u # x\nsso_region = r\n',
      },
      'config',
      6,
    ],
    [
      'the profile that it is assumed from',
      {
        config: `[profile dev]\n${ROLE}source_profile = base\n`,
        credentials: `[base]\n${keys('bob')} more\n`,
      },
      'credentials',
      4,
      DEV,
    ],
  ])('is an error for %s', (_, files, file, line, variables = {}) => {
    const reason = reasonOf(files, variables)
    expect(reason).toMatch(new RegExp(`^"/${file}", line ${line}: the AWS CLI and .* read it differently`))
    expect(reason).not.toMatch(/alice|bob|secret"/)
  })

  test.each<[string, Files, Variables?]>([
    ['another profile', { credentials: `${ALICE}[other]\nAWS_ACCESS_KEY_ID : x\n y\n` }],
    [
      'a later header that all know for one',
      { credentials: `${ALICE}[other]\nk = v\n[third]# x\n${keys('bob')}` },
    ],
    ['another setting', { credentials: `${ALICE}region = eu # x\nOUTPUT : json\n` }],
    [
      'a section of another kind',
      { config: `${ALICE}[preview] # x\ncloudsearch = true\n[plugins]\na = b\n` },
    ],
    ['a blank session token', { credentials: `${ALICE}aws_session_token =\n` }],
    ['what is inherited but given', { credentials: `[DEFAULT]\n${keys('bob')}${ALICE}` }],
  ])('is not an error if it belongs to %s', (_, files, variables = {}) => {
    expect(planOf(files, variables).facts).toEqual(['alice', 'alice-secret', undefined])
  })

  test('is not looked for in a file that the AWS CLI can’t parse', () => {
    for (const { text, line } of Object.values(BROKEN_FILES)) {
      expect(reasonOf({ credentials: ALICE, config: text })).toMatch(
        new RegExp(`^"/config", line ${line}: .*, so the AWS CLI can't parse the file$`),
      )
    }
  })
})

const SSO = 'sso_start_url = u\nsso_region = r\nsso_account_id = a\nsso_role_name = n\n'

describe('a profile with two kinds of credentials', () => {
  test.each<[string, Files, string, string, Variables?]>([
    [
      'keys and SSO',
      { config: `[default]\n${keys('a')}${SSO}` },
      'sso_account_id in line 6',
      'aws_access_key_id in line 2',
    ],
    [
      'SSO and a command',
      { config: `[default]\n${SSO}credential_process = p\n` },
      'sso_account_id in line 4',
      'credential_process in line 6',
    ],
    [
      'keys in the config file and a command',
      { config: `[default]\n${keys('a')}credential_process = p\n` },
      'credential_process in line 4',
      'aws_access_key_id in line 2',
    ],
    [
      'keys and a token',
      { config: `[default]\n${keys('a')}${ROLE}web_identity_token_file = f\n` },
      'web_identity_token_file in line 5',
      'aws_access_key_id in line 2',
    ],
    [
      'a token and another profile',
      {
        config: `[default]\n${ROLE}web_identity_token_file = f\nsource_profile = b\n[profile b]\n${keys('b')}`,
      },
      'web_identity_token_file in line 3',
      'role_arn in line 2',
    ],
    [
      'keys and a role without source',
      { config: `[default]\n${keys('a')}${ROLE}` },
      'no credentials, as it has a role_arn',
      'aws_access_key_id in line 2',
    ],
    [
      'a key in either file',
      { credentials: '[default]\naws_secret_access_key = s\n', config: '[default]\naws_access_key_id = a\n' },
      'no credentials, as its access key has no secret in the same file',
      'aws_access_key_id in line 2',
    ],
    [
      'a session and a command',
      { config: '[default]\nlogin_session = l\ncredential_process = p\n' },
      'login_session in line 2',
      'credential_process in line 3',
    ],
    [
      'a token of the environment',
      { credentials: ALICE },
      'AWS_WEB_IDENTITY_TOKEN_FILE',
      'aws_access_key_id in line 2',
      { AWS_WEB_IDENTITY_TOKEN_FILE: '/token', AWS_ROLE_ARN: 'arn' },
    ],
    [
      'a source that has a source alone',
      { config: `[default]\n${ROLE}source_profile = b\n[profile b]\ncredential_source = Environment\n` },
      'no credentials, as its source_profile has no credentials',
      'role_arn in line 2',
    ],
    [
      'a source that leads back',
      { config: `[default]\n${ROLE}source_profile = default\n` },
      'no credentials, as its source_profile chain is circular',
      'what a container or an instance has',
    ],
    [
      'a key of the environment without its secret',
      { credentials: ALICE },
      'no credentials, as a secret is missing (AWS_ACCESS_KEY_ID)',
      'aws_access_key_id in line 2',
      { AWS_ACCESS_KEY_ID: 'AKIA' },
    ],
    [
      'a profile that is missing',
      {},
      'no credentials, as there is no such profile',
      'what a container or an instance has',
      DEV,
    ],
    [
      'keys of Boto 2',
      { boto: '[Credentials]\naws_access_key_id = x\n' },
      '/boto',
      'what a container or an instance has',
    ],
  ])('is an error for %s', (_, files, ofCli, ofSdk, variables = {}) => {
    const reason = reasonOf(files, variables)
    expect(reason).toMatch(/^for the profile "(?:default|dev)", the AWS CLI would use /)
    const [cli = '', sdk = ''] = reason.split(', and the AWS SDK for JavaScript ')
    expect(cli).toContain(ofCli)
    expect(sdk).toContain(ofSdk)
    const hasTwoSources = !reason.includes('no credentials')
    expect(reason.includes('keep only one of them')).toBe(hasTwoSources)
  })

  test.each<[string, Files, string, Variables?]>([
    [
      'two session tokens',
      { credentials: `${ALICE}aws_session_token = t\naws_security_token = u\n` },
      'session token',
    ],
    [
      'a session token in the other file',
      { credentials: ALICE, config: '[default]\naws_session_token = t\n' },
      'session token',
    ],
    [
      'a role of the environment',
      { config: `[default]\n${ROLE}web_identity_token_file = f\n` },
      'role or session name',
      { AWS_ROLE_ARN: 'arn' },
    ],
    [
      'a blank external id',
      { config: `[default]\n${ROLE}credential_source = Environment\nexternal_id =\n` },
      'settings',
    ],
  ])('is an error if the tools add %s', (_, files, added, variables = {}) => {
    const reason = reasonOf(files, variables)
    expect(reason).toMatch(/would both use \w+ in line \d of /)
    expect(reason).toContain(`not with the same ${added}`)
  })

  test.each<[string, Files, string, Variables?]>([
    [
      'keys in the credentials file before a command',
      { credentials: ALICE, config: '[default]\ncredential_process = p\n' },
      'keys',
    ],
    [
      'keys of the credentials file before those of the other',
      { credentials: ALICE, config: `[default]\n${keys('b')}` },
      'keys',
    ],
    ['keys in the config file', { config: ALICE }, 'keys'],
    [
      'a token before a command',
      { config: `[default]\n${ROLE}web_identity_token_file = f\ncredential_process = p\n` },
      'web identity',
    ],
    [
      'a role by itself as its source',
      { config: `[default]\n${keys('a')}${ROLE}source_profile = default\n` },
      'role',
    ],
    ['a role of a place', { config: `[default]\n${ROLE}credential_source = EcsContainer\n` }, 'role'],
    ['a command', { config: '[profile "dev"]\ncredential_process = p "a b"\n' }, 'process', DEV],
    ['SSO', { config: `[default]\n${SSO}` }, 'SSO'],
    [
      'SSO by a session',
      {
        config:
          '[default]\nsso_session = s\nsso_account_id = a\nsso_role_name = n\n[sso-session s]\nsso_start_url = u\nsso_region = r\n',
      },
      'SSO',
    ],
    ['a login', { config: '[default]\nlogin_session = l\n' }, 'login'],
    [
      'a token of the environment',
      { config: '[default]\nregion = r\n' },
      'web identity',
      { AWS_WEB_IDENTITY_TOKEN_FILE: 'f', AWS_ROLE_ARN: 'r' },
    ],
    ['nothing', { config: '[default]\nregion = r\n' }, 'elsewhere'],
    ['no file', {}, 'elsewhere'],
    ['a profile without credentials', { config: '[profile dev]\nregion = r\n' }, 'elsewhere', DEV],
  ])('works for all tools with %s', (_, files, kind, variables = {}) => {
    expect(planOf(files, variables).kind).toBe(kind)
  })
})

describe('a command', () => {
  const profile = (command: string) => ({ config: `[default]\ncredential_process = ${command}\n` })

  test.each([
    'helper $STAGE',
    'helper $' + '{STAGE:-prod}',
    'helper "$STAGE"',
    'helper "a `date`"',
    'helper `date`',
    'helper prod;true',
    'helper prod | cat',
    'helper && true',
    'helper > out',
    'cat *.json',
    'cat [ab].json',
    'cat ?.json',
    'cat {a,b}.json',
    '~/bin/helper',
    'STAGE=prod helper',
    '(helper)',
    "helper 'a",
    'helper "a',
    'helper a\\',
  ])('that a shell would split differently is disputed: %s', command => {
    expect(reasonOf(profile(command))).toMatch(/credential_process in line 2 of "\/config"/)
  })

  test.each([
    '/opt/helper',
    'helper --arn arn:aws:iam::111122223333:role/deploy --name=a,b',
    "helper '$STAGE;`x` *?~#'",
    'helper "a;b | c & (d) *?~#"',
    'helper a\\ b\\$c',
    "sh -c 'echo $HOME'",
    'C:/bin/helper.exe a~b a#b',
  ])('of plain words is accepted: %s', command => {
    expect(planOf(profile(command)).kind).toBe('process')
  })

  test('of a source profile is checked the same way', () => {
    const config = `[default]\n${ROLE}source_profile = s\n[profile s]\ncredential_process = helper $STAGE\n`
    expect(reasonOf({ config })).toMatch(/credential_process in line 5/)
    expect(planOf({ config: config.replace(' $STAGE', '') }).kind).toBe('role')
  })
})

describe('the instance metadata endpoint', () => {
  const at = (host: string) => `ec2_metadata_service_endpoint = http://127.0.0.1:${host}\n`

  test.each<[string, Files, string, number, Variables?]>([
    [
      'in two sections of one profile',
      { config: `[profile default]\n${at('1')}[default]\n${at('2')}` },
      'config',
      1,
      {},
    ],
    [
      'in a profile that one tool alone sees',
      { config: `[profile dev]\n${at('1')}[profile "dev" ]\n${at('2')}` },
      'config',
      1,
      DEV,
    ],
  ])('is disputed %s', (_, files, file, line, variables) => {
    expect(reasonOf(files, variables)).toContain(`"/${file}", line ${line}`)
  })

  test('is disputed if the two files differ, and accepted if they agree', () => {
    const files = { credentials: `[default]\n${at('1')}`, config: `[default]\n${at('2')}` }
    expect(reasonOf(files)).not.toBe('')
    expect(planOf({ ...files, config: files.credentials }).kind).toBe('elsewhere')
    expect(planOf(files, { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:3' }).kind).toBe('elsewhere')
    expect(planOf(files, { AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:3' }).kind).toBe('elsewhere')
  })

  test('applies to a role that uses the instance, too', () => {
    const role = `[default]\n${ROLE}credential_source = Ec2InstanceMetadata\n`
    expect(planOf({ config: role }).kind).toBe('role')
    expect(reasonOf({ credentials: `[default]\n${at('1')}`, config: `${role}${at('2')}` })).not.toBe('')
  })
})

describe('a blank variable', () => {
  test.each<[string, Files, Variables]>([
    ['AWS_PROFILE', { credentials: ALICE }, { AWS_PROFILE: '' }],
    ['AWS_DEFAULT_PROFILE', { credentials: ALICE }, { AWS_DEFAULT_PROFILE: '' }],
    ['AWS_DEFAULT_PROFILE', { credentials: `[dev]\n${keys('bob')}` }, { ...DEV, AWS_DEFAULT_PROFILE: '' }],
    ['AWS_CONTAINER_CREDENTIALS_FULL_URI', {}, { AWS_CONTAINER_CREDENTIALS_FULL_URI: '' }],
    [
      'AWS_CONTAINER_CREDENTIALS_RELATIVE_URI',
      {},
      {
        AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: '',
        AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:1',
      },
    ],
    [
      'AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE',
      {},
      {
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '',
        AWS_CONTAINER_CREDENTIALS_FULL_URI: 'http://127.0.0.1:1',
      },
    ],
  ])('%s, which breaks the AWS CLI, is disputed by its name', (name, files, variables) => {
    expect(reasonOf(files, variables)).toContain(name)
  })

  test('of a container is ignored when no container is used', () => {
    const variables = { AWS_CONTAINER_CREDENTIALS_FULL_URI: '', AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: '' }
    expect(planOf({ credentials: ALICE }, variables).kind).toBe('keys')
  })
})

describe('a profile that the SDK can’t resolve', () => {
  test.each<[string, string, string]>([
    [
      'a device',
      `[default]\n${ROLE}source_profile = b\nmfa_serial = m\n[profile b]\n${keys('b')}`,
      'mfa_serial in line 4',
    ],
    [
      'SSO in part',
      '[default]\nsso_account_id = a\nsso_role_name = n\nsso_region = r\n',
      'its SSO settings are incomplete',
    ],
    [
      'a session that is missing',
      '[default]\nsso_session = s\nsso_account_id = a\nsso_role_name = n\n',
      'its sso-session is missing',
    ],
  ])('is reported before the SDK tries: %s', (_, config, words) => {
    expect(reasonOf({ config })).toContain(words)
  })

  test('includes one with too long a chain of source profiles', () => {
    const links = Array.from(
      { length: 20_000 },
      (_, index) => `[profile p${index}]\n${ROLE}source_profile = p${index + 1}\n`,
    )
    const config = links.join('')
    expect(millisecondsOf(() => reasonOf({ config }, { AWS_PROFILE: 'p0' }))).toBeLessThan(5_000)
    expect(reasonOf({ config }, { AWS_PROFILE: 'p0' })).toContain('is too long')
  })

  test('may have the name of an Object.prototype member', () => {
    const credentials = `[constructor]\n${keys('bob')}`
    expect(reasonOf({ credentials }, { AWS_PROFILE: 'constructor' })).toContain('would use aws_access_key_id')
    expect(excerptsOf({ credentials: `${credentials}${ALICE}` }).credentials).toBe(ALICE)
  })
})

describe('what the SDK reads', () => {
  test('is only the profiles in use, line by line', () => {
    const config = `# a\n[profile dev]\n${ROLE}source_profile = base # no\n[profile other]\nx = y\n`
    const credentials = `[other]\n[base] ; b\r\n${keys('bob')}# c\n[last]\n`
    const files = { config: config.replace(' # no', ''), credentials }
    expect(excerptsOf(files, DEV)).toEqual({
      config: `[profile dev]\n${ROLE}source_profile = base`,
      credentials: `[base] ; b\r\n${keys('bob')}# c`,
    })
  })

  test('includes the session of an SSO profile, and no other', () => {
    const session = (name: string) => `[sso-session ${name}]\nsso_start_url = u\nsso_region = r`
    const profile = '[default]\nsso_session = s\nsso_account_id = a\nsso_role_name = n'
    expect(excerptsOf({ config: [session('t'), profile, session('s')].join('\n') }).config).toBe(
      [profile, session('s')].join('\n'),
    )
  })

  test('is nothing from a file that it throws away', () => {
    expect(excerptsOf({ credentials: ALICE, config: '[profile __proto__]\nx = y\n' }).config).toBe('')
    expect(reasonOf({ credentials: `${ALICE}[__proto__]\n` })).toContain('"/credentials", line 1')
  })
})

describe('files of any content', () => {
  const lines = fc.constantFrom(
    '[default]',
    '[other]',
    '[profile other]',
    '[other]# x',
    ' [other]',
    '[DEFAULT]',
    '[profile default]',
    'aws_access_key_id = a',
    'aws_access_key_id = b',
    'aws_secret_access_key = s',
    'AWS_SECRET_ACCESS_KEY = t',
    ' aws_session_token = t',
    'credential_process = p',
    'source_profile = other',
    ROLE.trim(),
    's3 =',
    '',
    '# x',
  )
  const texts = fc.array(lines, { maxLength: 8 }).map(all => all.join('\n'))

  test('give both tools the same, or a reason that names the file and the line or the profile', () => {
    fc.assert(
      fc.property(texts, texts, fc.constantFrom('', 'other'), (credentials, config, profile) => {
        const reason = reasonOf({ credentials, config }, { AWS_PROFILE: profile })
        expect(reason).toMatch(
          /^$|^"\/\w+", line \d+: |^for the profile "\w+", the AWS CLI|^the profile "\w+" gives/,
        )
      }),
      { numRuns: 2_000 },
    )
  })
})
