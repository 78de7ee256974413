import { type Expectation, formatExpectedIdentity } from './expectation.ts'
import type { GateError } from './failure.ts'
import type { Findings } from './findings.ts'
import type { Claims } from './id-token.ts'
import type { Inputs } from './inputs.ts'
import type { CallerIdentity } from './session.ts'
import { drawFlow } from './summary-picture.ts'
import { escapeMarkdown } from './text.ts'
import { type Match, roleIdOf } from './verdict.ts'

/** The job summary of a step that passed: the verdict first. `now` is the time of writing. */
export function renderVerified(
  findings: Findings & { readonly inputs: Inputs },
  match: Match,
  now: Date,
): string {
  const { inputs } = findings
  const who = match.identity.kind === 'user' ? match.identity.userName : match.identity.roleName
  return joinSections([
    `## ✅ Verified: ${code(who)} in account ${code(match.identity.accountId)}`,
    renderComparison(inputs.expected, match.caller),
    renderSession(inputs, match, now),
    drawFlow(findings, 'verified'),
    findings.claims ? renderClaims(findings.claims) : '',
  ])
}

/** The job summary of a step that failed, or reported a mismatch. */
export function renderFailure(findings: Findings, failure: GateError): string {
  const { inputs, caller, claims } = findings
  return joinSections([
    `## ❌ Not verified: ${HEADLINES[failure.code]}, so nothing was handed out`,
    caller && inputs ? renderComparison(inputs.expected, caller) : '',
    `**${code(failure.code)}** ${lines(failure.message)}`,
    `**What to do:** ${lines(failure.hint)}`,
    inputs ? drawFlow({ ...findings, inputs }, failure.code) : '',
    claims ? renderClaims(claims) : '',
  ])
}

const HEADLINES: Readonly<Record<GateError['code'], string>> = {
  ERR_INPUT_INVALID: "the step's inputs can't be used",
  ERR_OIDC_NOT_PERMITTED: 'this job may not ask for a token',
  ERR_OIDC_REQUEST_FAILED: 'GitHub gave no token',
  ERR_STS_REJECTED: 'AWS refused',
  ERR_STS_UNAVAILABLE: 'AWS could not be asked',
  ERR_STS_BAD_RESPONSE: 'what answered was not AWS STS',
  ERR_IDENTITY_MISMATCH: 'another identity answered',
  ERR_TIMEOUT: 'time ran out',
  ERR_UNEXPECTED: 'an unexpected error',
}

function renderComparison(expected: Expectation, caller: CallerIdentity): string {
  const rows = [
    ['Identity', alternatives(expected.identities, formatExpectedIdentity), code(caller.arn)],
    ['Account', renderAccounts(expected), code(caller.accountId)],
    ['Role id', alternatives(expected.roleIds, String), code(roleIdOf(caller))],
  ]
  return table(['', 'Expected', 'Actual'], rows)
}

function renderAccounts({ allowedAccountIds, forbiddenAccountIds }: Expectation): string {
  const allowed = alternatives(allowedAccountIds, String)
  return forbiddenAccountIds.length === 0
    ? allowed
    : `${allowed}, but not ${alternatives(forbiddenAccountIds, String)}`
}

function alternatives<Value>(values: readonly Value[] | 'any', format: (value: Value) => string): string {
  return values === 'any' ? 'any' : values.map(value => code(format(value))).join(' or ')
}

function renderSession(inputs: Inputs, match: Match, now: Date): string {
  const { expiration } = match.session.credentials
  const minutes = Math.floor((expiration.getTime() - now.getTime()) / 60_000)
  const clock = expiration.toISOString().slice(0, 16).replace('T', ' ')
  const session =
    match.identity.kind === 'assumed-role' ? `**Session** ${code(match.identity.sessionName)} · ` : ''
  return `${session}**Region** ${code(inputs.region)} · **Expires** ${clock} UTC, ${minutes} minutes left · **Handed to** ${destinations(inputs)}`
}

function destinations({ exportsEnvironment, outputsCredentials }: Inputs): string {
  const places = [exportsEnvironment ? 'the environment' : '', outputsCredentials ? "the step's outputs" : '']
  return places.filter(Boolean).join(' and ') || 'no one: verified only'
}

/** The claims that people and policies ask about, in the order of asking. */
const CLAIMS_THAT_MATTER = [
  'sub',
  'aud',
  'iss',
  'repository',
  'ref',
  'environment',
  'event_name',
  'actor',
  'job_workflow_ref',
  'workflow_ref',
  'runner_environment',
  'sha',
  'run_id',
]

function renderClaims({ all }: Claims): string {
  const present = CLAIMS_THAT_MATTER.filter(name => all[name] !== undefined)
  const rows = present.map(name => [escapeMarkdown(name), code(formatClaim(all[name]))])
  return `<details><summary>The token's claims</summary>\n\n${table(['Claim', 'Value'], rows)}\n\n</details>`
}

function formatClaim(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

function code(text: string): string {
  return `<code>${escapeMarkdown(text)}</code>`
}

/** A message of several lines: those that begin with a dash become a list, the others keep their line and indent. */
function lines(text: string): string {
  return text.split('\n').map(renderLine).join('\n')
}

function renderLine(line: string, index: number): string {
  if (line.startsWith('- ')) return `- ${escapeMarkdown(line.slice(2))}`
  const indent = '&nbsp;'.repeat(line.length - line.trimStart().length)
  return `${index > 0 ? '<br>' : ''}${indent}${escapeMarkdown(line.trimStart())}`
}

function joinSections(sections: readonly string[]): string {
  return `${sections.filter(Boolean).join('\n\n')}\n`
}
