import type { Claims } from '../token/id-token.ts'
import type { RoleArn } from './arn.ts'

export type Credentials = {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** Temporary credentials have one; a user's access key has none. */
  readonly sessionToken: string | undefined
  /** Unknown for credentials whose source does not tell, and none for a user's access key. */
  readonly expiration: Date | undefined
}

/** What STS says that it made of the request: material for the cross-checks. Absent fields were not returned. */
export type AssumedRole = {
  readonly arn?: string
  readonly subject?: string
  readonly audience?: string
  readonly provider?: string
}

/** How credentials came to this step: AWS gave them for a role, the inputs hold them, or the job had them already. */
export type Origin =
  | { readonly kind: 'assumed'; readonly role: RoleArn }
  | { readonly kind: 'given' }
  | { readonly kind: 'existing' }

/** Credentials, with how they came to be. */
export type Session = {
  readonly credentials: Credentials
  readonly origin: Origin
  readonly assumedRole: AssumedRole
  /** The claims of the very token that the credentials were given for; undefined where there was none. */
  readonly claims: Claims | undefined
  /** AWS's id of the request that issued it; undefined where this step made no such request. */
  readonly requestId: string | undefined
}

/** The answer of GetCallerIdentity, as it came. */
export type CallerIdentity = {
  readonly arn: string
  readonly accountId: string
  readonly userId: string
  /** The region whose STS responded. */
  readonly answeredBy?: string
  /** AWS's id of the request. */
  readonly requestId?: string | undefined
}

/** Visible ASCII only: the runner masks line by line, so a line end within a secret would let it through. */
export function isKey(text: string | undefined): text is string {
  return text !== undefined && /^[\x21-\x7e]+$/.test(text)
}
