import type { FailureCode } from '../base/failure.ts'
import { parseCallerArn } from '../identity/arn.ts'
import type { SourceKind } from '../inputs/source-choice.ts'
import { accountsOf } from '../outcome/several-roles.ts'
import { type Comparison, hasFailed, type VerifiedRecord } from '../outcome/step-record.ts'
import type { Claims } from '../token/id-token.ts'
import type { SummaryText } from './text.ts'

/** A link of the chain from the repository to the account: passed, where it broke, or not tried. */
type Link = 'passed' | 'broken' | 'not-tried'

/** How far each failure lets the chain come: source, role, identity. A failure before the chain has no picture. */
const LINKS: Readonly<Partial<Record<FailureCode | 'verified', readonly [Link, Link, Link]>>> = {
  verified: ['passed', 'passed', 'passed'],
  ERR_OIDC_NOT_PERMITTED: ['broken', 'not-tried', 'not-tried'],
  ERR_OIDC_REQUEST_FAILED: ['broken', 'not-tried', 'not-tried'],
  ERR_CLAIM_MISMATCH: ['broken', 'not-tried', 'not-tried'],
  ERR_CREDENTIALS_UNAVAILABLE: ['broken', 'not-tried', 'not-tried'],
  ERR_STS_REJECTED: ['passed', 'broken', 'not-tried'],
  ERR_STS_UNAVAILABLE: ['passed', 'broken', 'not-tried'],
  ERR_STS_BAD_RESPONSE: ['passed', 'broken', 'not-tried'],
  ERR_IDENTITY_MISMATCH: ['passed', 'passed', 'broken'],
}

const ARROWS: Readonly<Record<Link, (label: string) => string>> = {
  passed: label => `-- "✔ ${label}" -->`,
  broken: label => `-- "✘ ${label}" --x`,
  'not-tried': label => `-. "${label}" .->`,
}

type Shown = { readonly name: string; readonly gives: string; readonly by: string }

const SOURCES: Readonly<Record<SourceKind, Shown>> = {
  oidc: { name: 'OIDC issuer', gives: 'token', by: 'GitHub' },
  'token-file': { name: 'token file', gives: 'token', by: '' },
  'access-keys': { name: 'access keys', gives: 'keys', by: '' },
  existing: { name: 'existing credentials', gives: 'keys', by: '' },
}

/** The source that was used, or the one that was meant where GitHub offered no token. */
function sourceShown(record: VerifiedRecord, outcome: FailureCode | 'verified'): SourceKind {
  if (outcome === 'ERR_OIDC_NOT_PERMITTED') return 'oidc'
  return reusesExisting(record) ? 'existing' : record.inputs.source.kind
}

/** Existing credentials matched, so no role was assumed. */
function reusesExisting({ outcomes: [first] = [] }: VerifiedRecord): boolean {
  return first?.kind === 'match' && first.session.origin.kind === 'existing' && first.target.roles.length > 0
}

/**
 * A Mermaid flowchart of repository → source → role → account with the verdict on it; empty where there is nothing to
 * draw. Without a role to assume the source's own account is verified.
 */
export function drawFlow(
  text: SummaryText,
  record: VerifiedRecord,
  outcome: FailureCode | 'verified',
  comparison: Comparison | undefined,
): string {
  const links = LINKS[outcome]
  if (!links) return ''
  const { run, claims } = record
  const [given, assumed, verified] = links
  const { name, gives, by } = SOURCES[sourceShown(record, outcome)]
  const roles = reusesExisting(record) ? [] : rolesShown(record)
  return [
    '```mermaid',
    'flowchart LR',
    `  repository[${text.label(run?.repository || 'this job', run?.ref ?? '', environmentIn(claims))}]`,
    `  source[${text.label(name, claims?.issuer ?? by)}]`,
    ...(roles.length > 0
      ? [`  role[${text.label(record.inputs.isForSeveralRoles ? 'roles' : 'role', ...roles)}]`]
      : []),
    `  account[${drawAccount(text, record, verified, comparison)}]`,
    `  repository ${ARROWS[given](outcome === 'ERR_CLAIM_MISMATCH' ? 'required claims' : gives)} source`,
    ...(roles.length > 0 ? [`  source ${ARROWS[assumed]('assume')} role`] : []),
    `  ${roles.length > 0 ? 'role' : 'source'} ${ARROWS[verified](verified === 'passed' ? 'verified' : 'verify')} account`,
    drawVerdict(links, roles.length > 0),
    '```',
  ].join('\n')
}

function environmentIn(claims: Claims | undefined): string {
  const environment = claims?.all.environment
  return typeof environment === 'string' ? `environment ${environment}` : ''
}

/** In short, because the table shows the ARN. */
function callerShown({ caller }: Comparison): readonly string[] {
  const identity = parseCallerArn(caller.arn)
  if (!identity) return [caller.accountId]
  return [identity.kind === 'user' ? identity.userName : identity.roleName, identity.accountId]
}

/** Names; the number if each is a target of its own. */
function rolesShown({ inputs, outcomes = [] }: VerifiedRecord): readonly string[] {
  const { targets, isForSeveralRoles } = inputs
  if (!isForSeveralRoles) return targets[0].roles.map(({ roleName }) => roleName)
  const failed = outcomes.filter(hasFailed).length
  return [String(targets.length), ...(failed > 0 ? [`${failed} failed`] : [])]
}

/** The account in green, or in red where the chain broke. */
function drawVerdict(links: readonly Link[], hasRole: boolean): string {
  const nodes = ['source', hasRole ? 'role' : 'account', 'account']
  const broken = nodes[links.indexOf('broken')]
  return broken
    ? `  style ${broken} fill:#ffebe9,stroke:#cf222e,color:#cf222e`
    : '  style account fill:#dafbe1,stroke:#1a7f37,color:#1a7f37'
}

/** The expected account, or on a mismatch the actual caller. */
function drawAccount(
  text: SummaryText,
  record: VerifiedRecord,
  verified: Link,
  comparison: Comparison | undefined,
): string {
  const { targets, isForSeveralRoles } = record.inputs
  if (isForSeveralRoles) return text.label('accounts', String(accountsOf(targets).size))
  if (verified === 'broken' && comparison) return text.label('actual caller', ...callerShown(comparison))
  const last = reusesExisting(record) ? undefined : targets[0].roles.at(-1)
  const meant = last?.kind === 'role' ? last.accountId : undefined
  return text.label('account', meant ?? comparison?.caller.accountId ?? '')
}
