import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from '@jest/globals'
import {
  runOnWindows,
  untilWindowsHasEnded,
  windows,
  windowsPart,
} from '../../sandbox/real/windows/windows.ts'
import { whileOpenOnWindows } from '../../sandbox/real/windows/windows-open-file.ts'
import { commandOf, type Renewal } from '../../sandbox/renewing-profile.ts'
import type { RunningWorld } from '../../sandbox/world.ts'
import { inLongJob, type LongJob, letPass, outcomeFile, renewalFolders } from '../scenarios/long-job.ts'
import { DEPLOY, errorsOf, inWorld, READER, runMain, runPost } from '../scenarios/scenario.ts'
import { describePart } from './describe-part.ts'

afterAll(untilWindowsHasEnded)

const FILES = ['credentials', 'config'] as const

function plant(folder: string, texts: Readonly<Partial<Record<(typeof FILES)[number], string>>>): void {
  mkdirSync(join(folder, 'home', '.aws'), { recursive: true })
  for (const [name, text] of Object.entries(texts)) writeFileSync(join(folder, 'home', '.aws', name), text)
}

function sharedFile(folder: string, name: (typeof FILES)[number]): string {
  return readFileSync(join(folder, 'home', '.aws', name), 'utf8')
}

function newFolder(name = 'job-'): string {
  return mkdtempSync(join(tmpdir(), name))
}

/** Runs the profile's command on Windows as a tool does. */
async function renew(job: LongJob, tool: 'javascript' | 'go' | 'dotnet' | 'botocore'): Promise<Renewal> {
  const command = commandOf(sharedFile(job.folder, 'config'), 'gate')
  const given = tool === 'botocore' ? wordsByBotocore(command) : command
  const { stdout, stderr } = await runOnWindows('sandbox/real/windows/windows-shells.cjs', [tool, given], {
    home: job.home,
    folder: job.folder,
    environment: job.idTokenVariables,
  })
  if (stdout === '') throw new Error(stderr)
  const renewal = JSON.parse(stdout)
  return { ...renewal, credentials: renewal.stdout === '' ? undefined : JSON.parse(renewal.stdout) }
}

/** Debian's botocore splits the command as it does on Windows. */
function wordsByBotocore(command: string): string {
  const script =
    'import json, sys; from botocore.compat import compat_shell_split as split; print(json.dumps(split(sys.argv[1], "win32")))'
  return spawnSync('/usr/bin/python3', ['-I', '-c', script, command], { encoding: 'utf8' }).stdout
}

function inWindowsJob(
  world: RunningWorld,
  body: (job: LongJob) => Promise<void>,
  temporaryDirectory = newFolder(),
): Promise<void> {
  return inLongJob(world, { system: windows, temporaryDirectory }, job => {
    expect(errorsOf(job.main)).toEqual([])
    return body({ ...job, folder: temporaryDirectory, home: join(temporaryDirectory, 'home') })
  })
}

