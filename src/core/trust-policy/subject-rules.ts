import { hasWildcard } from '../base/pattern.ts'
import { requiresValueOf } from './condition.ts'
import { isGithubIssuer, isShared, keyPrefix } from './issuers.ts'
import type { Condition, PolicyPath, Statement } from './policy.ts'
import type { Remark, RuleId } from './rules.ts'

/** Keys whose value belongs to one repository or project for ever. */
const IDS = ['repository_id', 'project_id', 'pipeline_id', 'oidc.circleci.com/project-id']

/** What the condition on the subject leaves open. A fixed id makes up for a wide subject. */
export function subjectFindings(statement: Statement, issuer: string, path: PolicyPath): Remark[] {
  const prefix = keyPrefix(issuer).toLowerCase()
  const isFixed = (names: readonly string[]) =>
    names.some(name =>
      statement.conditions.some(
        condition =>
          requiresValueOf(`${prefix}${name}`.toLowerCase())(condition) &&
          !(condition.operator.includes('Like') && condition.values.some(hasWildcard)),
      ),
    )
  const facts = {
    issuer,
    hasId: isFixed(IDS),
    hasEvent: isFixed(['environment', 'ref']),
    hasWorkflow: isFixed(['job_workflow_ref']),
  }
  const found = statement.conditions.filter(requiresSubject(prefix)).map(condition =>
    condition.values.flatMap((value, index) => {
      const rule = ruleFor(value, condition, facts)
      if (rule === undefined) return []
      const at = [...path, 'Condition', condition.operator, condition.key, index]
      return [{ rule, message: `${statement.name} allows the subject ${value}`, path: at }]
    }),
  )
  // All conditions must hold: a sound one makes up for a wide one.
  return found.some(remarks => remarks.length === 0) ? [] : found.flat()
}

/** Every token has a subject, so operators that hold for a token without one require a value too. */
export function requiresSubject(prefix: string): (condition: Condition) => boolean {
  return ({ operator, ...rest }) =>
    requiresValueOf(`${prefix}sub`)({
      ...rest,
      operator: operator.replace(/^ForAllValues:/, '').replace(/IfExists$/, ''),
    })
}

type Facts = {
  readonly issuer: string
  readonly hasId: boolean
  readonly hasEvent: boolean
  readonly hasWorkflow: boolean
}

/** What IAM fills in from the token or the request, and so matches whatever they say: not a parameter of a template. */
const VARIABLE = /\$\{(?!AWS::)[\w./-]+:[\w./-]+\}/g

/** The gravest that applies. A fixed id leaves only the subject of a pull request. */
function ruleFor(written: string, { operator }: Condition, facts: Facts): RuleId | undefined {
  const { issuer, hasId, hasEvent, hasWorkflow } = facts
  const subject = written.replaceAll(VARIABLE, '*')
  // A parameter of a template, of which nothing is known.
  if (/^\$\{[\w:.-]+\}$/.test(subject)) return undefined
  const known = withoutParameters(subject)
  const value = operator.includes('IgnoreCase') ? known.toLowerCase() : known
  const isPattern = operator.includes('Like') || subject !== written
  // GitHub Enterprise Server and others write subjects as GitHub does.
  const isGithub = isGithubIssuer(issuer) || value.startsWith('repo:')
  if (hasId) return isGithub && /^repo:[^:]*:pull_request$/.test(value) ? 'pull-request' : undefined
  if (/^https:\/\/api\.bitbucket\.org\//.test(issuer) && !(isPattern && hasWildcard(value)))
    return 'single-run'
  const rule = isGithub ? githubRule(value, isPattern) : otherRule(value, isPattern, isShared(issuer))
  // One reusable workflow runs, whichever of the owner's repositories calls it.
  if (hasWorkflow && rule === 'whole-owner') return undefined
  const isOfEvent = rule === 'any-event' || rule === 'any-ref'
  return isOfEvent && (hasEvent || hasWorkflow) ? undefined : rule
}

/** A parameter in the place of a repository, or at the end, may hold every part that would be missing without it. */
function withoutParameters(subject: string): string {
  return subject
    .replace(/^repo:[^/:*?]*\$\{[\w:.-]+\}(?=:)/, 'repo:x@1/x@1')
    .replace(/^repo:(?:[^/:*?]*\/)?[^/:*?]*\$\{[\w:.-]+\}$/, 'repo:x@1/x@1:x')
    .replaceAll(/\$\{[\w:.-]+\}/g, 'x')
}

const SUBJECT = /^repo:([^/:]*)(?:\/([^:]*))?(?::(.*))?$/s

function githubRule(value: string, isPattern: boolean): RuleId | undefined {
  if (isPattern && /^[?*]/.test(value)) return 'any-subject'
  const [isRepository, owner = '', repository, rest] = SUBJECT.exec(value) ?? []
  if (isRepository === undefined) return customizedRule(value)
  // No name has an @, so what stands before it is the whole name.
  const isOpen = (part: string | undefined) =>
    isPattern && part !== undefined && hasWildcard(part.replace(/@[*?\d]+$/, ''))
  if (isOpen(owner)) return 'any-subject'
  if (repository === undefined || isOpen(repository)) return 'whole-owner'
  if (rest === 'pull_request') return 'pull-request'
  const namesIds = /@\d+$/.test(owner) && /@\d+$/.test(repository)
  return bindingRule(rest, isPattern) ?? (namesIds ? undefined : 'names-without-ids')
}

/** Of a subject that a template made. GitHub writes its claims, and escapes the colons in them. */
function customizedRule(value: string): RuleId | undefined {
  if (/(?:^|:)repository(?:_id)?:[^:*?]+(?::|$)/.test(value)) return undefined
  if (/(?:^|:)(?:repository_owner|repository_owner_id):[^:*?]+(?::|$)/.test(value)) return 'whole-owner'
  return 'subject-without-repository'
}

/** Of what stands after the repository: an environment, an event or a ref. */
function bindingRule(rest: string | undefined, isPattern: boolean): RuleId | undefined {
  if (rest === undefined) return 'any-event'
  if (!isPattern || !hasWildcard(rest)) return undefined
  if (/^(?:ref|pull_request)?[*?]/.test(rest)) return 'any-event'
  const isWithinName = /[^/:*?][*?]/.test(rest)
  return isWithinName ? 'open-ended' : 'any-ref'
}

/** Of issuers whose subjects have other forms. */
function otherRule(value: string, isPattern: boolean, isSharedIssuer: boolean): RuleId | undefined {
  const wildcard = isPattern ? value.search(/[*?]/) : -1
  if (wildcard === 0 || (isSharedIssuer && wildcard > 0 && /^[\w-]+:$/.test(value.slice(0, wildcard))))
    return 'any-subject'
  const fixed = wildcard < 0 ? value : value.slice(0, wildcard)
  const namesId = /(?:^|:)project_id:\d+(?:$|:)/.test(fixed)
  const uuids = fixed.match(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/gi)?.length ?? 0
  if (wildcard < 0) return namesId || uuids > 0 ? undefined : 'names-without-ids'
  // The first UUID is the one of the organization or the workspace.
  if (namesId || uuids > 1) return /\/user\/[*?]/.test(value) ? 'any-user' : undefined
  // Buildkite's, for every commit and step of a branch.
  if (/:pipeline:[^:]+:ref:[^:]+:commit:$/.test(fixed)) return 'names-without-ids'
  return /(?:^|:)(?:project_path|pipeline):[^:]+:/.test(fixed) ? 'any-ref' : 'whole-owner'
}
