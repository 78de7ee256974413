import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { ConsumerAnswer } from '../real/consumers/consumer.ts'

export interface SessionKeys {
  readonly id: string
  readonly secret: string
  readonly token: string
}

/** Asks an STS, by its URL, who these keys belong to. */
export async function ownerOfKeys(
  { id, secret, token }: SessionKeys,
  endpoint: string,
): Promise<ConsumerAnswer> {
  const credentials = { accessKeyId: id, secretAccessKey: secret, sessionToken: token }
  const client = new STSClient({ region: 'eu-west-1', endpoint, credentials, maxAttempts: 10 })
  try {
    const { Arn: arn = '' } = await client.send(new GetCallerIdentityCommand())
    return { arn }
  } catch (error) {
    return { error: String(error) }
  } finally {
    client.destroy()
  }
}
