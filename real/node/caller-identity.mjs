// Prints who the caller is: caller-identity.mjs PROFILE TIMES PAUSE_MS
import { setTimeout as sleep } from 'node:timers/promises'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'

const [profile, times, pauseMs] = process.argv.slice(2)
const client = new STSClient(profile ? { profile } : {})
for (let call = 0; call < Number(times); call++) {
  if (call > 0) await sleep(Number(pauseMs))
  const { Arn } = await client.send(new GetCallerIdentityCommand())
  console.log(Arn)
}
