import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { awsCommandLine } from '../../sandbox/real/consumers/python.ts'
import { isInstalled } from '../../sandbox/real/part.ts'
import { type RunningWorld, startWorld } from '../../sandbox/world.ts'
import { JobRun } from './job-run.ts'
import { parseWorkflow, readSource, type Step } from './workflow.ts'

const PATH = '.github/workflows/end-to-end.yml'
const { text } = readSource(PATH)
/** Scripts of Linux runners. */
const describeWithBash = process.platform === 'win32' ? describe.skip : describe

function isPlayed({ uses = './', run = '', name = '' }: Step): boolean {
  if (uses !== './' || run.startsWith('npm ci')) return false
  return name !== 'The AWS CLI is that role' || isInstalled(awsCommandLine)
}

async function failureOf(world: RunningWorld, workflow: string): Promise<string | undefined> {
  const job = parseWorkflow({ path: PATH, text: workflow }).jobs.loopback
  if (!job) throw new Error('no job loopback')
  const run = new JobRun(job, world, { JWKS: world.idTokenIssuer.jwksUri })
  try {
    return await run.failureOf(job.steps.filter(isPlayed))
  } finally {
    run.end()
  }
}

describeWithBash("the end-to-end workflow, with the sandbox's token instead of GitHub's", () => {
  let world: RunningWorld
  beforeAll(async () => {
    world = await startWorld()
  })
  afterAll(() => world.close())

  test('passes unchanged', async () => {
    expect(await failureOf(world, text)).toBeUndefined()
  })

  test.each([
    [
      'It failed, and nothing was exported',
      'the step that must fail passes',
      'expected-role: arn:aws:iam::111122223333:role/administrator',
      'mask-aws-account-id: false',
    ],
    ['The gate is shut', 'the claims are those of the run', 'repository_id=0', 'repository_id=74'],
    ['Start the STS', 'the role is none', 'role/ci/end-to-end', 'user/ci/end-to-end'],
    [
      'It failed, and nothing was exported',
      'the trust policy wants another repository',
      'repository_id=$GITHUB_REPOSITORY_ID',
      'repository_id=0',
    ],
  ])('fails at "%s" if %s', async (step, _, from, to) => {
    expect(text).toContain(from)
    expect(await failureOf(world, text.replace(from, to))).toMatch(new RegExp(`^${step}`))
  })
})
