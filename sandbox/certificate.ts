import { isIP } from 'node:net'
import { generate } from 'selfsigned'
import type { Certificate } from './loopback-server.ts'

/** A certificate for these hosts (names or addresses) that is its own authority: clients take it as their root. */
export async function selfSignedCertificate(hostnames: readonly string[]): Promise<Certificate> {
  const { private: key, cert } = await generate(
    [{ name: 'commonName', value: hostnames[0] ?? 'localhost' }],
    {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
        { name: 'extKeyUsage', serverAuth: true },
        {
          name: 'subjectAltName',
          altNames: hostnames.map(host => (isIP(host) ? { type: 7, ip: host } : { type: 2, value: host })),
        },
      ],
    },
  )
  return { key, cert }
}
