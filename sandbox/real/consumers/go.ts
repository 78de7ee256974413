import { installed, versionOf } from '../part.ts'
import { consumer, runProgram } from './consumer.ts'

const program = installed('go/bin/caller-identity')

export const goSdk = consumer({
  name: 'AWS SDK for Go v2',
  habits: {
    keysOverrule: 'AWS_PROFILE',
    regionVariables: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
    renewsSecondsBefore: 0,
  },
  version: () => versionOf(program),
  callerIdentity: call => runProgram(program, [], call),
})
