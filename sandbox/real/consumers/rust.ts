import { installed, versionOf } from '../part.ts'
import { consumer, runProgram } from './consumer.ts'

const program = installed('rust/debug/caller-identity')

export const rustSdk = consumer({
  name: 'AWS SDK for Rust',
  habits: {
    keysOverrule: 'every profile',
    regionVariables: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
    renewsSecondsBefore: 10,
  },
  version: () => versionOf(program),
  callerIdentity: call => runProgram(program, [], call),
})
