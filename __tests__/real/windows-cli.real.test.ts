import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { defaultJob } from '../../sandbox/job.ts'
import {
  driveFolder,
  runOnWindows,
  untilWindowsHasEnded,
  windows,
  windowsPart,
} from '../../sandbox/real/windows/windows.ts'
import { runStep } from '../../sandbox/runner/runner.ts'
import { describePart } from './describe-part.ts'

afterAll(untilWindowsHasEnded)

/** The workspace of a job in a folder with blanks, and the folder of a drive C. */
let workspace = ''
let onDrive = ''
beforeEach(() => {
  workspace = join(mkdtempSync(join(tmpdir(), 'own (1) é-')), 'workspace')
  onDrive = mkdtempSync(join(driveFolder('C'), 'own-'))
  write('iam/a.json', OPEN)
  write('iam/deep/b.json', OPEN)
  write('iam/deep/notes.txt', 'none')
})
afterEach(() => {
  for (const folder of [dirname(workspace), onDrive]) rmSync(folder, { recursive: true })
})

const KEY = 'token.actions.githubusercontent.com'
/** With one error, in its ninth line. */
const OPEN = `{
  "Version": "2012-10-17",
  "Statement": {
    "Effect": "Allow",
    "Principal": { "Federated": "arn:aws:iam::111122223333:oidc-provider/${KEY}" },
    "Action": "sts:AssumeRoleWithWebIdentity",
    "Condition": {
      "StringEquals": { "${KEY}:aud": "sts.amazonaws.com" },
      "StringLike": { "${KEY}:sub": "*" }
    }
  }
}
`.replaceAll('\n', '\r\n')

function write(name: string, text: string): string {
  const path = join(workspace, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}

function run(...args: readonly string[]) {
  return runIn(workspace, args)
}

async function runIn(folder: string, args: readonly string[]) {
  const options = { home: join(workspace, '..'), folder }
  const { exitCode, stdout, stderr } = await runOnWindows('dist/cli/index.js', args, options)
  return { exitCode, stdout, stderr }
}

async function filesWith(...paths: readonly string[]): Promise<string[]> {
  const { stdout, stderr } = await run('lint', '--format', 'json', ...paths)
  expect(stderr).toBe('')
  return JSON.parse(stdout).findings.map(({ file }: { file: string }) => file)
}

describePart(windowsPart, () => {
  describe('lint', () => {
    test.each([
      ['a folder', 'iam'],
      ['a folder with a backslash', '.\\iam\\'],
      ['a pattern', 'iam/**/*.json'],
      ['a pattern with backslashes', 'iam\\**\\*.json'],
    ])('checks what %s stands for', async (_, path) => {
      const files = await filesWith(path)
      expect(files.map(file => file.replaceAll('\\', '/'))).toEqual(['iam/a.json', 'iam/deep/b.json'])
    })

    test('takes absolute paths, with any drive, in any case and with their long prefix', async () => {
      const path = windows.pathOf(join(workspace, 'iam', 'a.json'))
      for (const each of [path, path.toUpperCase(), `\\\\?\\${path}`, path.replaceAll('\\', '/')])
        expect(await filesWith(each)).toEqual([each])
    })

    test('takes patterns from the root of a drive, whatever folder of it the process is in', async () => {
      writeFileSync(join(onDrive, 'a.json'), OPEN)
      const folder = basename(onDrive)
      for (const pattern of [`C:\\${folder}\\*.json`, `C:\\${folder.slice(0, -1)}?\\*.json`]) {
        const { stdout } = await runIn(onDrive, ['lint', '--format', 'json', pattern])
        const files = JSON.parse(stdout).findings.map(({ file }: { file: string }) => file)
        expect(files).toEqual([`C:/${folder}/a.json`])
      }
    })

    test('annotates files with paths as GitHub writes them', async () => {
      const { exitCode, stdout } = await run(
        'lint',
        '--format',
        'github',
        windows.pathOf(join(workspace, 'iam')),
      )
      expect(exitCode).toBe(1)
      expect(stdout).toMatch(/^::error file=iam\/a\.json,line=9,col=\d+,title=any-subject::/m)
      expect(stdout).toMatch(/^::error file=iam\/deep\/b\.json,line=9,/m)
    })

    test('names a file that is not there as it was given', async () => {
      const { exitCode, stderr } = await run('lint', 'iam\\no.json')
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining('iam\\no.json: no such file')])
    })
  })

  test('explain reads a policy by its path, in UTF-16 as PowerShell writes it', async () => {
    const policy = Buffer.from(`\uFEFF${OPEN}`, 'utf16le')
    writeFileSync(join(workspace, 'policy.json'), policy)
    const path = windows.pathOf(join(workspace, 'policy.json'))
    const { exitCode, stdout, stderr } = await run(
      'explain',
      '--trust-policy',
      path,
      '--repository',
      'octo-org/payments',
    )
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(stdout).not.toBe('')
  })

  test('the lint action annotates files, has a table and writes SARIF with paths as GitHub writes them', async () => {
    const { conclusion, stdout, summary } = await runStep({
      ...{ actionDirectory: 'lint', step: 'main', job: defaultJob, system: windows },
      with: { paths: 'iam\\**\\*.json\r\niam\\a.json\r\n', 'sarif-file': '.\\results.sarif' },
      temporaryDirectory: dirname(workspace),
    })
    expect(conclusion).toBe('failure')
    expect(stdout).toMatch(/^::error title=any-subject,file=iam\/a\.json,line=9,/m)
    expect(stdout).toContain('2 trust policies of 2 files')
    expect(summary).toContain('deep/b.json')
    const { runs } = JSON.parse(readFileSync(join(workspace, 'results.sarif'), 'utf8'))
    const uris = runs[0].results.map(
      (result: Result) => result.locations[0]?.physicalLocation.artifactLocation.uri,
    )
    expect(uris).toEqual(['iam/a.json', 'iam/deep/b.json'])
  })
})

type Result = {
  readonly locations: readonly {
    readonly physicalLocation: { readonly artifactLocation: { readonly uri: string } }
  }[]
}
