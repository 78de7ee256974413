import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { actionNode } from '../../runner/action-node.ts'
import { installed } from '../part.ts'
import { consumer, runProgram } from './consumer.ts'

export const { path: node } = actionNode(resolve('.'))

export const javascriptSdk = consumer({
  name: 'AWS SDK for JavaScript v3',
  habits: {
    keysOverrule: 'no profile',
    regionVariables: ['AWS_REGION'],
    renewsSecondsBefore: 300,
    hidesReason: true,
  },
  version: () => packageVersion('@aws-sdk/client-sts'),
  callerIdentity: call => runProgram(node, [installed('node/caller-identity.mjs')], call),
})

/** Of a package that the consumers in Node are installed with. */
export function packageVersion(name: string): string | undefined {
  const file = installed('node/node_modules', name, 'package.json')
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version : undefined
}
