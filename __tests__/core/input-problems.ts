import { expect } from '@jest/globals'
import { GateError } from '../../src/core/base/failure.ts'
import { parseInputs } from '../../src/core/inputs/inputs.ts'
import { rawInputs, surroundings } from './samples.ts'
import { thrownBy } from './thrown.ts'

/** Inputs by their names in `with:`; undefined removes one. */
export type Given = Readonly<Record<string, string | undefined>>

/** The failure for invalid inputs. */
export function failureOf(given: Given, world = surroundings()): GateError {
  const error = thrownBy(() => parseInputs(rawInputs(given), world))
  if (!(error instanceof GateError)) throw error ?? new Error('the inputs were taken')
  return error
}

/** The listed problems, one per line. */
export function problemsOf(given: Given, world = surroundings()): string[] {
  const failure = failureOf(given, world)
  expect(failure.code).toBe('ERR_INPUT_INVALID')
  const [, ...problems] = failure.message.split('\n')
  return problems.map(problem => problem.replace(/^- /, ''))
}
