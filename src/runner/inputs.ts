import { partition } from '@aws-sdk/util-endpoints'
import type { Surroundings } from '../core/base/environment.ts'
import type { RawInputs } from '../core/inputs/declared-inputs.ts'
import { caBundleProblem } from './ca-bundle.ts'

const PREFIX = 'INPUT_'

/**
 * The inputs as the runner hands them over. `core.getInput` can't tell a blank input from an absent one and knows no
 * undeclared names, and both matter here.
 */
export function readInputs(): RawInputs {
  const inputs: Record<string, string> = {}
  for (const [name, value = ''] of Object.entries(process.env)) {
    if (name.startsWith(PREFIX)) inputs[name.slice(PREFIX.length)] = value
  }
  return inputs
}

export function readSurroundings(): Surroundings {
  return { partitionOf: region => partition(region).name, caBundleProblem, environment: process.env }
}

/** For inputs that were parsed once: of the environment only what no earlier step can set, and what would print tokens. */
export function readRenewalSurroundings(): Surroundings {
  const names = ['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'NODE_DEBUG']
  const environment = Object.fromEntries(names.map(name => [name, process.env[name]]))
  return { ...readSurroundings(), environment }
}
