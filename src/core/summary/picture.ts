import type { FailureCode } from '../base/failure.ts'
import type { Inputs } from '../inputs/inputs.ts'
import type { SourceKind } from '../inputs/source-choice.ts'
import type { Findings } from '../outcome/findings.ts'
import { hasFailed } from '../outcome/role-outcome.ts'
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
  ambient: { name: 'present credentials', gives: 'keys', by: '' },
}

/** The source that was used, or the one that was meant where GitHub offered no token. */
function sourceShown(
  { isKept, inputs }: Findings & { readonly inputs: Inputs },
  outcome: FailureCode | 'verified',
): SourceKind {
  if (outcome === 'ERR_OIDC_NOT_PERMITTED') return 'oidc'
  return isKept ? 'ambient' : inputs.source.kind
}

/**
 * A Mermaid flowchart of repository → source → role → account with the verdict on it; empty where there is nothing to
 * draw. Without a role to assume the source's own account is verified.
 */
export function drawFlow(
  text: SummaryText,
  findings: Findings & { readonly inputs: Inputs },
  outcome: FailureCode | 'verified',
): string {
  const links = LINKS[outcome]
  if (!links) return ''
  const { run, claims, isKept } = findings
  const [given, assumed, verified] = links
  const { name, gives, by } = SOURCES[sourceShown(findings, outcome)]
  const roles = isKept ? [] : rolesShown(findings)
  return [
    '```mermaid',
    'flowchart LR',
    `  repository[${text.label(run?.repository || 'this job', run?.ref ?? '')}]`,
    `  source[${text.label(name, claims?.issuer ?? by)}]`,
    ...(roles.length > 0 ? [`  role[${text.label('role', ...roles)}]`] : []),
    `  account[${drawAccount(text, findings, verified)}]`,
    `  repository ${ARROWS[given](gives)} source`,
    ...(roles.length > 0 ? [`  source ${ARROWS[assumed]('assume')} role`] : []),
    `  ${roles.length > 0 ? 'role' : 'source'} ${ARROWS[verified](verified === 'passed' ? 'verified' : 'verify')} account`,
    drawVerdict(links, roles.length > 0),
    '```',
  ].join('\n')
}

/** Names, or of several roles side by side their number. */
function rolesShown({ inputs, outcomes = [] }: Findings & { readonly inputs: Inputs }): readonly string[] {
  const { length } = inputs.profiles
  if (length === 0) return inputs.roles.map(({ roleName }) => roleName)
  const failed = outcomes.filter(hasFailed).length
  return [`${length} side by side`, ...(failed > 0 ? [`${failed} failed`] : [])]
}

/** The account in green, or in red where the chain broke. */
function drawVerdict(links: readonly Link[], hasRole: boolean): string {
  const nodes = ['source', hasRole ? 'role' : 'account', 'account']
  const broken = nodes[links.indexOf('broken')]
  return broken
    ? `  style ${broken} fill:#ffebe9,stroke:#cf222e,color:#cf222e`
    : '  style account fill:#dafbe1,stroke:#1a7f37,color:#1a7f37'
}

/** The account that was meant, or on a mismatch who answered in its place. */
function drawAccount(
  text: SummaryText,
  { inputs, caller, isKept }: Findings & { readonly inputs: Inputs },
  verified: Link,
): string {
  const accounts = new Set(inputs.profiles.map(({ role }) => role.accountId))
  if (accounts.size > 0) return text.label('accounts', String(accounts.size))
  if (verified === 'broken' && caller) return text.label('who answered', caller.arn)
  const last = isKept ? undefined : inputs.roles.at(-1)
  const meant = last?.kind === 'role' ? last.accountId : undefined
  return text.label('account', meant ?? caller?.accountId ?? '')
}
