import { defaultProvider } from '@aws-sdk/credential-provider-node'
import type { AttributedAwsCredentialIdentity, AwsCredentialIdentity, Logger } from '@aws-sdk/types'
import { GateError, reasonOf } from '../core/base/failure.ts'
import { formatInstant } from '../core/base/instant.ts'
import { quote } from '../core/base/text.ts'
import type { Session } from '../core/identity/session.ts'
import { isKey } from '../core/identity/session.ts'
import {
  credentialsDisputed,
  credentialsUnavailable,
  oidcNotPermitted,
  withIgnored,
} from '../core/outcome/explanation.ts'
import type { Plan } from '../core/profiles/credential-plan.ts'
import { type Agreement, agreementOf } from '../core/profiles/tool-agreement.ts'
import { ignoredVariables } from '../core/sts/ignored-variables.ts'
import { maskSession } from '../runner/log.ts'
import { guardReads } from './nonblocking-reads.ts'
import { readSharedFiles } from './shared-config.ts'
import type { SourceContext } from './source.ts'

/**
 * The credentials that the job has: of its environment, a profile, a container or an instance, found as the SDKs find
 * them. The environment may choose them; GetCallerIdentity still uses our own endpoint, TLS and proxy settings.
 */
export async function findExisting(context: SourceContext, options: Options): Promise<Session> {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = await context.limits.deadline.race(
    "the job's existing credentials",
    find(context, options),
  )
  const session: Session = {
    credentials: { accessKeyId, secretAccessKey, sessionToken, expiration },
    origin: { kind: 'existing' },
    assumedRole: {},
    claims: undefined,
    requestId: undefined,
  }
  maskSession(session)
  return session
}

/** `isVerifyOnly`: later steps will find these credentials by themselves, so they must not have ended. */
type Options = { readonly isVerifyOnly: boolean }

async function find(context: SourceContext, { isVerifyOnly }: Options): Promise<AwsCredentialIdentity> {
  const { inputs, sts } = context
  const source = hasKeysInEnvironment() ? undefined : agreeOnSource(context)
  const guard = source ? [guardReads(source.texts)] : []
  void sts.prepare() // while the credentials are looked for
  // Where the chain itself asks STS, nothing in the environment moves that either.
  const clientConfig = { ignoreConfiguredEndpointUrls: true } as object
  const requestHandler = await sts.handler()
  const parentClientConfig = { region: inputs.region, requestHandler }
  const refusals: string[] = []
  const chain = defaultProvider({ clientConfig, parentClientConfig, logger: noteIn(refusals) })()
  const found = await Promise.race([chain, ...guard]).catch(error => {
    const failure = unavailable(context, `${wordsOf(error, refusals, source)}${chosenProfile()}`)
    // The chain asks AWS's own host, whatever sts-endpoint is.
    throw requestHandler.isUsed ? withIgnored(failure, ignoredVariables(process.env, undefined)) : failure
  })
  if (source && !isFrom(found, source.plan))
    throw credentialsDisputed(
      `${giverOf(source)} gave no credentials, and only some tools would then try other sources`,
    )
  const fault = faultOf(found, isVerifyOnly, source)
  if (fault) throw credentialsUnavailable(`${giverOf(source)}: ${fault}`)
  return found
}

/** A logger of the SDK that notes why each link of the chain has no credentials. */
function noteIn(refusals: string[]): Logger {
  const debug = (text: string) => {
    const [, refusal] = /^@smithy\/property-provider \S+ ([\s\S]+)$/.exec(text) ?? []
    if (refusal) refusals.push(refusal)
  }
  return { trace() {}, debug, info() {}, warn: console.warn, error: console.error }
}

/** They go before every file, for all tools. */
function hasKeysInEnvironment(): boolean {
  const { AWS_PROFILE: profile, AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret } = process.env
  return !profile && Boolean(id && secret)
}

/** What the tools agree on, with the texts that the SDK is to find in the place of the shared files. */
type Source = Agreement & { readonly texts: ReadonlyMap<string, string> }

/** @throws GateError where tools would take different credentials from the shared files, or none */
function agreeOnSource(context: SourceContext): Source {
  try {
    const files = readSharedFiles()
    const agreement = agreementOf(files, process.env)
    if ('reason' in agreement) {
      const reason = `${agreement.reason}${chosenProfile()}`
      throw agreement.isDisputed ? credentialsDisputed(reason) : unavailable(context, reason)
    }
    const { excerpts } = agreement
    const texts = new Map([
      [files.sdk.config.path, excerpts.config],
      [files.sdk.credentials.path, excerpts.credentials],
    ])
    return { ...agreement, texts }
  } catch (error) {
    throw error instanceof GateError ? error : unavailable(context, reasonOf(error))
  }
}

/**
 * Only the error code of an AWS response: the message could repeat a token that isn't masked yet. Errors of JSON.parse are
 * replaced, too, because they quote the text.
 */
