import { escapeControls } from '../core/base/text.ts'
import { formatStatement } from '../core/outcome/diagnosis.ts'
import { githubClaimsOf, type RunDescription } from '../core/token/github-claims.ts'
import { withoutScheme } from '../core/token/issuer.ts'
import {
  InvalidSettings,
  parseSubjectSettings,
  type SubjectSettings,
} from '../core/token/subject-settings.ts'
import { type FoundPolicy, policiesIn, UnreadableDocument } from '../core/trust-policy/documents.ts'
import { evaluateTrustPolicy, type Prediction, type TokenRequest } from '../core/trust-policy/evaluate.ts'
import { federatedPrincipal, isGithubIssuer } from '../core/trust-policy/issuers.ts'
import { type Finding, lintPolicy } from '../core/trust-policy/lint.ts'
import { nearMisses } from '../core/trust-policy/near-misses.ts'
import { parseTrustPolicy } from '../core/trust-policy/policy.ts'
import { readText } from './files.ts'
import { EXIT, type Output, parseOptions, UnusableInput } from './usage.ts'

export const EXPLAIN_HELP = `explain --trust-policy FILE (--claims FILE | --repository OWNER/NAME … | --issuer URL --claim NAME=VALUE …)

Says whether a trust policy allows a token, condition by condition.

  --trust-policy       a trust policy, or the output of aws iam get-role; - for standard input
  --claims             the claims of a token, as a JSON object
  --repository         OWNER/NAME, or OWNER@ID/NAME@ID for a repository with immutable subjects
  --ref                branch or full ref (default: main)
  --environment        environment of the job
  --event              event of the run (default: push)
  --job-workflow-ref   OWNER/NAME/PATH@REF of the reusable workflow that the job is in
  --audience           audience of the token (default: sts.amazonaws.com)
  --issuer             issuer of the token (default: https://token.actions.githubusercontent.com)
  --claim              NAME=VALUE, a further claim; may be repeated
  --subject-settings   what gh api repos/OWNER/NAME/actions/oidc/customization/sub prints, for a repository with
                       immutable or customized subjects
  --region             region of the STS call, for conditions on it
  --role-session-name  session name, for conditions on it
  --json               the result as JSON

Exit status: 0 allowed, 1 refused or a policy that IAM would not save, 2 unusable input, 3 can't tell`

const OPTIONS = {
  'trust-policy': 'text',
  claims: 'text',
  repository: 'text',
  ref: 'text',
  environment: 'text',
  event: 'text',
  'job-workflow-ref': 'text',
  audience: 'text',
  issuer: 'text',
  claim: 'list',
  'subject-settings': 'text',
  region: 'text',
  'role-session-name': 'text',
  json: 'flag',
} as const

type Options = ReturnType<typeof parseOptions<typeof OPTIONS>>['options']
type Token = Pick<TokenRequest, 'issuer' | 'claims' | 'unknownKeys'>

const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com'
const STATUS = { allowed: EXIT.ok, refused: EXIT.found, invalid: EXIT.found, unknown: EXIT.unknown } as const
const WORDS = {
  allowed: 'allowed',
  refused: 'refused',
  invalid: 'IAM would not save this policy',
  unknown: "can't tell",
} as const

/** @throws UnusableInput */
export function explain(args: readonly string[], { print }: Output): number {
  const { options } = parseOptions(args, OPTIONS)
  const path = options['trust-policy']
  if (path === undefined) throw new UnusableInput('--trust-policy is missing')
  const token = tokenOf(options)
  const { text, name } = readPolicy(path)
  const findings = lintPolicy(text)
  const request = requestFor(namedPrincipals(text), name, token, options)
  const prediction = findings.some(({ preventsSaving }) => preventsSaving)
    ? ({ decision: 'invalid', statements: [] } as const)
    : evaluateTrustPolicy(parseTrustPolicy(text), request)
  const hints = prediction.decision === 'refused' ? nearMisses(parseTrustPolicy(text), request) : []
  const explanation = { request, prediction, hints, findings }
  print(options.json ? JSON.stringify(resultOf(explanation), undefined, 2) : textOf(explanation))
  return STATUS[prediction.decision]
}

