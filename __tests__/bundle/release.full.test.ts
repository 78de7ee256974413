import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'

interface Sbom {
  readonly bomFormat: string
  readonly components: readonly { readonly name: string; readonly version: string }[]
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => statSync(join(folder, name)).isFile())
    .toSorted()
}

describe('a release', () => {
  test('has in dist/ byte for byte what the sources build', () => {
    const fresh = mkdtempSync(join(tmpdir(), 'dist-'))
    try {
      execFileSync(process.execPath, ['scripts/package.mjs', '--out', fresh], { stdio: 'ignore' })
      expect(filesBelow(fresh)).toEqual(filesBelow('dist'))
      const differing = filesBelow('dist').filter(
        name => !readFileSync(join('dist', name)).equals(readFileSync(join(fresh, name))),
      )
      expect(differing).toEqual([])
    } finally {
      rmSync(fresh, { recursive: true })
    }
  })

  test('has an SBOM with every package in the bundle', () => {
    const text = execFileSync(process.execPath, ['scripts/sbom.mjs'], { encoding: 'utf8', stdio: 'pipe' })
    const { bomFormat, components }: Sbom = JSON.parse(text)
    const listed = components.map(({ name, version }) => `${name} ${version}`)
    const bundled = Array.from(
      readFileSync('dist/licenses.txt', 'utf8').matchAll(/^(\S+ \d+\.\d+\.\d+\S*) \(.+\)$/gm),
      ([, name]) => name,
    )
    expect(bomFormat).toBe('CycloneDX')
    expect(bundled.length).toBeGreaterThan(20)
    expect(listed).toEqual(expect.arrayContaining(bundled))
  })
})
