import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'

const PROJECT = resolve(__dirname, '../..')

/** Texts by their path, with `/`. */
type Files = Readonly<Record<string, string>>

function filesBelow(folder: string): Files {
  const paths = readdirSync(join(PROJECT, folder), { recursive: true, encoding: 'utf8' })
  const files = paths
    .filter(path => extname(path) !== '')
    .map(path => `${folder}/${path.replaceAll('\\', '/')}`)
  return Object.fromEntries(files.map(path => [path, readFileSync(join(PROJECT, path), 'utf8')]))
}

type Rule = {
  readonly title: string
  readonly pattern: RegExp
  /** Where it is right, and why. */
  readonly exceptions: Readonly<Record<string, string>>
  readonly violation: string
}

const RULES: readonly Rule[] = [
  {
    title: 'names no path that only some systems have',
    pattern: /['"`/]\^?\\?\/(?:bin|dev|etc|home|opt|private|proc|run|sys|tmp|usr|var|Users)\b|\b[A-Z]:\\\\/,
    exceptions: {
      'src/process/end.ts': 'only where there is a shell',
      'src/profiles/lock-holder.ts': 'elsewhere, the name of the machine is used',
      'src/runner/workspace-file.ts': 'where kubelet puts tokens',
      'src/sources/shared-config.ts': 'where botocore looks on every system',
    },
    violation: "const FOLDER = '/tmp/gate'",
  },
  {
    title: 'decides by the name of the system only where Windows needs it',
    pattern: /process\.platform|\bplatform\(\)/,
    exceptions: {
      'src/profiles/export.ts': 'a command is quoted for its shell',
      'src/profiles/file-in-use.ts': 'an open file can’t be replaced',
    },
    violation: "if (process.platform === 'darwin') return",
  },
  {
    title: 'decides nothing by the processor',
    pattern: /process\.arch|\barch\(\)/,
    exceptions: {},
    violation: "const isArm = process.arch === 'arm64'",
  },
  {
    title: 'puts no path of a file together with slashes',
    pattern: /\b(?:exists|lstat|mkdir|open|read|realpath|rename|rm|stat|write)\w*\([^)\n]*(?:\}\/|\+ '\/)/,
    exceptions: { 'src/profiles/lock-holder.ts': 'in /proc' },
    violation: 'readFileSync(`$' + '{folder}/config`)',
  },
]

function problemsOf({ pattern, exceptions }: Rule, files: Files): string[] {
  return Object.keys(files).filter(path => pattern.test(files[path] ?? '') && !(path in exceptions))
}

describe('the sources', () => {
  const sources = filesBelow('src')

  test.each(RULES.map(rule => [rule.title, rule] as const))('%s', (_, rule) => {
    expect(problemsOf(rule, sources)).toEqual([])
    expect(problemsOf(rule, { 'x.ts': rule.violation })).toEqual(['x.ts'])
    const stale = Object.keys(rule.exceptions).filter(path => !rule.pattern.test(sources[path] ?? ''))
    expect(stale).toEqual([])
  })
})

describe('the bundle', () => {
  test('is JavaScript alone, which runs on every system and processor', () => {
    const bundle = filesBelow('dist')
    const others = Object.keys(bundle).filter(path => extname(path) !== '.js')
    expect(others).toEqual(['dist/licenses.txt'])
    const scripts = Object.entries(bundle).filter(([, text]) =>
      /process\.(?:arch|dlopen)|\.node['"]|WebAssembly/.test(text),
    )
    expect(scripts.map(([path]) => path)).toEqual([])
  })
})

describe('the repository', () => {
  const paths = spawnSync('git', ['ls-files'], { cwd: PROJECT, encoding: 'utf8' }).stdout.trim().split('\n')

  test('has no two files whose paths differ in case alone, which macOS and Windows take for one', () => {
    expect(new Set(paths.map(path => path.toLowerCase())).size).toBe(paths.length)
  })

  test('has no name that Windows can’t have', () => {
    expect(paths.length).toBeGreaterThan(400)
    expect(
      paths.filter(path => /[<>:"|?*\\]|[. ](?:\/|$)|(?:^|\/)(?:con|prn|aux|nul)(?:\.|\/|$)/i.test(path)),
    ).toEqual([])
  })
})