type Explanation = {
  readonly request: TokenRequest
  readonly prediction: Prediction | { readonly decision: 'invalid'; readonly statements: readonly [] }
  readonly hints: readonly string[]
  readonly findings: readonly Finding[]
}

/** The text, and what the input calls the role. */
function readPolicy(path: string): { readonly text: string; readonly name: string } {
  const [document, ...others] = documentsIn(path)
  if (!document) throw new UnusableInput(`${path} contains no trust policy`)
  if (others.length > 0)
    throw new UnusableInput(`${path} holds ${others.length + 1} trust policies: explain takes one`)
  if (document.text === undefined) throw new UnusableInput(`${path}: ${document.problem}`)
  return { text: document.text, name: document.name }
}

function documentsIn(path: string): readonly FoundPolicy[] {
  try {
    return policiesIn(readText(path), path)
  } catch (error) {
    if (error instanceof UnreadableDocument) throw new UnusableInput(`${path}: ${error.message}`)
    throw error
  }
}

/** None in a policy that IAM would not save. */
function namedPrincipals(text: string): readonly string[] {
  try {
    return parseTrustPolicy(text)
      .statements.filter(({ effect }) => effect === 'Allow')
      .flatMap(({ federatedPrincipals = [] }) => federatedPrincipals)
  } catch {
    return []
  }
}

/** The claims as given, or those of the run that the options describe. An option without effect is an error. */
function tokenOf(options: Options): Token {
  const { claims, repository, issuer, claim } = options
  if (claims !== undefined) {
    assertUnused(options, [...OF_A_RUN, 'repository', 'issuer', 'claim'], '--claims')
    return tokenIn(claims)
  }
  if (repository !== undefined) {
    const { claims, unknown } = githubClaimsOf(runOf(options, repository), furtherClaims(claim))
    return { issuer: issuer ?? GITHUB_ISSUER, claims, unknownKeys: unknown }
  }
  if (issuer === undefined || claim.length === 0)
    throw new UnusableInput('give --claims, or --repository, or --issuer with --claim')
  assertUnused(options, OF_A_RUN, '--issuer without --repository')
  return { issuer, claims: { aud: 'sts.amazonaws.com', ...furtherClaims(claim) } }
}

const OF_A_RUN = ['ref', 'environment', 'event', 'job-workflow-ref', 'audience', 'subject-settings'] as const

function assertUnused(options: Options, names: readonly (keyof Options)[], beside: string): void {
  const used = names.filter(name => {
    const value = options[name]
    return Array.isArray(value) ? value.length > 0 : value !== undefined
  })
  if (used.length > 0)
    throw new UnusableInput(`${used.map(name => `--${name}`).join(', ')}: has no effect with ${beside}`)
}

function tokenIn(path: string): Token {
  let claims: unknown
  try {
    claims = JSON.parse(readText(path))
  } catch {
    throw new UnusableInput(`${path} is not JSON`)
  }
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims))
    throw new UnusableInput(`${path} holds no JSON object of claims`)
  const { iss } = claims as Readonly<Record<string, unknown>>
  if (typeof iss !== 'string') throw new UnusableInput(`${path}: the claims lack iss, the issuer`)
  return { issuer: iss, claims: claims as Token['claims'] }
}

const REPOSITORY = /^([\w.-]+)(?:@(\d+))?\/([\w.-]+)(?:@(\d+))?$/

function runOf(options: Options, repository: string): RunDescription {
  const [, owner, ownerId, name, repositoryId] = REPOSITORY.exec(repository) ?? []
  if (!owner || !name || (ownerId === undefined) !== (repositoryId === undefined))
    throw new UnusableInput(`--repository ${repository} is neither OWNER/NAME nor OWNER@ID/NAME@ID`)
  const settings = settingsFor(options['subject-settings'], `${owner}/${name}`)
  const { ref = 'main', environment, event = 'push', audience = 'sts.amazonaws.com' } = options
  return {
    owner,
    repository: name,
    ids:
      ownerId !== undefined && repositoryId !== undefined
        ? { owner: ownerId, repository: repositoryId }
        : idsIn(settings.prefix),
    settings,
    ref: ref.startsWith('refs/') ? ref : `refs/heads/${ref}`,
    environment,
    event,
    jobWorkflowRef: options['job-workflow-ref'],
    audience,
    issuer: options.issuer ?? GITHUB_ISSUER,
  }
}

