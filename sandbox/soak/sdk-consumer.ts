/**
 * Reads names of profiles from standard input and prints, as JSON, who GetCallerIdentity at an endpoint says each is. One
 * process with a client of the AWS SDK for JavaScript for each profile, which keeps its credentials.
 */
import { createInterface } from 'node:readline'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { defaultProvider } from '@aws-sdk/credential-provider-node'
import type { ConsumerAnswer } from '../real/consumers/consumer.ts'

const [endpoint = ''] = process.argv.slice(2)
const clients = new Map<string, STSClient>()

function clientFor(profile: string): STSClient {
  const client =
    clients.get(profile) ??
    new STSClient({ region: 'eu-west-1', endpoint, credentials: defaultProvider({ profile }) })
  clients.set(profile, client)
  return client
}

async function callerIdentity(profile: string): Promise<ConsumerAnswer> {
  try {
    const { Arn: arn = '' } = await clientFor(profile).send(new GetCallerIdentityCommand())
    return { arn }
  } catch (error) {
    return { error: String(error) }
  }
}

async function answerAll(): Promise<void> {
  for await (const profile of createInterface({ input: process.stdin }))
    console.log(JSON.stringify(await callerIdentity(profile)))
}

void answerAll()
