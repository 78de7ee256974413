import type { Claims } from './id-token.ts'

/** Temporary credentials as AWS gave them. */
export type Credentials = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
  readonly expiration: Date
}

/** What STS says that it made of the token: material for the cross-checks. Absent fields were not returned. */
export type AssumedRole = {
  readonly arn?: string
  readonly subject?: string
  readonly audience?: string
  readonly provider?: string
}

/** Credentials, with how they came to be. */
export type Session = {
  readonly credentials: Credentials
  readonly assumedRole: AssumedRole
  /** The claims of the very token that the credentials were given for. */
  readonly claims: Claims
}

/** The answer of GetCallerIdentity, as it came. */
export type CallerIdentity = {
  readonly arn: string
  readonly accountId: string
  readonly userId: string
}
