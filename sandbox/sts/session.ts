import { randomBytes, randomInt } from 'node:crypto'

/** Temporary credentials that the STS issued, and whose they are. */
export interface Session {
  /** `ASIA…`, 20 characters. */
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly accountId: string
  /** Of the assumed role. */
  readonly arn: string
  /** `AROA…:session name` */
  readonly userId: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

export type Identity = Pick<Session, 'accountId' | 'arn' | 'userId'>

export function issueSession(identity: Identity, expiresAt: number): Session {
  return {
    ...identity,
    accessKeyId: `ASIA${randomText(16, keyIdAlphabet)}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: `IQoJb3JpZ2luX2Vj${randomBytes(600).toString('base64')}`,
    expiresAt,
  }
}

const keyIdAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function randomText(length: number, alphabet: string): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
}
