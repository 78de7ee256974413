import { randomBytes, randomInt } from 'node:crypto'

/** The pair that signs requests. */
export interface AccessKey {
  /** 20 characters: `AKIA…` of a user, `ASIA…` of a session. */
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export function newAccessKey(prefix: 'AKIA' | 'ASIA'): AccessKey {
  return {
    accessKeyId: `${prefix}${randomText(16, keyIdAlphabet)}`,
    secretAccessKey: randomBytes(30).toString('base64'),
  }
}

const keyIdAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

function randomText(length: number, alphabet: string): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('')
}
