import { resolve } from 'node:path'
import { actionNode } from '../runner/action-node.ts'
import { awsCommandLine, boto3 } from './consumers/python.ts'
import { isInstalled, type Part, versionOf } from './part.ts'

/** By faketime's clock, six hours pass in minutes. */
export const sixHourJob: Part = {
  lane: 'Soak',
  name: 'Six-hour job',
  shows:
    'keeps four renewing profiles working for four consumers at once, through throttling, faults, an unsteady proxy and keys of another role',
  version() {
    const version = isInstalled(awsCommandLine) && isInstalled(boto3) && versionOf('faketime', '--version')
    return version ? `faketime ${version}` : undefined
  },
}

export const thousandRoles: Part = {
  lane: 'Soak',
  name: 'A thousand roles',
  shows: 'writes a profile for each of 1,000 roles in 20 steps of one job, and removes them all',
  version: () => (isInstalled(boto3) ? `Node ${actionNode(resolve('.')).version}` : undefined),
}
