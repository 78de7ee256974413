import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'

const COMMAND = resolve(__dirname, '../../dist/cli/index.js')
const OLD = 'aws-actions/configure-aws-credentials'
const NEW = 'octo-org/gate@0123456789012345678901234567890123456789'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'migrate-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(name: string, content: string | Buffer): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), content)
}

function migrate(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, 'migrate', ...args], {
    encoding: 'utf8',
    cwd: folder,
  })
  return { status, stdout, stderr }
}

function workflow(uses: string, more = ''): string {
  return `# A workflow\njobs:\n  one:\n    steps:\n      - uses: ${uses}\n        with:\n          aws-region: eu-west-1\n          role-to-assume: arn:aws:iam::111122223333:role/deploy\n${more}`
}

const DECISION = '          role-duration-seconds: 1h\n'

describe('migrate', () => {
  test('reports over many repositories: what needs one line, and what a decision', () => {
    write('web/.github/workflows/deploy.yml', workflow(`${OLD}@v4`))
    write('web/.github/workflows/test.yaml', workflow('actions/checkout@v7'))
    write(
      'web/setup/action.yml',
      `runs:\n  using: composite\n  steps:\n    - uses: ${OLD}@v5\n      with: { aws-region: a, role-to-assume: deploy }\n`,
    )
    write('api/.github/workflows/deploy.yml', workflow(`${OLD}@v6`, DECISION))
    write('api/docs/example.yml', workflow(`${OLD}@v6`, DECISION))
    const { status, stdout, stderr } = migrate('.', '--uses', NEW)
    expect([status, stderr]).toEqual([1, ''])
    expect(stdout).toContain(
      '3 uses in 3 files of 2 repositories: 2 files need one line per use, 1 file needs a decision.',
    )
    expect(stdout).toMatch(
      /^api\/\.github\/workflows\/deploy\.yml:9: decision: role-duration-seconds: "1h" must be .* \[role-duration-seconds\]$/m,
    )
    expect(stdout).toContain(`web/setup/action.yml:4: ${OLD}@v5 → ${NEW}`)
    expect(readFileSync(join(folder, 'web/.github/workflows/deploy.yml'), 'utf8')).toBe(workflow(`${OLD}@v4`))
  })

  test('ends with 0 if nothing is to decide, and writes only when told to', () => {
    write('.github/workflows/a.yml', workflow(`${OLD}@v4 # v4`))
    expect(migrate('.', '--uses', NEW)).toMatchObject({ status: 0 })
    expect(migrate('.', '--uses', NEW, '--write')).toMatchObject({ status: 0, stderr: '' })
    expect(readFileSync(join(folder, '.github/workflows/a.yml'), 'utf8')).toBe(workflow(NEW))
    expect(migrate('.', '--uses', NEW)).toMatchObject({ status: 0, stdout: `no use of ${OLD}\n` })
  })

  test('writes every uses: line, open decisions or not', () => {
    write('a.yml', workflow(`${OLD}@v4`, DECISION))
    expect(migrate('a.yml', '--uses', NEW, '--write').status).toBe(1)
    expect(readFileSync(join(folder, 'a.yml'), 'utf8')).toBe(workflow(NEW, DECISION))
  })

  test('has the commit as a decision where none is given, and writes no commit then', () => {
    write('a.yml', workflow(`${OLD}@v4`))
    const { status, stdout } = migrate('a.yml', '--write')
    expect([status, stdout]).toEqual([1, expect.stringContaining('decision: choose the commit to use')])
    expect(readFileSync(join(folder, 'a.yml'), 'utf8')).toContain(
      'uses: aws-role-gate/aws-role-gate@full-sha-of-a-release\n',
    )
  })

  test('prints the documented JSON', () => {
    write('a.yml', workflow(`${OLD}@v4`, DECISION))
    expect(JSON.parse(migrate('a.yml', '--json').stdout)).toEqual({
      uses: null,
      totals: { repositories: 1, files: 1, uses: 1, decisions: 2, withDecisions: 1, written: 0 },
      files: [
        {
          file: 'a.yml',
          written: false,
          moves: [
            {
              line: 5,
              column: 15,
              from: `${OLD}@v4`,
              remarks: [
                {
                  kind: 'decision',
                  line: 9,
                  row: 'role-duration-seconds',
                  message: expect.stringContaining('"1h"'),
                },
              ],
            },
          ],
          remarks: [],
        },
      ],
      problems: [],
    })
  })

  test.each<[string, string[], RegExp]>([
    ['no file', [], /no path was given/],
    ['a file that is missing', ['none.yml'], /none\.yml: no such file/],
    [
      'a tag for --uses',
      ['a.yml', '--uses', 'octo-org/gate@v1'],
      /--uses octo-org\/gate@v1 is not OWNER\/REPO@ and the 40 digits/,
    ],
    ['a workflow that is no YAML', ['broken.yml'], /broken\.yml can't be read: /],
    [
      'a workflow that is not UTF-8',
      ['latin.yml', '--write', '--uses', NEW],
      /latin\.yml can't be read: it is not UTF-8/,
    ],
  ])('ends with 2 for %s', (_, args, reason) => {
    write('a.yml', workflow(`${OLD}@v4`))
    write('broken.yml', `${workflow(`${OLD}@v4`)}\t- [`)
    const latin = Buffer.concat([Buffer.from(workflow(`${OLD}@v4`)), Buffer.from([0x23, 0xe4])])
    write('latin.yml', latin)
    const { status, stderr } = migrate(...args)
    expect([status, stderr]).toEqual([2, expect.stringMatching(reason)])
    expect(readFileSync(join(folder, 'latin.yml')).equals(latin)).toBe(true)
  })

  test('replaces the placeholder of an earlier run', () => {
    write('a.yml', workflow(`${OLD}@v4`))
    migrate('a.yml', '--write')
    expect(migrate('a.yml', '--write', '--uses', NEW)).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('; 1 file written.'),
    })
    expect(readFileSync(join(folder, 'a.yml'), 'utf8')).toBe(workflow(NEW))
  })

  test('finds workflows from within .github, by a pattern, and beside a path that is missing', () => {
    write('.github/workflows/a.yml', workflow(`${OLD}@v4`))
    write('templates/b.yml', workflow(`${OLD}@v4`))
    const inside = spawnSync(process.execPath, [COMMAND, 'migrate', '.'], {
      encoding: 'utf8',
      cwd: join(folder, '.github/workflows'),
    })
    expect(inside.stdout).toContain('1 use in 1 file')
    expect(migrate('templates/*.yml').stdout).toContain('1 use in 1 file')
    expect(migrate('.', 'none.yml')).toMatchObject({
      status: 2,
      stdout: expect.stringContaining('1 use in 1 file'),
      stderr: 'none.yml: no such file\n',
    })
  })

  test('prints nothing that a workflow could make a line of its own', () => {
    write('a.yml', workflow(`${OLD}@v4`, '          "x\\n::error::y\\e[31m": 1\n'))
    expect(migrate('a.yml', '--uses', NEW).stdout).not.toMatch(/^::|\u001b/m)
  })
})
