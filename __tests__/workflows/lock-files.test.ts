import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from '@jest/globals'

interface Entry {
  readonly version?: string
  readonly integrity?: string
  readonly resolved?: string
}

const files = execFileSync('git', ['ls-files', '*package-lock.json'], { encoding: 'utf8' }).trim().split('\n')

/** By path; without the project itself. */
function packagesIn(file: string): readonly (readonly [path: string, entry: Entry])[] {
  const { packages } = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Entry> }
  return Object.entries(packages).filter(([path]) => path !== '')
}

describe.each(files)('%s', file => {
  const packages = packagesIn(file)

  test('has an integrity hash for every package', () => {
    expect(packages.length).toBeGreaterThan(0)
    expect(packages.filter(([, { integrity = '' }]) => !integrity.startsWith('sha512-'))).toEqual([])
  })

  test('names no registry but npm’s', () => {
    const elsewhere = packages.filter(
      ([, { resolved }]) => resolved && !resolved.startsWith('https://registry.npmjs.org/'),
    )
    expect(elsewhere).toEqual([])
  })
})