describePart(windowsPart, () => {
  describe('a profile', () => {
    test.each([
      ['CRLF', '\r\n'],
      ['LF', '\n'],
    ])('is added to files with lines that end in %s, which the post step restores', (_, end) =>
      inWorld({}, async world => {
        const folder = newFolder()
        const before = {
          credentials: ['[mine]', 'aws_access_key_id = a', '# é', ''].join(end),
          config: ['[profile mine]', 'region = us-east-1', '', '[default]', 'output = json'].join(end),
        }
        plant(folder, before)
        const main = await runMain(world, {
          with: { 'aws-profiles': `gate=${DEPLOY}\nread=${READER}` },
          without: ['role-to-assume'],
          ...{ temporaryDirectory: folder, system: windows },
        })
        expect(errorsOf(main)).toEqual([])
        for (const name of FILES) {
          const text = sharedFile(folder, name)
          expect(text.startsWith(before[name])).toBe(true)
          expect(text).toContain(name === 'config' ? '[profile read]' : '[read]')
          expect(
            text
              .split('\n')
              .slice(0, -1)
              .every(line => line.endsWith('\r') === (end === '\r\n')),
          ).toBe(true)
        }
        const post = await runPost(main, { system: windows })
        expect(post.conclusion).toBe('success')
        for (const name of FILES) expect(sharedFile(folder, name)).toBe(before[name])
      }),
    )

    test('goes to the files that AWS’s variables name, with ~ for the user’s folder and in a drive', () =>
      inWorld({}, async world => {
        const folder = newFolder()
        const elsewhere = newFolder('own (1) é-')
        const environment = {
          AWS_CONFIG_FILE: '~/other/config',
          AWS_SHARED_CREDENTIALS_FILE: windows.pathOf(join(elsewhere, 'keys')),
        }
        const main = await runMain(world, {
          with: { 'aws-profile': 'gate' },
          ...{ environment, temporaryDirectory: folder, system: windows },
        })
        expect(errorsOf(main)).toEqual([])
        expect(readFileSync(join(folder, 'home', 'other', 'config'), 'utf8')).toContain('[profile gate]')
        expect(readFileSync(join(elsewhere, 'keys'), 'utf8')).toContain('[gate]')
        await runPost(main, { system: windows })
        expect(readdirSync(elsewhere)).toEqual([])
      }))

    test('is written once a tool has closed the file', () =>
      inWorld({}, async world => {
        const folder = newFolder()
        plant(folder, { config: '[default]\r\n' })
        const main = await whileOpenOnWindows(join(folder, 'home', '.aws', 'config'), 500, () =>
          runMain(world, {
            with: { 'aws-profile': 'gate' },
            ...{ temporaryDirectory: folder, system: windows },
          }),
        )
        expect(errorsOf(main)).toEqual([])
        expect(sharedFile(folder, 'config')).toContain('[profile gate]')
      }))

    test('is not written while a tool keeps the file open: the step fails and names it', () =>
      inWorld({}, async world => {
        const folder = newFolder()
        plant(folder, { config: '[default]\r\n' })
        const path = join(folder, 'home', '.aws', 'config')
        const main = await whileOpenOnWindows(path, 20_000, () =>
          runMain(world, {
            with: { 'aws-profile': 'gate' },
            ...{ temporaryDirectory: folder, system: windows },
          }),
        )
        expectProfileFailure(main, windows.pathOf(path))
        expect(sharedFile(folder, 'config')).toBe('[default]\r\n')
      }))
  })

  describe('a profile that renews itself', () => {
    test.each(['javascript', 'go', 'dotnet', 'botocore'] as const)(
      'gives credentials to a tool that starts its command as %s does, and new ones when they expire',
      tool =>
        inWorld({}, world =>
          inWindowsJob(world, async job => {
            expect((await renew(job, tool)).credentials?.AccessKeyId).toBe(world.sts.sessions[0]?.accessKeyId)
            letPass(job, 55)
            const { credentials, stderr } = await renew(job, tool)
            expect([credentials?.AccessKeyId, stderr]).toEqual([world.sts.sessions[1]?.accessKeyId, ''])
          }),
        ),
    )

    test.each(['javascript', 'dotnet', 'botocore'] as const)(
      'works for %s in a folder with blanks and signs of cmd.exe',
      tool =>
        inWorld({}, world =>
          inWindowsJob(
            world,
            async job => {
              letPass(job, 55)
              const { credentials } = await renew(job, tool)
              expect(credentials?.AccessKeyId).toBe(world.sts.sessions[1]?.accessKeyId)
            },
            newFolder("job & (co), ^a! ='b' "),
          ),
        ),
    )

    test.each([
      ['a percent sign, which cmd.exe would expand', '100%OS%'],
      ['a letter that tools read by different encodings', 'jöb-'],
    ])('is an error that names the path in a folder with %s', (_, name) =>
      inWorld({}, async world => {
        const folder = newFolder(name)
        const given = { 'aws-profile': 'gate', 'refresh-credentials': 'true' }
        const main = await runMain(world, { with: given, temporaryDirectory: folder, system: windows })
        expectProfileFailure(main, windows.pathOf(folder))
        expect(readdirSync(join(folder, 'home'))).toEqual([])
      }),
    )

    test('renews once for many tools at the same time', () =>
      inWorld({}, world =>
        inWindowsJob(world, async job => {
          letPass(job, 55)
          const renewals = await Promise.all(Array.from({ length: 10 }, () => renew(job, 'javascript')))
          const keys = new Set(renewals.map(({ credentials }) => credentials?.AccessKeyId))
          expect([...keys]).toEqual([world.sts.sessions[1]?.accessKeyId])
          expect(world.idTokenIssuer.requests).toHaveLength(2)
        }),
      ))

    test('stores what it renewed once a tool has closed the file', () =>
      inWorld({}, world =>
        inWindowsJob(world, async job => {
          letPass(job, 55)
          await whileOpenOnWindows(outcomeFile(job), 500, () => renew(job, 'javascript'))
          await renew(job, 'javascript')
          expect(world.sts.sessions).toHaveLength(2)
        }),
      ))

    test('gives nothing when the role is refused, and is gone after the post step', () =>
      inWorld({}, world =>
        inWindowsJob(world, async job => {
          letPass(job, 70)
          const refused = await renew(
            { ...job, idTokenVariables: { ...job.idTokenVariables, ...WRONG_TOKEN } },
            'javascript',
          )
          expect(refused).toMatchObject({ exitCode: 1, stdout: '' })
          expect(refused.stderr).toMatch(/^ERR_OIDC_REQUEST_FAILED: [^\n]*\r?\n$/)
          const post = await runPost(job.main, { system: windows })
          expect(post.log).toContain(`${windows.pathOf(join(job.home, '.aws', 'config'))}": taken out`)
          expect(renewalFolders(job)).toEqual([])
        }),
      ))
  })
})

const WRONG_TOKEN = { ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'another' }

function expectProfileFailure(main: Awaited<ReturnType<typeof runMain>>, path: string): void {
  expect(main.outputs['failure-code']).toBe('ERR_PROFILE_WRITE')
  expect(errorsOf(main)[0]).toContain(path)
  expect(main.exported).toEqual({})
}
