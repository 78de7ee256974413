import { hasWildcard } from '../base/pattern.ts'
import { requiresValueOf } from './condition.ts'
import { isGithubIssuer, keyPrefix } from './issuers.ts'
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
  const hasId = isFixed(IDS)
  const subjects = statement.conditions.filter(requiresValueOf(`${prefix}sub`))
  return subjects.flatMap(condition =>
    condition.values.flatMap((value, index) => {
      const rule = ruleFor(value, condition, issuer, hasId)
      if (rule === undefined) return []
      const at = [...path, 'Condition', condition.operator, condition.key, index]
      return [{ rule, message: `${statement.name} allows the subject ${value}`, path: at }]
    }),
  )
}

/** The gravest that applies. A fixed id leaves only the subject of a pull request. */
function ruleFor(value: string, { operator }: Condition, issuer: string, hasId: boolean): RuleId | undefined {
  const isPattern = operator.includes('Like')
  // GitHub Enterprise Server and others write subjects as GitHub does.
  const isGithub = isGithubIssuer(issuer) || value.startsWith('repo:')
  if (hasId) return isGithub && /^repo:[^:]*:pull_request$/.test(value) ? 'pull-request' : undefined
  if (/^https:\/\/api\.bitbucket\.org\//.test(issuer) && !(isPattern && hasWildcard(value)))
    return 'single-run'
  return isGithub ? githubRule(value, isPattern) : otherRule(value, isPattern)
}

const SUBJECT = /^repo:([^/:]*)(?:\/([^:]*))?(?::(.*))?$/s

function githubRule(value: string, isPattern: boolean): RuleId | undefined {
  if (isPattern && /^[?*]/.test(value)) return 'any-subject'
  const [isRepository, owner = '', repository, rest] = SUBJECT.exec(value) ?? []
  if (isRepository === undefined) return 'subject-without-repository'
  const isOpen = (part: string | undefined) => isPattern && part !== undefined && hasWildcard(part)
  if (isOpen(owner)) return 'any-subject'
  if (repository === undefined || isOpen(repository)) return 'whole-owner'
  if (rest === 'pull_request') return 'pull-request'
  const namesIds = /@\d+$/.test(owner) && /@\d+$/.test(repository)
  return bindingRule(rest, isPattern) ?? (namesIds ? undefined : 'names-without-ids')
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
function otherRule(value: string, isPattern: boolean): RuleId | undefined {
  const wildcard = isPattern ? value.search(/[*?]/) : -1
  if (wildcard === 0) return 'any-subject'
  const fixed = wildcard < 0 ? value : value.slice(0, wildcard)
  const namesId = /(?:^|:)project_id:\d+(?:$|:)/.test(fixed)
  const uuids = fixed.match(/[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}/gi)?.length ?? 0
  if (wildcard < 0) return namesId || uuids > 0 ? undefined : 'names-without-ids'
  // The first UUID is the one of the organization or the workspace.
  if (namesId || uuids > 1) return /\/user\/[*?]/.test(value) ? 'any-user' : undefined
  return /(?:^|:)(?:project_path|pipeline):[^:]+:/.test(fixed) ? 'any-ref' : 'whole-owner'
}
