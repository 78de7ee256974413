import { randomBytes } from 'node:crypto'
import { newAccessKey } from './access-key.ts'
import type { Credential } from './credential.ts'

/** Temporary credentials that the STS issued to a role session; `arn` is that of the assumed role. */
export interface Session extends Credential {
  readonly sessionToken: string
  /** Of the role, with its path, which `arn` lacks. */
  readonly roleArn: string
  /** `AROA…:session name` */
  readonly userId: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

export type SessionIdentity = Pick<Session, 'accountId' | 'arn' | 'roleArn' | 'userId'>

export function issueSession(identity: SessionIdentity, expiresAt: number): Session {
  return {
    ...identity,
    ...newAccessKey('ASIA'),
    sessionToken: `IQoJb3JpZ2luX2Vj${randomBytes(600).toString('base64')}`,
    expiresAt,
  }
}
