import { defaultProvider } from '@aws-sdk/credential-provider-node'
import type { AttributedAwsCredentialIdentity, AwsCredentialIdentity } from '@aws-sdk/types'
import type { RoleContext } from '../context.ts'
import { credentialsUnavailable, oidcNotPermitted, withIgnored } from '../core/explanation.ts'
import type { GateError } from '../core/failure.ts'
import { reasonOf } from '../core/failure.ts'
import { ignoredVariables } from '../core/ignored-variables.ts'
import { isKey } from '../core/input-values.ts'
import type { Inputs } from '../core/inputs.ts'
import { formatInstant } from '../core/instant.ts'
import type { Session } from '../core/session.ts'
import { quote } from '../core/text.ts'
import { readRunContext } from '../runner/run-context.ts'
import type { Sts } from '../sts/sts.ts'
import { assertReadable } from './ambient-files.ts'

/**
 * The credentials that the job has: of its environment, a profile, a container or an instance, found as the SDKs find
 * them. The environment may choose among them; whom they belong to is asked over the gate's own way.
 */
export async function fromAmbient({ inputs, limits, sts }: RoleContext): Promise<Session> {
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = await limits.deadline.race(
    "the job's present credentials",
    find(inputs, sts),
  )
  if (![accessKeyId, secretAccessKey, sessionToken ?? accessKeyId].every(isKey))
    throw credentialsUnavailable('what was found holds characters that no key has')
  return {
    credentials: { accessKeyId, secretAccessKey, sessionToken, expiration },
    origin: { kind: 'ambient' },
    assumedRole: {},
    claims: undefined,
  }
}

async function find(inputs: Inputs, sts: Sts): Promise<AwsCredentialIdentity> {
  assertReadable()
  void sts.prepare() // while the credentials are looked for
  // Where the chain itself asks STS, nothing in the environment moves that either.
  const clientConfig = { ignoreConfiguredEndpointUrls: true } as object
  const requestHandler = await sts.handler()
  const parentClientConfig = { region: inputs.region, requestHandler }
  const found = await defaultProvider({ clientConfig, parentClientConfig })().catch(error => {
    const failure = unavailable(inputs, `${wordsOf(error)}${chosenProfile()}`)
    // The chain asks AWS's own host, whatever sts-endpoint is.
    throw requestHandler.isUsed ? withIgnored(failure, ignoredVariables(process.env, undefined)) : failure
  })
  if (inputs.roles.length === 0) assertOfUseToAll(found)
  return found
}

/**
 * Of an answer of AWS the code alone: a server can repeat what it was sent, a token for one, which no mask knows yet. And
 * nothing of what can't be read, which the engine quotes.
 */
function wordsOf(error: unknown): string {
  const { name, $metadata } = error as ServiceError
  const status = $metadata?.httpStatusCode
  if (status !== undefined) return `AWS answered ${name} (HTTP ${status})`
  const reason = reasonOf(error)
  return /not valid JSON|JSON input|JSON at position/.test(reason)
    ? 'what came in the place of credentials is no JSON'
    : reason
}

/** What the SDK's errors have where a server answered. */
type ServiceError = { readonly name?: string; readonly $metadata?: { readonly httpStatusCode?: number } }

/** The SDK does not say which profile it missed. */
function chosenProfile(): string {
  const { AWS_PROFILE: profile } = process.env
  return profile ? ` (AWS_PROFILE is ${quote(profile)})` : ''
}

/** What later steps will find and use as it is must be the same for all of their tools. */
function assertOfUseToAll(found: AttributedAwsCredentialIdentity): void {
  if (isContested(found)) {
    throw credentialsUnavailable(
      "AWS_WEB_IDENTITY_TOKEN_FILE stands beside a profile of AWS's shared files, and tools disagree which of them they use: clear one of them",
    )
  }
  const { expiration } = found
  if (!expiration) return
  if (Number.isNaN(expiration.getTime())) throw credentialsUnavailable('when they end can not be understood')
  if (expiration.getTime() <= Date.now())
    throw credentialsUnavailable(`they ended at ${formatInstant(expiration)}`)
}

/** To botocore the token file goes before the default profile, to the JavaScript SDK, which finds here, after it. */
function isContested({ $source }: AttributedAwsCredentialIdentity): boolean {
  const { AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_ARN: role } = process.env
  if (!file || !role) return false
  return !$source?.CREDENTIALS_ENV_VARS && !$source?.CREDENTIALS_ENV_VARS_STS_WEB_ID_TOKEN
}

/** Where GitHub's token was meant to be the source, its absence is what the author must hear of. */
function unavailable({ lacksOffer }: Inputs, reason: string): GateError {
  return lacksOffer ? oidcNotPermitted(readRunContext().fork, reason) : credentialsUnavailable(reason)
}