function wordsOf(error: unknown, refusals: readonly string[], source: Source | undefined): string {
  const { name, $metadata } = error as ServiceError
  const status = $metadata?.httpStatusCode
  if (status !== undefined) return `AWS answered ${name} (HTTP ${status})`
  const silent = source && NO_ANSWER[source.giver.kind]
  if (silent !== undefined) return `${giverOf(source)} gave no credentials${silent}`
  const reason = reasonOf(error)
  // The chain itself may say no more than that it is at its end
  const malformed = MALFORMED.find(({ pattern }) => [reason, ...refusals].some(text => pattern.test(text)))
  return malformed ? `${giverOf(source)}: ${malformed.words}` : reason
}

/** When these fail, the SDK reports nothing and moves on to the container and the instance. */
const NO_ANSWER: Readonly<Partial<Record<Plan['kind'], string>>> = {
  process:
    ': its command must succeed and print JSON with Version 1, AccessKeyId and SecretAccessKey, and an Expiration in the future if any',
  'credential source': '',
}

/** What the SDK's errors have where a server answered. */
type ServiceError = { readonly name?: string; readonly $metadata?: { readonly httpStatusCode?: number } }

/** What the SDK says of an answer that it can't take, as it names neither the field nor the place. */
const MALFORMED = [
  {
    pattern: /not valid JSON|JSON input|JSON at position/,
    words: 'its response is not JSON',
  },
  {
    pattern: /RFC-3339|must be between|Invalid (?:day|month)/i,
    words: 'its Expiration is blank or not a time such as 2006-01-02T15:04:05Z',
  },
  {
    pattern:
      /response received from instance metadata|response not of the required format|properties of null/,
    words:
      'its response lacks AccessKeyId, SecretAccessKey, Token or Expiration, or one of them is not a string',
  },
]

/** The SDK does not say which profile it missed. */
function chosenProfile(): string {
  const { AWS_PROFILE: profile } = process.env
  return profile ? ` (AWS_PROFILE is ${quote(profile)})` : ''
}

/** Who gave the credentials, or should have. */
function giverOf(source: Source | undefined): string {
  if (!source) return 'the environment'
  const { giver } = source
  if (giver.kind !== 'elsewhere') return giver.place
  const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: path, AWS_CONTAINER_CREDENTIALS_FULL_URI: url } =
    process.env
  return path || url ? "the container's credentials endpoint" : "the instance's metadata"
}

/** What the SDK notes of where it found credentials, by where they are to come from. */
const MARKS: Readonly<Record<Plan['kind'], string | undefined>> = {
  keys: 'CREDENTIALS_PROFILE',
  process: 'CREDENTIALS_PROCESS',
  'web identity': 'CREDENTIALS_STS_ASSUME_ROLE_WEB_ID',
  role: 'CREDENTIALS_PROFILE_SOURCE_PROFILE',
  SSO: 'CREDENTIALS_PROFILE_SSO',
  login: 'CREDENTIALS_LOGIN',
  'credential source': undefined,
  elsewhere: undefined,
  failure: undefined,
}

function isFrom({ $source = {} }: AttributedAwsCredentialIdentity, { kind }: Plan): boolean {
  const isMarked = (mark: string) => Object.keys($source).some(name => name.startsWith(mark))
  if (kind === 'elsewhere') return !isMarked('CREDENTIALS_PROFILE')
  const mark = MARKS[kind]
  return mark === undefined || isMarked(mark)
}

const FIELDS = ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'] as const
const VARIABLES = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_CREDENTIAL_EXPIRATION',
] as const

/**
 * What is wrong with credentials as they came: a command may print anything. What later steps will find and use as it is
 * must not be over either.
 */
function faultOf(
  { accessKeyId, secretAccessKey, sessionToken, expiration }: AwsCredentialIdentity,
  isVerifyOnly: boolean,
  source: Source | undefined,
): string | undefined {
  const names = source ? FIELDS : VARIABLES
  const keys: readonly unknown[] = [accessKeyId, secretAccessKey, sessionToken ?? accessKeyId]
  const index = keys.findIndex(key => typeof key !== 'string' || !isKey(key))
  if (index >= 0) return `${names[index]} ${faultOfKey(keys[index])}`
  if (!expiration) return undefined
  if (Number.isNaN(expiration.getTime())) return `${names[3]} is not a valid time`
  if (!isVerifyOnly || expiration.getTime() > Date.now()) return undefined
  return `they expired at ${formatInstant(expiration)}`
}

function faultOfKey(key: unknown): string {
  if (typeof key !== 'string') return 'is not a string'
  return key === '' ? 'is blank' : 'contains characters that are invalid in a key'
}

/** If GitHub's token was the intended source, reports that it is missing. */
function unavailable({ inputs, run }: SourceContext, reason: string): GateError {
  return inputs.isOidcUnavailable ? oidcNotPermitted(run.fork, reason) : credentialsUnavailable(reason)
}
