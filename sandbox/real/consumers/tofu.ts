import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { installed, versionOf } from '../part.ts'
import { type ConsumerAnswer, type ConsumerCall, consumer, runIn, stsVariable } from './consumer.ts'

export const tofuCommand = installed('go/bin/tofu')

export const tofu = consumer({
  name: 'OpenTofu',
  habits: { keysOverrule: 'AWS_PROFILE' },
  shows: 'keeps its state in S3 while each `tofu apply` takes longer than a session lasts',
  version: () => versionOf(tofuCommand, 'version'),
  callerIdentity: readState,
})

/** The answer is an output in the state that it reads; repeated calls are applies that take as long as the pause. */
async function readState(call: ConsumerCall): Promise<ConsumerAnswer> {
  const folder = await mkdtemp(join(tmpdir(), 'tofu-'))
  try {
    await writeFile(join(folder, 'main.tf'), configuration(call))
    const command = (...args: readonly string[]) => ({
      file: tofuCommand,
      args,
      environment: environmentOf(call),
    })
    const init = command('init', '-no-color', '-input=false')
    const read = command('output', '-no-color', '-raw', 'caller')
    const apply = command('apply', '-no-color', '-input=false', '-auto-approve')
    const applies = Array.from({ length: (call.repeated?.times ?? 1) - 1 }, () => apply)
    return await runIn(folder, call, init, ...applies, read)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function configuration({ profile, repeated }: ConsumerCall): string {
  const seconds = repeated ? repeated.pauseMs / 1000 : 0
  return `
terraform {
  backend "s3" {
    bucket         = "states"
    key            = "job"
    region         = "eu-west-1"
    use_path_style = true
    use_lockfile   = true
    ${profile === undefined ? '' : `profile = ${JSON.stringify(profile)}`}
  }
}
resource "terraform_data" "work" {
  provisioner "local-exec" {
    command = "sleep ${seconds}"
  }
}
`
}

function environmentOf(call: ConsumerCall): Record<string, string> {
  return { ...stsVariable(call), AWS_ENDPOINT_URL_S3: call.services ?? '', CHECKPOINT_DISABLE: 'true' }
}