function settingsFor(path: string | undefined, repository: string): SubjectSettings {
  if (path === undefined) return {}
  const settings = readSettings(path)
  const named = settings.prefix?.replace(/^repo:/, '').replaceAll(/@\d+/g, '')
  if (named !== undefined && named.toLowerCase() !== repository.toLowerCase())
    throw new UnusableInput(`${path}: the settings are those of ${named}, not of ${repository}`)
  return settings
}

function readSettings(path: string): SubjectSettings {
  try {
    return parseSubjectSettings(readText(path))
  } catch (error) {
    if (error instanceof InvalidSettings) throw new UnusableInput(`${path}: ${error.message}`)
    throw error
  }
}

function idsIn(prefix = ''): RunDescription['ids'] {
  const [, owner, repository] = /@(\d+)\/[^/@]+@(\d+)$/.exec(prefix) ?? []
  return owner !== undefined && repository !== undefined ? { owner, repository } : undefined
}

function furtherClaims(texts: readonly string[]): Readonly<Record<string, string>> {
  const claims = new Map<string, string>()
  for (const text of texts) {
    const [, name, value] = /^([\w./-]+)=(.*)$/s.exec(text) ?? []
    if (name === undefined || value === undefined)
      throw new UnusableInput(`--claim ${text} is not NAME=VALUE`)
    if (claims.has(name)) throw new UnusableInput(`--claim ${name} is given twice`)
    claims.set(name, value)
  }
  return Object.fromEntries(claims)
}

/** The provider in the role's own account, or, where the input doesn't tell that, the one that the policy names. */
function requestFor(named: readonly string[], role: string, token: Token, options: Options): TokenRequest {
  const host = withoutScheme(token.issuer)
  const [, partition, accountId] =
    /^arn:(aws[\w-]*):iam::(\d{12}):role\//.exec(role) ??
    named
      .filter(each => each.endsWith(`:oidc-provider/${host}`))
      .map(each => /^arn:(aws[\w-]*):iam::(\d{12}):/.exec(each))
      .find(match => match !== null) ??
    []
  const account = { partition: partition ?? 'aws', accountId: accountId ?? '111122223333' }
  const principal = federatedPrincipal(account, token.issuer)
  const sent = {
    region: options.region,
    sessionName: options['role-session-name'],
    isTls: true,
    at: new Date(),
  }
  return { ...token, principal, sent }
}

/** Stable: documented in docs/cli.md. */
function resultOf({ request, prediction, hints, findings }: Explanation): object {
  const { principal, issuer, claims } = request
  const { decision, statements } = prediction
  return {
    decision,
    principal,
    token: { issuer, subject: claims.sub ?? null, audience: claims.aud ?? null },
    statements,
    hints,
    findings: findings.map(({ rule, severity, message, preventsSaving }) => ({
      rule,
      severity,
      message,
      preventsSaving,
    })),
  }
}

function textOf({ request, prediction, hints, findings }: Explanation): string {
  const { principal, issuer, claims } = request
  const { decision, statements } = prediction
  return [
    `sub ${escapeControls(String(claims.sub ?? 'not known'))}`,
    `aud ${escapeControls(String(claims.aud))}`,
    `iss ${escapeControls(issuer)}${isGithubIssuer(issuer) ? '' : " (not one of GitHub's issuers)"}`,
    `principal ${escapeControls(principal)}`,
    '',
    WORDS[decision],
    ...statements.flatMap(formatStatement),
    ...hints.map(hint => `hint: ${escapeControls(hint)}`),
    ...findings.map(({ rule, severity, message }) => `${severity} ${rule}: ${escapeControls(message)}`),
  ].join('\n')
}
