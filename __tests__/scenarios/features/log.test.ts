import { describe, expect, test } from '@jest/globals'
import { ANOTHER_ROLE, DEPLOY, newFile, PRODUCTION, READER, runIn } from '../scenario.ts'

const PROFILE_FILES = () => ({
  AWS_SHARED_CREDENTIALS_FILE: newFile('credentials', ''),
  AWS_CONFIG_FILE: newFile('config', ''),
})
const BUSY = { kind: 'error', status: 503, code: 'ServiceUnavailable', message: 'busy' } as const

function linesOf({ log }: { readonly log: string }): string[] {
  return log.split('\n').filter(Boolean)
}

describe('the log of a step that passes', () => {
  test.each([
    ['with the least inputs', {}, 4],
    ['with a profile', { 'aws-profile': 'deploy' }, 4],
    ['with a chain', { 'role-chain': PRODUCTION }, 6],
    ['with a chain and a profile', { 'role-chain': PRODUCTION, 'aws-profile': 'deploy' }, 6],
  ])('says source, token, role and verdict in at most six lines: %s', async (_, given, count) => {
    const lines = linesOf(await runIn({}, { with: given, environment: PROFILE_FILES(), debug: false }))
    expect(lines).toHaveLength(count)
    expect(lines[0]).toBe('Credential source: GitHub OIDC token')
    expect(lines[1]).toMatch(/^Token: sub repo:octo-org/)
    expect(lines[2]).toMatch(/^Assuming arn:aws:iam::111122223333:role\/deploy as GitHubActions at http/)
    expect(lines.at(-1)).toMatch(
      /^Verified: arn:aws:sts::\d+:assumed-role\/.*, expires [^,]*Z,(?: profile "deploy",)? request ID [\da-f-]+$/,
    )
  })

  test('groups the lines of several roles, and names the role of each retry', async () => {
    const { stdout, log } = await runIn(
      { faults: [{ on: 'AssumeRoleWithWebIdentity', times: 1, effect: BUSY }] },
      {
        without: ['role-to-assume'],
        with: { 'aws-profiles': `deploy=${DEPLOY}\nread=${READER}` },
        environment: PROFILE_FILES(),
        debug: false,
      },
    )
    const lines = stdout.split('\n').filter(line => line !== '' && !line.startsWith('::add-mask::'))
    const groups = lines.flatMap((line, index) => (/^::(end)?group::/.test(line) ? [index] : []))
    expect(groups.map(index => lines[index])).toEqual([
      '::group::Assuming 2 roles',
      '::endgroup::',
      '::group::Verified: 2 roles',
      '::endgroup::',
    ])
    const [first = 0, second = 0, third = 0, fourth = 0] = groups
    expect(lines.slice(first + 1, second).join('\n')).toMatch(/Assuming [\s\S]*Retrying in/)
    const verified = lines.slice(third + 1, fourth)
    expect(verified).toHaveLength(2)
    for (const line of verified) expect(line).toMatch(/^Verified: .*request ID/)
    expect(log).toMatch(/^AssumeRoleWithWebIdentity for arn:aws:iam::\d+:role\/\w+ at .*Retrying in/m)
  })

  test('closes a group where a role fails', async () => {
    const { stdout } = await runIn(
      {},
      {
        without: ['role-to-assume'],
        with: { 'aws-profiles': `deploy=${DEPLOY}\nnone=${DEPLOY}ed` },
        environment: PROFILE_FILES(),
      },
    )
    const end = stdout.indexOf('::endgroup::')
    expect(end).toBeGreaterThan(0)
    expect(stdout.indexOf('::error ')).toBeGreaterThan(end)
  })
})

test('an error that nobody waits for is not folded into an open group', async () => {
  const crash = newFile('crash.cjs', 'setTimeout(() => { throw new Error("too early") }, 1500)')
  const { stdout } = await runIn(
    { faults: [{ on: 'AssumeRoleWithWebIdentity', effect: { kind: 'hang' } }] },
    {
      without: ['role-to-assume'],
      with: { 'aws-profiles': `deploy=${DEPLOY}\nread=${READER}` },
      runnerVariables: { NODE_OPTIONS: `--require ${crash}` },
    },
  )
  const lines = stdout.split('\n').filter(line => /^::(?:error|group|endgroup)/.test(line))
  expect(lines.map(line => line.split(/[: ]/)[2])).toEqual(['group', 'endgroup', 'error'])
})

describe('the annotation of a failure', () => {
  test.each([
    ['fail', 'error'],
    ['report', 'warning'],
  ])(
    'has the code in its title, and its message starts with the code: on-mismatch %s',
    async (value, level) => {
      const { annotations } = await runIn(
        { faults: [{ on: 'GetCallerIdentity', effect: { kind: 'alter', fields: ANOTHER_ROLE } }] },
        { with: { 'on-mismatch': value } },
      )
      expect(annotations.filter(each => each.level === level && each.title)).toEqual([
        {
          level,
          title: 'AWS Role Gate: unexpected identity (ERR_IDENTITY_MISMATCH)',
          message: expect.stringMatching(/^ERR_IDENTITY_MISMATCH: /),
        },
      ])
    },
  )
})
