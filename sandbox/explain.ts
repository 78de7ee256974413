import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { escapeControls } from '../src/core/base/text.ts'
import { formatStatement } from '../src/core/outcome/diagnosis.ts'
import { withoutScheme } from '../src/core/token/issuer.ts'
import {
  CLAIMS_KNOWN_TO_IAM,
  evaluateTrustPolicy,
  type Prediction,
} from '../src/core/trust-policy/evaluate.ts'
import { parseTrustPolicy, type TrustPolicy } from '../src/core/trust-policy/policy.ts'
import { findWeaknesses } from '../src/core/trust-policy/weakness.ts'
import { defaultJob, githubClaims, type Job } from './job.ts'

const USAGE = `npm run explain -- --trust-policy FILE [--claims FILE | --repository OWNER/NAME …]

Says which tokens a trust policy lets in, and why, without a workflow or AWS.

  --trust-policy   a role's trust policy, as JSON
  --claims         the claims of a token, as a JSON object
  --repository     OWNER/NAME, or OWNER@ID/NAME@ID for one with immutable subjects
  --ref            branch or full ref (default: refs/heads/main)
  --environment    environment of the job
  --event          event of the run (default: push)
  --audience       audience of the token (default: sts.amazonaws.com)

Exit status: 0 allowed, 1 refused, 2 unusable input, 3 can't tell`

/** Of the decisions, and of input that can't be used. */
const EXIT_STATUS = { allowed: 0, refused: 1, unknown: 3, unusable: 2 } as const
const WORDS = { allowed: 'allowed', refused: 'refused', unknown: "can't tell" } as const

class UnusableInput extends Error {}

function readOptions() {
  const text = { type: 'string' } as const
  const options = {
    'trust-policy': text,
    claims: text,
    repository: text,
    ref: text,
    environment: text,
    event: text,
    audience: text,
    help: { type: 'boolean' },
  } as const
  return parseArgs({ options }).values
}

type Options = ReturnType<typeof readOptions>
type Claims = Readonly<Record<string, unknown>>

/** The claims as given, or those that GitHub would send for a run. */
function claimsOf(options: Options): Claims {
  const { claims, repository } = options
  if ((claims === undefined) === (repository === undefined))
    throw new UnusableInput('give one of --claims and --repository')
  if (claims !== undefined) return readClaims(claims)
  const job = jobOf(options)
  const told = githubClaims(job, options.audience ?? 'sts.amazonaws.com', Math.floor(Date.now() / 1000))
  const untold = [
    ...UNTOLD_CLAIMS,
    ...(job.immutableSubject ? [] : ['repository_id', 'repository_owner_id']),
    // Of a pull request it is refs/pull/NUMBER/merge.
    ...(job.eventName === 'pull_request' && !job.ref.startsWith('refs/pull/') ? ['ref'] : []),
  ]
  return { ...told, ...Object.fromEntries(untold.map(claim => [claim, UNKNOWN])) }
}

/** Stands for a claim that a token has and the options do not tell. */
const UNKNOWN = Symbol('not told')
const UNTOLD_CLAIMS = ['actor', 'actor_id', 'enterprise_id', 'job_workflow_ref', 'workflow']

function readClaims(path: string): Claims {
  const claims: unknown = JSON.parse(readFileSync(path, 'utf8'))
  if (typeof claims !== 'object' || claims === null || Array.isArray(claims)) {
    throw new UnusableInput(`${path} holds no JSON object of claims`)
  }
  return claims as Claims
}

const REPOSITORY = /^([\w.-]+)(?:@(\d+))?\/([\w.-]+)(?:@(\d+))?$/

function jobOf({ repository = '', ref = 'main', environment, event = 'push' }: Options): Job {
  const [, owner, ownerId, name, repositoryId] = REPOSITORY.exec(repository) ?? []
  if (!owner || !name || (ownerId === undefined) !== (repositoryId === undefined)) {
    throw new UnusableInput(`--repository ${repository} is neither OWNER/NAME nor OWNER@ID/NAME@ID`)
  }
  return {
    ...defaultJob,
    owner,
    repository: name,
    ...(ownerId && repositoryId ? { ownerId, repositoryId } : {}),
    immutableSubject: ownerId !== undefined,
    ref: ref.startsWith('refs/') ? ref : `refs/heads/${ref}`,
    eventName: event,
    ...(environment ? { environment } : {}),
  }
}

/** The provider that the policy itself names is taken for the one of the account. */
function predict(policy: TrustPolicy, claims: Claims): Prediction {
  const { iss: issuer } = claims
  if (typeof issuer !== 'string') throw new UnusableInput('the claims lack iss, the issuer')
  const path = `:oidc-provider/${withoutScheme(issuer)}`
  const named = policy.statements.flatMap(({ federatedPrincipals }) => federatedPrincipals ?? [])
  const providerArn = named.find(arn => arn.endsWith(path)) ?? `arn:aws:iam::111122223333${path}`
  const unknownClaims = CLAIMS_KNOWN_TO_IAM.filter(claim => claims[claim] === UNKNOWN)
  const request = { issuer, providerArn, claims, unknownClaims }
  const prediction = evaluateTrustPolicy(policy, request)
  console.log(`for a role in the account of ${escapeControls(providerArn)}`)
  show(claims, prediction, findWeaknesses(policy, request))
  return prediction
}

function show(claims: Claims, { decision, statements }: Prediction, weaknesses: readonly string[]): void {
  console.log(`sub ${escapeControls(String(claims.sub))}`)
  console.log(`aud ${escapeControls(String(claims.aud))}`)
  console.log(`iss ${escapeControls(String(claims.iss))}\n`)
  console.log(WORDS[decision])
  for (const statement of statements) for (const line of formatStatement(statement)) console.log(line)
  for (const weakness of weaknesses) console.log(`warning: ${escapeControls(weakness)}`)
}

function readPolicy(path: string): TrustPolicy {
  try {
    return parseTrustPolicy(readFileSync(path, 'utf8'))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const hint = /Role$/.test(reason) ? ' (give the AssumeRolePolicyDocument of the role alone)' : ''
    throw new UnusableInput(`${path}: ${reason}${hint}`)
  }
}

function explain(): number {
  const options = readOptions()
  if (options.help) {
    console.log(USAGE)
    return EXIT_STATUS.allowed
  }
  const path = options['trust-policy']
  if (path === undefined) throw new UnusableInput('--trust-policy is missing')
  const policy = readPolicy(path)
  return EXIT_STATUS[predict(policy, claimsOf(options)).decision]
}

try {
  process.exitCode = explain()
} catch (error) {
  console.error(escapeControls(error instanceof Error ? error.message : String(error)))
  console.error('npm run explain -- --help shows what it takes')
  process.exitCode = EXIT_STATUS.unusable
}
