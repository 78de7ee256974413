import {
  createDefaultUserAgentProvider,
  hostHeaderMiddleware,
  userAgentMiddleware,
} from '@aws-sdk/core/client'
import { AwsSdkSigV4Signer } from '@aws-sdk/core/httpAuthSchemes'
import { AwsQueryProtocol } from '@aws-sdk/core/protocols'
import { httpSigningMiddleware, NoAuthSigner } from '@smithy/core'
import { Sha256 } from '@smithy/core/checksum'
import { contentLengthMiddleware } from '@smithy/core/protocols'
import { getSchemaSerdePlugin } from '@smithy/core/schema'
import { calculateBodyLength, v4 as newUuid } from '@smithy/core/serde'
import { SignatureV4 } from '@smithy/signature-v4'
import { defaultEndpointResolver } from '../../../node_modules/@aws-sdk/client-sts/dist-es/endpoint/endpointResolver.js'
import {
  AssumeRole$,
  AssumeRoleWithWebIdentity$,
  errorTypeRegistries,
  GetCallerIdentity$,
} from '../../../node_modules/@aws-sdk/client-sts/dist-es/schemas/schemas_0.js'
import { version } from '../../../node_modules/@aws-sdk/client-sts/package.json'

export { STSServiceException } from '../../../node_modules/@aws-sdk/client-sts/dist-es/models/STSServiceException.js'

const serviceId = 'STS'
const readUserAgent = createDefaultUserAgentProvider({ serviceId, clientVersion: version })
const signed = new AwsSdkSigV4Signer()
const unsigned = new NoAuthSigner()

/**
 * The SDK's client for a caller who gives it every setting and retries by itself, as sts-client.ts does: the SDK's own
 * middlewares in the order in which the SDK would run them, without the code that reads configurations, resolves what is
 * given, sorts middlewares and retries.
 */
export class STSClient {
  /** For the one change that is made to it: to take out what is not in it. */
  middlewareStack = { remove() {} }
  #middlewares

  constructor(settings) {
    const { region, credentials, userAgentAppId } = settings
    const signer = new SignatureV4({ region, credentials, service: 'sts', sha256: Sha256 })
    this.config = {
      ...settings,
      runtime: 'node',
      endpointProvider: defaultEndpointResolver,
      protocol: new AwsQueryProtocol({
        version: '2011-06-15',
        xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
        defaultNamespace: 'com.amazonaws.sts',
        errorTypeRegistries,
      }),
      signer: async () => signer,
      systemClockOffset: 0,
      // For the header that names the client.
      defaultUserAgentProvider: readUserAgent,
      userAgentAppId: async () => userAgentAppId,
      retryStrategy: async () => ({ mode: settings.retryMode }),
    }
    const [serialize, deserialize] = serdeMiddlewares(this.config)
    this.#middlewares = [
      serialize,
      contentLengthMiddleware(calculateBodyLength),
      userAgentMiddleware(this.config),
      hostHeaderMiddleware(this.config),
      onlyAttempt,
      httpSigningMiddleware(this.config),
      deserialize,
    ]
  }

  async send({ operationSchema, signer, input }, options) {
    const context = { endpointV2: { url: new URL(this.config.endpoint) } }
    const signingProperties = { config: this.config, context }
    context.__smithy_context = {
      operationSchema,
      selectedHttpAuthScheme: { signer, httpAuthOption: { signingProperties } },
      features: { ENDPOINT_OVERRIDE: 'N' },
    }
    const handle = ({ request }) => this.config.requestHandler.handle(request, options)
    const run = this.#middlewares.reduceRight((next, middleware) => middleware(next, context), handle)
    const { output } = await run({ input })
    return output
  }
}

class Command {
  signer = signed
  constructor(input) {
    this.input = input
  }
}

export class AssumeRoleCommand extends Command {
  operationSchema = AssumeRole$
}

export class AssumeRoleWithWebIdentityCommand extends Command {
  operationSchema = AssumeRoleWithWebIdentity$
  signer = unsigned
}

export class GetCallerIdentityCommand extends Command {
  operationSchema = GetCallerIdentity$
}

/** What the SDK's retries say of an attempt. */
const onlyAttempt = next => args => {
  args.request.headers['amz-sdk-invocation-id'] = newUuid()
  args.request.headers['amz-sdk-request'] = 'attempt=1; max=1'
  return next(args)
}

/** The two that the SDK's plugin would add to a stack. */
function serdeMiddlewares(config) {
  const middlewares = []
  getSchemaSerdePlugin(config).applyToStack({ add: middleware => middlewares.push(middleware) })
  return middlewares
}
