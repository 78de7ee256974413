import type { FailureCode } from './failure.ts'
import type { Findings } from './findings.ts'
import type { Inputs } from './inputs.ts'
import type { SummaryText } from './summary-text.ts'

/** A link of the chain from the repository to the account: passed, where it broke, or not tried. */
type Link = 'passed' | 'broken' | 'not-tried'

/** How far each failure lets the chain come: token, role, identity. A failure before the chain has no picture. */
const LINKS: Readonly<Partial<Record<FailureCode | 'verified', readonly [Link, Link, Link]>>> = {
  verified: ['passed', 'passed', 'passed'],
  ERR_OIDC_NOT_PERMITTED: ['broken', 'not-tried', 'not-tried'],
  ERR_OIDC_REQUEST_FAILED: ['broken', 'not-tried', 'not-tried'],
  ERR_CLAIM_MISMATCH: ['broken', 'not-tried', 'not-tried'],
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

/** A Mermaid flowchart of repository → issuer → role → account with the verdict on it; empty where there is nothing to draw. */
export function drawFlow(
  text: SummaryText,
  findings: Findings & { readonly inputs: Inputs },
  outcome: FailureCode | 'verified',
): string {
  const links = LINKS[outcome]
  if (!links) return ''
  const { run, inputs, claims, caller } = findings
  const [token, role, identity] = links
  const stranger = identity === 'broken' ? caller : undefined
  const account = stranger?.arn ?? inputs.roleToAssume.accountId
  return [
    '```mermaid',
    'flowchart LR',
    `  repository[${text.label(run?.repository || 'this job', run?.ref ?? '')}]`,
    `  issuer[${text.label('OIDC issuer', claims?.issuer ?? 'GitHub')}]`,
    `  role[${text.label('role', inputs.roleToAssume.roleName)}]`,
    `  account[${text.label(stranger ? 'who answered' : 'account', account)}]`,
    `  repository ${ARROWS[token]('token')} issuer`,
    `  issuer ${ARROWS[role]('assume')} role`,
    `  role ${ARROWS[identity](identity === 'passed' ? 'verified' : 'verify')} account`,
    outcome === 'verified'
      ? '  style account fill:#dafbe1,stroke:#1a7f37,color:#1a7f37'
      : '  style account fill:#ffebe9,stroke:#cf222e,color:#cf222e',
    '```',
  ].join('\n')
}
