import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { startLoopbackServer } from '../../loopback-server.ts'
import type { Credential } from '../../sts/credential.ts'
import { authenticate, readSigned } from '../../sts/signature.ts'
import { StsError } from '../../sts/sts-error.ts'
import { writeError, writeResult } from '../../sts/sts-xml.ts'
import { Bucket } from './bucket.ts'
import { Stacks } from './stacks.ts'

export interface AwsServices {
  readonly url: string
  /** Every request with a valid signature of a session that hadn't expired, in order. */
  readonly accepted: readonly Pick<Credential, 'accessKeyId'>[]
  /** Codes of the errors that other requests got. */
  readonly refusals: readonly string[]
  close(): Promise<void>
}

export interface AwsServicesOptions {
  /** Who may call. */
  readonly sessions: () => readonly Credential[]
  /** How long CloudFormation takes to create a stack. */
  readonly creationMs?: number
}

/** S3 and CloudFormation, as far as OpenTofu's backend and the CDK need them: they tell each caller its own ARN. */
export async function startAwsServices(options: AwsServicesOptions): Promise<AwsServices> {
  const accepted: Credential[] = []
  const refusals: string[] = []
  const bucket = new Bucket()
  const stacks = new Stacks(options.creationMs ?? 0)

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const signed = await readSigned(request)
    const requestId = randomUUID()
    try {
      const isQuery = signed.method === 'POST' && signed.path === '/'
      const service = isQuery ? 'cloudformation' : 's3'
      const caller = authenticate(signed, options.sessions(), Date.now(), service)
      accepted.push(caller)
      if (!isQuery) return bucket.answer(signed, response, caller.arn)
      const { Action = '', ...parameters } = Object.fromEntries(new URLSearchParams(signed.body))
      await writeResult(response, Action, requestId, stacks.perform(Action, parameters, caller.arn))
    } catch (error) {
      if (!(error instanceof StsError)) throw error
      refusals.push(error.code)
      writeError(response, requestId, error)
    }
  }

  const server = await startLoopbackServer(answer)
  return { url: server.origin, accepted, refusals, close: server.close }
}
