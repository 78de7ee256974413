import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { Regions } from '../../src/sts/regions.ts'
import { inputsWith } from '../core/samples.ts'

/** What the step printed: commands to the runner. */
let printed: string[] = []

beforeEach(() => {
  printed = []
  jest.spyOn(process.stdout, 'write').mockImplementation(text => printed.push(String(text)) > 0)
})
afterEach(() => {
  jest.restoreAllMocks()
})

const warnings = () => printed.filter(text => text.startsWith('::warning::'))

function regionsOf(fallbacks: string): Regions {
  const inputs = inputsWith({
    'aws-region': 'eu-west-1',
    'sts-fallback-regions': fallbacks,
    'http-proxy': 'http://127.0.0.1:9', // no connection is opened ahead, then
  })
  return new Regions(inputs, 1, AbortSignal.timeout(10_000))
}

describe('a region that fails', () => {
  test('is replaced by the next, and the last by none', async () => {
    const regions = regionsOf('eu-central-1')
    expect(regions.moveOn(await regions.client())).toBe(true)
    expect([regions.current, (await regions.client()).region]).toEqual(['eu-central-1', 'eu-central-1'])
    expect(regions.moveOn(await regions.client())).toBe(false)
    expect(regions.current).toBe('eu-central-1')
    expect(warnings()).toHaveLength(1)
  })

  test('is replaced and reported once for several concurrent callers', async () => {
    const regions = regionsOf('eu-central-1,eu-west-3')
    const failed = await Promise.all([regions.client(), regions.client(), regions.client()])
    expect(failed.map(client => regions.moveOn(client))).toEqual([true, true, true])
    expect(regions.current).toBe('eu-central-1')
    expect(warnings()).toEqual([expect.stringContaining('of eu-west-1 could not be asked')])
  })

  test('sends a late caller to the current region, even if it is the last', async () => {
    const regions = regionsOf('eu-central-1')
    const late = await regions.client()
    regions.moveOn(late)
    regions.moveOn(await regions.client())
    expect(regions.moveOn(late)).toBe(true)
    expect(regions.current).toBe('eu-central-1')
  })
})
