import { installed, versionOf } from '../part.ts'
import { consumer, runProgram } from './consumer.ts'

const java = '/usr/bin/java'
const target = installed('java/target')
const program = [
  '-XX:TieredStopAtLevel=1',
  '-cp',
  `${target}/classes:${target}/dependency/*`,
  'CallerIdentity',
]

export const javaSdk = consumer({
  name: 'AWS SDK for Java 2.x',
  habits: { keysOverrule: 'AWS_PROFILE', regionVariables: ['AWS_REGION'], renewsSecondsBefore: 15 },
  version: () => versionOf(java, ...program),
  callerIdentity: call => runProgram(java, program, call),
})
