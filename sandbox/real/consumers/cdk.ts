import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { installed } from '../part.ts'
import { type ConsumerAnswer, type ConsumerCall, consumer, runIn, stsVariable } from './consumer.ts'
import { node, packageVersion } from './node.ts'

const program = installed('node/node_modules/aws-cdk/bin/cdk')
const deploy = ['deploy', '--app', '.', '--method', 'direct', '--require-approval', 'never']
const quiet = ['--no-notices', '--outputs-file', 'outputs.json']

export const cdk = consumer({
  name: 'AWS CDK CLI',
  habits: { keysOverrule: 'AWS_PROFILE', hidesReason: true },
  shows: '`cdk deploy` of a stack that takes longer to create than two sessions last',
  version: () => packageVersion('aws-cdk'),
  callerIdentity: deployStack,
})

/** The answer is an output of the stack that it deploys. */
async function deployStack(call: ConsumerCall): Promise<ConsumerAnswer> {
  const folder = await mkdtemp(join(tmpdir(), 'job-'))
  try {
    await writeFile(join(folder, 'manifest.json'), JSON.stringify(assemblyOf(basename(folder))))
    await writeFile(join(folder, 'job.json'), JSON.stringify(template))
    const profile = call.profile === undefined ? [] : ['--profile', call.profile]
    return await runIn(
      folder,
      call,
      { file: node, args: [program, ...deploy, ...quiet, ...profile], environment: environmentOf(call) },
      { file: node, args: ['--print', "Object.values(require('./outputs.json'))[0].Caller"] },
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A cloud assembly as `cdk synth` makes it, with one stack. */
function assemblyOf(stack: string) {
  const environment = 'aws://111122223333/eu-west-1'
  const properties = { templateFile: 'job.json' }
  return {
    version: '36.0.0',
    artifacts: { [stack]: { type: 'aws:cloudformation:stack', environment, properties } },
  }
}

const template = { Resources: { Handle: { Type: 'AWS::CloudFormation::WaitConditionHandle' } } }

/** Nobody but the sandbox is called. */
function environmentOf(call: ConsumerCall): Record<string, string> {
  return {
    ...stsVariable(call),
    AWS_ENDPOINT_URL_CLOUDFORMATION: call.services ?? '',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    CI: 'true',
  }
}
