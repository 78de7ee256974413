/**
 * The ARNs that a gate meets. Formats: IAM User Guide, "IAM identifiers", and the patterns of the IAM and STS API
 * references. Parsers give undefined for anything that is not exactly of their form. A path has the characters of a name
 * only: IAM allows any visible ASCII in it, a colon too, and two ARNs run together would read as one with an odd path.
 */

/** `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME` */
export type RoleArn = {
  readonly kind: 'role'
  readonly partition: string
  readonly accountId: string
  /** Begins and ends with a slash; `/` alone where there is none. */
  readonly path: string
  readonly roleName: string
}

/** `arn:PARTITION:sts::ACCOUNT:assumed-role/NAME/SESSION`; the role's path is not part of it. */
export type AssumedRoleArn = {
  readonly kind: 'assumed-role'
  readonly partition: string
  readonly accountId: string
  readonly roleName: string
  readonly sessionName: string
}

/** `arn:PARTITION:iam::ACCOUNT:user/PATH/NAME` */
export type UserArn = {
  readonly kind: 'user'
  readonly partition: string
  readonly accountId: string
  readonly path: string
  readonly userName: string
}

/** A role in an account that is not known yet. */
export type RoleName = { readonly kind: 'role-name'; readonly roleName: string }

const PARTITION = '(?<partition>aws[a-z-]*)'
const ACCOUNT = '(?<accountId>\\d{12})'
const PATH = '(?<path>/(?:[\\w+=,.@-]+/)*)'
/** What IAM allows. */
const ANY_PATH = '(?<path>/(?:[\\x21-\\x7e]+/)?)'
const NAME = '[\\w+=,.@-]{1,64}'
const SESSION = '(?<sessionName>[\\w+=,.@-]{2,64})'

const ROLE_ARN = new RegExp(`^arn:${PARTITION}:iam::${ACCOUNT}:role${PATH}(?<roleName>${NAME})$`)
const USER_ARN = userArnPattern(PATH)
const USER_ARN_OF_AWS = userArnPattern(ANY_PATH)
const ASSUMED_ROLE_ARN = new RegExp(
  `^arn:${PARTITION}:sts::${ACCOUNT}:assumed-role/(?<roleName>${NAME})/${SESSION}$`,
)
const ROLE_NAME = new RegExp(`^${NAME}$`)
const ACCOUNT_ID = new RegExp(`^${ACCOUNT}$`)

function userArnPattern(path: string): RegExp {
  return new RegExp(`^arn:${PARTITION}:iam::${ACCOUNT}:user${path}(?<userName>${NAME})$`)
}

export function isAccountId(text: string): boolean {
  return ACCOUNT_ID.test(text)
}

export function isRoleName(text: string): boolean {
  return ROLE_NAME.test(text)
}

export function parseRoleArn(text: string): RoleArn | undefined {
  const parts = ROLE_ARN.exec(text)?.groups as Omit<RoleArn, 'kind'> | undefined
  return parts && { kind: 'role', ...parts }
}

export function parseUserArn(text: string): UserArn | undefined {
  return userArn(USER_ARN.exec(text))
}

function userArn(match: RegExpExecArray | null): UserArn | undefined {
  const parts = match?.groups as Omit<UserArn, 'kind'> | undefined
  return parts && { kind: 'user', ...parts }
}

export function parseAssumedRoleArn(text: string): AssumedRoleArn | undefined {
  const parts = ASSUMED_ROLE_ARN.exec(text)?.groups as Omit<AssumedRoleArn, 'kind'> | undefined
  return parts && { kind: 'assumed-role', ...parts }
}

/** A caller that GetCallerIdentity reports: a role session, or a user with any path that IAM allows. */
export function parseCallerArn(text: string): AssumedRoleArn | UserArn | undefined {
  return parseAssumedRoleArn(text) ?? userArn(USER_ARN_OF_AWS.exec(text))
}

export function formatArn(arn: RoleArn | AssumedRoleArn | UserArn): string {
  const { partition, accountId } = arn
  switch (arn.kind) {
    case 'role':
      return `arn:${partition}:iam::${accountId}:role${arn.path}${arn.roleName}`
    case 'assumed-role':
      return `arn:${partition}:sts::${accountId}:assumed-role/${arn.roleName}/${arn.sessionName}`
    case 'user':
      return `arn:${partition}:iam::${accountId}:user${arn.path}${arn.userName}`
  }
}
