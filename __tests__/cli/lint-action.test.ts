import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { parse } from 'yaml'
import { defaultJob } from '../../sandbox/job.ts'
import { runStep, type StepResult } from '../../sandbox/runner/runner.ts'
import { read, tableIn } from '../pages/shown-by.ts'

const ACTION = resolve(__dirname, '../../lint')
const KEY = 'token.actions.githubusercontent.com'

let directory = ''
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'lint-action-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

function policyFor(...subjects: string[]): string {
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { Federated: `arn:aws:iam::111122223333:oidc-provider/${KEY}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: {
          StringEquals: { [`${KEY}:aud`]: 'sts.amazonaws.com' },
          StringLike: { [`${KEY}:sub`]: subjects },
        },
      },
    ],
  }
  return JSON.stringify(policy, undefined, 2)
}

const SOUND = policyFor('repo:octo-org@65/payments@74:environment:production')
const WIDE = policyFor('repo:octo-org/*')
const OPEN = policyFor('repo:octo-org/payments:*', '*')

function write(name: string, content: string): string {
  const path = join(directory, 'workspace', name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  return path
}

/** As GitHub's runner starts it in a job without any permission. */
function lint(given: Readonly<Record<string, string>>): Promise<StepResult> {
  return runStep({
    actionDirectory: ACTION,
    step: 'main',
    with: given,
    job: defaultJob,
    temporaryDirectory: directory,
  })
}

describe('the action that lints', () => {
  test('passes sound policies, and says how many it has read', async () => {
    write('iam/a.json', SOUND)
    write('iam/b.json', SOUND)
    const { conclusion, log, annotations, summary } = await lint({ paths: 'iam' })
    expect([conclusion, annotations]).toEqual(['success', []])
    expect(log.trim()).toBe('0 findings of severity warning or higher in 2 trust policies of 2 files')
    expect(summary).toContain('## ✅ No weakness found')
  })

  test('annotates the lines, fails, and has a table with the gravest first', async () => {
    write('iam/a.json', WIDE)
    write('iam/b.json', OPEN)
    const { conclusion, stdout, summary } = await lint({ paths: 'iam/*.json' })
    expect(conclusion).toBe('failure')
    expect(stdout).toMatch(
      /^::warning title=whole-owner,file=iam\/a\.json,line=\d+,col=\d+::statement 1 allows the subject repo:octo-org\/\*\. Name the/m,
    )
    expect(stdout).toMatch(/^::error title=any-subject,file=iam\/b\.json,line=\d+,/m)
    expect(stdout).toMatch(
      /^::error::3 findings of severity warning or higher in 2 trust policies of 2 files$/m,
    )
    const rows = summary.split('\n').filter(line => /^\| [❌⚠]/u.test(line))
    expect(
      rows.map(row => /any-subject|whole-owner|any-event/.exec(row.replaceAll('&#45;', '-'))?.[0]),
    ).toEqual(['any-subject', 'whole-owner', 'any-event'])
  })

  test('shows and fails from the severity on that was given', async () => {
    write('iam/a.json', WIDE)
    write('iam/b.json', policyFor('repo:octo-org/payments:environment:production'))
    expect((await lint({ paths: 'iam', 'min-severity': 'error' })).conclusion).toBe('success')
    const { stdout, conclusion } = await lint({ paths: 'iam/b.json', 'min-severity': 'info' })
    expect(conclusion).toBe('failure')
    expect(stdout).toMatch(/^::notice title=names-without-ids,/m)
  })

  test('takes several paths, one per line', async () => {
    write('a.json', SOUND)
    write('iam/b.json', SOUND)
    expect((await lint({ paths: '\n a.json \n\niam/**/*.json\n' })).log).toContain(
      'in 2 trust policies of 2 files',
    )
  })

  test('writes SARIF, on success and on failure', async () => {
    for (const [policy, results] of [
      [SOUND, 0],
      [OPEN, 2],
    ] as const) {
      write('a.json', policy)
      await lint({ paths: 'a.json', 'sarif-file': 'results.sarif' })
      const log = JSON.parse(readFileSync(join(directory, 'workspace/results.sarif'), 'utf8'))
      expect(log.runs[0].results).toHaveLength(results)
    }
  })

  test('checks the rest beside a path that is missing, and writes SARIF all the same', async () => {
    write('a.json', WIDE)
    const { conclusion, stdout } = await lint({ paths: 'none.json\na.json', 'sarif-file': 'results.sarif' })
    expect(conclusion).toBe('failure')
    expect(stdout).toMatch(/^::error::none\.json: no such file$/m)
    expect(stdout).toMatch(/^::warning title=whole-owner,/m)
    expect(existsSync(join(directory, 'workspace/results.sarif'))).toBe(true)
  })

  test('replaces a link in the place of the SARIF file, and leaves alone what it leads to', async () => {
    write('a.json', SOUND)
    const other = write('other.txt', 'mine')
    const file = join(directory, 'workspace/results.sarif')
    symlinkSync(other, file)
    expect((await lint({ paths: 'a.json', 'sarif-file': 'results.sarif' })).conclusion).toBe('success')
    expect([readFileSync(other, 'utf8'), lstatSync(file).isSymbolicLink()]).toEqual(['mine', false])
  })

  test.each<[string, Record<string, string>, RegExp]>([
    ['no paths', { paths: ' \n ' }, /paths is empty/],
    ['standard input', { paths: '-' }, /paths contains -/],
    ['a path to nothing', { paths: 'none.json' }, /none\.json: no such file/],
    ['a pattern without a match', { paths: 'iam/*.json' }, /iam\/\*\.json: no such file/],
    [
      'a severity that is none',
      { paths: 'a.json', 'min-severity': 'high' },
      /min-severity high is not error, warning or info/,
    ],
    [
      'a SARIF file in a folder that is missing',
      { paths: 'a.json', 'sarif-file': 'out/x.sarif' },
      /sarif-file out\/x\.sarif can't be written/,
    ],
    ['a file without a policy', { paths: 'package.json' }, /package\.json: it contains no trust policy/],
    [
      'a policy that is not known until apply',
      { paths: 'plan.json' },
      /aws_iam_role\.x: not known until apply/,
    ],
  ])('fails for %s', async (_, given, reason) => {
    write('a.json', SOUND)
    write('package.json', '{}')
    const change = { after_unknown: { assume_role_policy: true } }
    write('plan.json', JSON.stringify({ resource_changes: [{ address: 'aws_iam_role.x', change }] }))
    const { conclusion, log } = await lint(given)
    expect(conclusion).toBe('failure')
    expect(log).toMatch(reason)
    expect(existsSync(join(directory, 'workspace/out'))).toBe(false)
  })

  test('lets nothing in a policy start a command, a heading or a link', async () => {
    write(
      'iam/a,b.json',
      policyFor('repo:octo-org/*\n::error::x', 'repo:x/*\n# [a](https://example.com) <img src=x>|'),
    )
    const { stdout, summary } = await lint({ paths: 'iam' })
    expect(stdout.match(/^::/gm)).toHaveLength(3)
    expect(stdout).toContain('file=iam/a%2Cb.json')
    expect(summary).not.toMatch(/<img|\[a\]|^# /m)
  })

  test('has a page with every input and its default', () => {
    const { inputs }: { inputs: Record<string, { required?: boolean; default?: string }> } = parse(
      read('lint/action.yml'),
    )
    const rows = tableIn(read('docs/lint-action.md')).map(([name = '', value = '']) => [name, value])
    expect(rows).toEqual(
      Object.entries(inputs).map(([name, { required, default: value }]) => [
        `\`${name}\``,
        required ? 'required' : value === undefined ? 'none' : `\`${value}\``,
      ]),
    )
  })

  test('has a row for 200 findings, and says how many there are beside', async () => {
    write('a.json', policyFor(...Array.from({ length: 250 }, (_, index) => `repo:octo-${index}/*`)))
    const { summary } = await lint({ paths: 'a.json' })
    expect(summary.match(/^\| ⚠️ /gm)).toHaveLength(200)
    expect(summary).toContain('50 further findings in the log.')
  })
})
