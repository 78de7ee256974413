import { describe, expect, test } from '@jest/globals'
import { errorsOf, expectFailure, inWorld, newFile, runIn, runMain } from '../scenario.ts'

function preload(code: string): string {
  return `--require=${newFile('preloaded.cjs', code)}`
}

describe('action-timeout-s', () => {
  const block = (ms: string) => `Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${ms})`

  test('counts from the start of the process', () =>
    inWorld({ faults: [{ on: 'id-token', effect: { kind: 'hang' } }] }, async world => {
      const result = await runMain(world, {
        with: { 'action-timeout-s': '3' },
        runnerVariables: { NODE_OPTIONS: preload(block('2500')) },
      })
      expectFailure(result, 'ERR_TIMEOUT')
      expect(result.durationMs).toBeLessThan(5000)
    }))

  test('that ends once the identity is verified fails the step, and nothing is exported', async () => {
    // As if writing the summary took this long.
    const slowSummary = preload(
      `const fs = require('node:fs'); const { writeFileSync } = fs
      fs.writeFileSync = (...given) => { ${block('2100 - process.uptime() * 1000')}; return writeFileSync(...given) }`,
    )
    const result = await runIn(
      {},
      {
        with: { 'action-timeout-s': '2', 'output-credentials': 'true' },
        runnerVariables: { NODE_OPTIONS: slowSummary },
      },
    )
    expectFailure(result, 'ERR_TIMEOUT')
    expect(errorsOf(result)[0]).toContain('before credentials were exported')
  })
})
