import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { parsePairs } from '../../sandbox/runner/file-command.ts'
import { stepNamed } from './workflow.ts'

const CI = '.github/workflows/ci.yml'
const RELEASE = '.github/workflows/release.yml'
const END_TO_END = '.github/workflows/end-to-end.yml'
const COMMIT = 'c'.repeat(40)
const SBOM = '{"bomFormat": "CycloneDX"}\n'
const SBOM_CHECKSUM = `${createHash('sha256').update(SBOM).digest('hex')}  sbom.cdx.json`
const CHECKSUMS = `a  dist\n${SBOM_CHECKSUM}`
/** Responds as configured, and records its requests. */
const GH = `#!/usr/bin/env bash
echo "$*" >>"$CALLS"
case "$1 $2" in
  "release view") [ -n "$TARGET" ] && echo "$TARGET" ;;
  "release download") if [[ $* = *sbom* ]]; then printf '%s' "$SBOM" >"\${@: -1}"; else echo "$ASSET"; fi ;;
  "api repos/octo-org/payments/commits/v1.2.3") echo "$TAGGED" ;;
  "api repos/octo-org/payments/releases/tags/v1.2.3") echo "$IMMUTABLE" ;;
  "api repos/octo-org/payments/git/ref/tags/"*) [[ " $TAGS " == *" \${2##*/} "* ]] ;;
esac
`
/** Scripts of Linux runners. */
const describeWithBash = process.platform === 'win32' ? describe.skip : describe

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scripts-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(name: string, text: string): void {
  mkdirSync(join(folder, name, '..'), { recursive: true })
  writeFileSync(join(folder, name), text)
}

function git(...args: string[]): void {
  execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@example.com', ...args], { cwd: folder })
}

/** Runs a step's script, as written in the workflow, in the folder. */
function runScript(path: string, step: string, variables: Readonly<Record<string, string>> = {}) {
  const script = stepNamed(path, step).run ?? ''
  const output = join(folder, '.git', 'output')
  mkdirSync(join(folder, '.git'), { recursive: true })
  writeFileSync(output, '')
  const { status, stdout } = spawnSync('bash', ['-e', '-c', script], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: `${join(folder, 'bin')}:${process.env.PATH}`, GITHUB_OUTPUT: output, ...variables },
  })
  return { status, stdout, outputs: Object.fromEntries(parsePairs(readFileSync(output, 'utf8'))) }
}

describeWithBash('the comparison of dist/', () => {
  beforeEach(() => {
    git('init', '--quiet')
    write('dist/main/index.js', 'built')
    git('add', '.')
    git('commit', '--quiet', '-m', 'x')
  })

  test('passes if a rebuild changes nothing', () => {
    write('dist/main/index.js', 'built')
    expect(runScript(CI, 'Compare').status).toBe(0)
  })

  test.each([
    ['changes a file', () => write('dist/main/index.js', 'built otherwise')],
    ['adds a file', () => write('dist/main/1.index.js', 'built')],
    ['takes a file away', () => rmSync(join(folder, 'dist/main/index.js'))],
  ])('fails if a rebuild %s', (_, rebuild) => {
    rebuild()
    const { status, stdout } = runScript(CI, 'Compare')
    expect(status).toBe(1)
    expect(stdout).toContain('::error::dist/ is not what the sources build')
  })
})

describeWithBash('what the end-to-end run asserts about a verified role', () => {
  const arn = 'arn:aws:sts::111122223333:assumed-role/end-to-end/GitHubActions'
  const verified = {
    ...{
      PASSED: 'true',
      VERIFIED: 'true',
      ARN: arn,
      SESSION_ARN: arn,
      ACCOUNT: '111122223333',
      NAME: 'end-to-end',
    },
    ...{ CODE: '', SUBJECT: 'repo:octo-org/payments:ref:refs/heads/main' },
    ...{ GITHUB_REPOSITORY: 'octo-org/payments', GITHUB_REPOSITORY_ID: '74' },
    ...{ GITHUB_REPOSITORY_OWNER: 'octo-org', GITHUB_REPOSITORY_OWNER_ID: '65' },
    ...{ AWS_ACCESS_KEY_ID: 'ASIA', AWS_SECRET_ACCESS_KEY: 'secret', AWS_SESSION_TOKEN: 'token' },
    ...{ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'eu-west-1' },
  }

  function statusWith(other: Readonly<Record<string, string>>) {
    return runScript(END_TO_END, "Outputs and exports are the role's", { ...verified, ...other }).status
  }

  test.each([
    'repo:octo-org/payments:ref:refs/heads/main',
    'repo:octo-org@65/payments@74:ref:refs/heads/main',
    'repo:octo-org/payments:pull_request',
  ])('passes for the subject %s', subject => {
    expect(statusWith({ SUBJECT: subject })).toBe(0)
  })

  test.each([
    { SUBJECT: 'repo:octo-org/payments-2:ref:refs/heads/main' },
    { SUBJECT: 'repo:octo-org@65/payments@75:ref:refs/heads/main' },
    { PASSED: '' },
    { ARN: `${arn}2` },
    { AWS_SECRET_ACCESS_KEY: '' },
    { AWS_DEFAULT_REGION: '' },
  ])('fails for %j', other => {
    expect(statusWith(other)).toBe(1)
  })
})

