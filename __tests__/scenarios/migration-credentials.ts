import type { AccessKey } from '../../sandbox/sts/access-key.ts'
import { valuesOf } from '../../sandbox/sts/parameter-list.ts'
import type { Session } from '../../sandbox/sts/session.ts'
import type { RunningWorld } from '../../sandbox/world.ts'

export const DEPLOYER = 'arn:aws:iam::111122223333:role/deployer'
export const PRODUCTION = 'arn:aws:iam::444455556666:role/production'
export const PARTNER = 'arn:aws:iam::444455556666:role/partner'
export const ROBOT = 'arn:aws:iam::111122223333:user/ci-robot'

/** The keys of the world's user ci-robot, as inputs. */
export function robotInputs(world: RunningWorld): Record<string, string> {
  const { accessKeyId, secretAccessKey } = robotKey(world)
  return { 'aws-access-key-id': accessKeyId, 'aws-secret-access-key': secretAccessKey }
}

/** The same keys, as variables that an earlier step left. */
export function robotVariables(world: RunningWorld): Record<string, string> {
  const { accessKeyId, secretAccessKey } = robotKey(world)
  return { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
}

function robotKey({ users }: RunningWorld): AccessKey {
  const key = users['ci-robot']
  if (!key) throw new Error('the world has no ci-robot')
  return key
}

/** The variables that a step exports a session in. */
export function variablesOf(session: Session | undefined): Record<string, string> {
  if (!session) throw new Error('no session was issued')
  const { accessKeyId, secretAccessKey, sessionToken } = session
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  }
}

/** Parameters of the calls that assumed roles, in order. */
export function assumptionsOf(world: RunningWorld): Readonly<Record<string, string>>[] {
  return world.sts.requests
    .filter(({ operation }) => operation !== 'GetCallerIdentity')
    .map(({ parameters }) => parameters)
}

export function tagsOf(parameters: Readonly<Record<string, string>> = {}): Record<string, string> {
  const values = valuesOf(parameters, 'Tags', 'Value')
  return Object.fromEntries(
    valuesOf(parameters, 'Tags', 'Key').map((key, index) => [key, values[index] ?? '']),
  )
}

export function transitiveKeysOf(parameters: Readonly<Record<string, string>> = {}): readonly string[] {
  return valuesOf(parameters, 'TransitiveTagKeys')
}
