import { InvalidValue } from '../base/invalid-value.ts'
import { parseJsonObject } from '../base/json-object.ts'
import { parseList } from '../base/list-values.ts'
import { quote } from '../base/text.ts'
import { whyNotArn, whyNotOneArn } from '../identity/arn-problems.ts'

/** Limits of AssumeRole and AssumeRoleWithWebIdentity. Source: STS API reference, `Policy` and `PolicyArns`. */
const MOST_CHARACTERS = 2048
const MOST_POLICIES = 10
const FOREIGN = /[^\t\n\r\u0020-\u00ff]/gu

/**
 * An inline session policy without the white space between its tokens. All else reaches AWS as it was written:
 * repeated keys, escapes and numbers too.
 * @throws InvalidValue
 */
export function parseInlinePolicy(text: string): string {
  const policy = parseJsonObject(text)
  const problems = [...statementProblems(policy), ...characterProblems(text)]
  if (problems.length > 0) throw new InvalidValue(problems.join('; '))
  return minify(text)
}

function statementProblems(policy: Readonly<Record<string, unknown>>): string[] {
  if (Object.hasOwn(policy, 'Statement')) return []
  return ['has no Statement: write {"Version": "2012-10-17", "Statement": […]}']
}

function characterProblems(text: string): string[] {
  const foreign = new Set(text.match(FOREIGN))
  if (foreign.size === 0) return []
  return [
    `contains ${quote([...foreign].join(''))}, which AWS doesn't allow in a policy: use a \\uXXXX escape`,
  ]
}

/** Of a text that is JSON. */
function minify(json: string): string {
  return json.replaceAll(/("(?:[^"\\]|\\.)*")|[ \t\n\r]/g, '$1')
}

/** Formats: IAM User Guide, "IAM identifiers"; IAM API reference, CreatePolicy. Paths as in arn.ts. */
const POLICY_ARN = /^arn:aws[a-z-]*:iam::(?:\d{12}|aws):policy\/(?:[\w+=,.@-]+\/)*[\w+=,.@-]{1,128}$/

/**
 * ARNs of managed policies, between lines and commas. One that stands twice is sent once: it permits what it permits,
 * and STS does not say whether it takes it twice.
 * @throws InvalidValue that names every element that is none
 */
export function parseManagedPolicies(text: string): readonly string[] {
  const arns = [...new Set(parseList(text))]
  const problems = arns.filter(arn => !POLICY_ARN.test(arn)).map(arnProblem)
  if (arns.length > MOST_POLICIES)
    problems.push(`has ${arns.length} policies: AWS allows at most ${MOST_POLICIES}`)
  if (problems.length > 0) throw new InvalidValue(problems.join('; '))
  return arns
}

function arnProblem(text: string): string {
  const reason = whyNotOneArn(text) || (text.includes(':iam::aws:') ? '' : whyNotArn(text))
  return `${quote(text)} is not a managed policy: write arn:aws:iam::ACCOUNT:policy/NAME, with aws as the account of AWS managed policies${reason}`
}

/**
 * What is wrong with session policies that are right each by itself.
 * @param inline minified
 * @param partition of the region
 */
export function policyProblems(
  inline: string | undefined,
  managed: readonly string[],
  partition: string,
): string[] {
  return [...sizeProblems(inline ?? '', managed.join('')), ...foreignPolicies(managed, partition)]
}

function sizeProblems(inline: string, managed: string): string[] {
  const total = inline.length + managed.length
  if (total <= MOST_CHARACTERS) return []
  const limit = `but AWS allows at most ${MOST_CHARACTERS}`
  if (managed === '') {
    return [
      `inline-session-policy: has ${total} characters without whitespace, ${limit}: shorten it, or use managed-session-policies instead`,
    ]
  }
  if (inline === '')
    return [`managed-session-policies: has ${total} characters, ${limit}: list fewer policies`]
  return [
    `inline-session-policy, managed-session-policies: together they have ${total} characters (${inline.length} and ${managed.length}), ${limit}: shorten the policy or list fewer`,
  ]
}

function foreignPolicies(arns: readonly string[], partition: string): string[] {
  const foreign = arns.filter(arn => !arn.startsWith(`arn:${partition}:`))
  if (foreign.length === 0) return []
  return [
    `managed-session-policies: ${foreign.map(quote).join(', ')} must be in the region's partition: write arn:${partition}:…`,
  ]
}