describeWithBash('a release', () => {
  const changelog =
    '# Changelog\n\n## Unreleased\n\n- later\n\n## 1.2.3 (2026-09-01)\n\n- now\n\n## 1.2.2\n\n- before\n'

  function notesOf(version: string, inPackage = version) {
    write('package.json', JSON.stringify({ version: inPackage }))
    write('CHANGELOG.md', changelog)
    return runScript(RELEASE, "Find the version's notes", { VERSION: version })
  }

  test("takes its notes only from the version's section of the changelog", () => {
    const { status, outputs } = notesOf('1.2.3')
    expect(status).toBe(0)
    expect(outputs.notes?.trim()).toBe('- now')
  })

  test.each([
    ['the version is not of three numbers', '1.2', '1.2'],
    ['the version has a second line', '1.2.3\nx', '1.2.3'],
    ['the version is a script', '1.2.3; exit 0', '1.2.3'],
    ['package.json has another', '1.2.3', '1.2.2'],
    ['the changelog has no section of it', '1.2.4', '1.2.4'],
    ['the changelog has only a longer one', '1.2.0', '1.2.0'],
  ])('stops at once if %s', (_, version, inPackage) => {
    expect(notesOf(version, inPackage).status).toBe(1)
  })

  test('takes the checksums of both action.yml and dist/ as committed, and of the SBOM', () => {
    git('init', '--quiet')
    write('action.yml', 'runs')
    write('lint/action.yml', 'runs')
    write('dist/main/index.js', 'built')
    write('src/index.ts', 'source')
    git('add', '.')
    git('commit', '--quiet', '-m', 'x')
    write('sbom.cdx.json', SBOM)
    const { outputs } = runScript(RELEASE, 'Take the checksums of what users run')
    expect(outputs.checksums?.split('\n')).toEqual([
      expect.stringMatching(/^[0-9a-f]{64} {2}action\.yml$/),
      expect.stringMatching(/^[0-9a-f]{64} {2}dist\/main\/index\.js$/),
      expect.stringMatching(/^[0-9a-f]{64} {2}lint\/action\.yml$/),
      SBOM_CHECKSUM,
    ])
    write('dist/main/index.js', 'built otherwise')
    expect(runScript(RELEASE, 'Take the checksums of what users run').status).toBe(1)
  })

  test('takes no checksum of a file whose bytes are not those of the commit, even if Git compares them as equal', () => {
    git('init', '--quiet')
    write('.gitattributes', '* text=auto eol=lf\n')
    write('action.yml', 'runs')
    write('dist/licenses.txt', 'one\ntwo\n')
    git('add', '.')
    git('commit', '--quiet', '-m', 'x')
    write('sbom.cdx.json', SBOM)
    write('dist/licenses.txt', 'one\r\ntwo\r\n')
    const { status, outputs } = runScript(RELEASE, 'Take the checksums of what users run')
    expect({ status, outputs }).toEqual({ status: 1, outputs: {} })
  })

  /** What a step tells `gh` to change, for each state. */
  function changesBy(step: string, state: Readonly<Record<string, string>>) {
    write('bin/gh', GH)
    chmodSync(join(folder, 'bin/gh'), 0o755)
    write('calls', '')
    write('sbom.cdx.json', state.SBOM ?? SBOM)
    const { status } = runScript(RELEASE, step, {
      ...{ CALLS: join(folder, 'calls'), GH_REPO: 'octo-org/payments', GITHUB_SHA: COMMIT },
      ...{ VERSION: '1.2.3', CHECKSUMS, NOTES: 'now', SBOM },
      ...{ TARGET: COMMIT, ASSET: CHECKSUMS, TAGGED: COMMIT, IMMUTABLE: 'true', TAGS: '' },
      ...state,
    })
    const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')
    return { status, changes: calls.filter(call => /create|edit|--method|--raw-field/.test(call)) }
  }

  test('is drafted for the tested commit, with its checksums', () => {
    expect(changesBy('Draft the release', { TARGET: '' })).toEqual({
      status: 0,
      changes: [
        `release create v1.2.3 checksums.txt sbom.cdx.json --draft --target ${COMMIT} --title v1.2.3 --notes-file notes.md`,
      ],
    })
  })

  test.each([
    ['there is a release or a draft of it', { TARGET: COMMIT }],
    ['there is its tag', { TARGET: '', TAGS: 'v1.2.3' }],
    ['the SBOM is not the one of the build', { TARGET: '', SBOM: '{}' }],
  ])('is not drafted if %s', (_, state) => {
    expect(changesBy('Draft the release', state)).toEqual({ status: 1, changes: [] })
  })

  test('is published as it was drafted', () => {
    expect(changesBy('Publish what was approved', {}).changes).toEqual(['release edit v1.2.3 --draft=false'])
  })

  test.each([
    ['the draft was moved to another commit', { TARGET: 'main' }],
    ["the draft's checksums were exchanged", { ASSET: 'b  dist' }],
    ["the draft's SBOM was exchanged", { SBOM: '{}' }],
  ])('is not published if %s', (_, state) => {
    expect(changesBy('Publish what was approved', state)).toEqual({ status: 1, changes: [] })
  })

  test.each([
    ['the tag is another commit', 1, { TAGGED: 'd'.repeat(40) }],
    ['the release can be changed', 1, { IMMUTABLE: 'false' }],
    ['both are as they must be', 0, {}],
  ])("changes nothing before the major version's tag if %s: exit status %i", (_, status, state) => {
    expect(changesBy('Prove that the tag is the commit, for good', state)).toEqual({ status, changes: [] })
  })

  test("moves the major version's tag, or creates it", () => {
    const refs = 'repos/octo-org/payments/git/refs'
    expect(changesBy("Move the major version's tag", { TAGS: 'v1' }).changes).toEqual([
      `api --silent --method PATCH ${refs}/tags/v1 --raw-field sha=${COMMIT} --field force=true`,
    ])
    expect(changesBy("Move the major version's tag", {}).changes).toEqual([
      `api --silent ${refs} --raw-field ref=refs/tags/v1 --raw-field sha=${COMMIT}`,
    ])
  })
})
