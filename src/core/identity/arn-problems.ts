import { whyNotPlain } from '../base/plain-values.ts'
import { quote } from '../base/text.ts'
import { isAccountId } from './arn.ts'

/** The commonest slips in an ARN, as an addition to a message; empty where none is seen. */
export function whyNotArn(text: string): string {
  const reason = whyNotPlain(text) || whyNotOneArn(text)
  if (reason) return reason
  if (/[*?]/.test(text)) return '; it holds a pattern, and only equality is known here'
  if (!/^arn:/i.test(text)) return ''
  const [scheme, , , , accountId = '', ...rest] = text.split(':')
  if (scheme !== 'arn') return '; it must begin with arn: in lower case'
  if (rest.length === 0) return '; a colon is missing: arn:PARTITION:SERVICE::ACCOUNT:RESOURCE'
  if (!isAccountId(accountId)) return `; its account ${quote(accountId)} does not have exactly 12 digits`
  const resource = rest.join(':')
  if (/\/$|\/\//.test(resource)) return '; its name or a part of its path is blank'
  return whyNotResource(resource)
}

/** An ARN that begins within another one, as where a list was joined by a character that separates nothing. */
export function whyNotOneArn(text: string): string {
  return /arn:.*arn:/is.test(text) ? '; it looks like two ARNs run together: write one per line' : ''
}

function whyNotResource(resource: string): string {
  const foreign = /[^\w+=,.@/-]/u.exec(resource)?.[0]
  return foreign === undefined
    ? ''
    : `; it contains ${quote(foreign)}, and a path or name may only contain letters, digits and +=,.@_- here (IAM allows more in a path)`
}

/** Slips that are one only where a role itself is meant. */
export function whyNotRole(text: string): string {
  if (/^arn:[^:]*:sts:/.test(text)) return "; this is a session's ARN, not the role's"
  return /^arn:[^:]*:iam::\d{12}:(?!role\/)/.test(text)
    ? '; what follows the account must begin with role/'
    : ''
}
