import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { defaultJob } from '../../sandbox/job.ts'
import { act, type Repository, runWorkflow } from '../../sandbox/real/act.ts'
import { job, step, value, type WorkflowStep, workflow } from '../../sandbox/real/workflow.ts'
import { type RunningWorld, startWorld } from '../../sandbox/world.ts'
import { DEPLOY, DEPLOY_SESSION, inWorld, READER } from '../scenarios/scenario.ts'
import { describePart } from './describe-part.ts'
import { endToEndAccounts, endToEndJob } from './end-to-end-job.ts'

let world: RunningWorld
beforeAll(async () => {
  world = await startWorld()
})
afterAll(() => world.close())

const ADMINISTRATOR = 'arn:aws:iam::111122223333:role/administrator'
const READER_SESSION = 'arn:aws:sts::444455556666:assumed-role/reader/GitHubActions'

function gate(inputs: WorkflowStep['with'] = {}, uses = './'): WorkflowStep {
  const usual = { 'aws-region': 'eu-west-1', 'role-to-assume': DEPLOY, 'sts-endpoint': value('env.STS') }
  return { id: 'gate', name: 'gate', uses, with: { ...usual, ...inputs } }
}

function runJob(steps: readonly WorkflowStep[], more: Omit<Repository, 'workflows'> = {}) {
  return runWorkflow(world, { workflows: { 'deploy.yml': workflow({ deploy: job(steps) }) }, ...more })
}

/** The first step: its post runs last, and prints what keys, profiles and files it finds. */
const witness = { name: 'witness', uses: './witness' }
const witnessFiles = {
  'witness/action.yml': 'name: witness\nruns: { using: node24, main: main.cjs, post: post.cjs }\n',
  'witness/main.cjs': '',
  'witness/post.cjs': `
const { existsSync, readdirSync, readFileSync } = require('fs')
const { HOME, RUNNER_TEMP, AWS_SECRET_ACCESS_KEY = '' } = process.env
const shared = ['credentials', 'config'].map(name => HOME + '/.aws/' + name).filter(existsSync)
const texts = shared.map(path => readFileSync(path, 'utf8'))
console.log(JSON.stringify({ left: [AWS_SECRET_ACCESS_KEY, ...texts, ...readdirSync(RUNNER_TEMP)].join('') }))
`,
}
const NOTHING_LEFT = '{"left":""}'

describePart(act, () => {
  test('passes the end-to-end job of this repository', async () => {
    const loopback = endToEndJob()
    const [, ...names] = (loopback.steps ?? []).map(({ name }) => name)
    const result = await inWorld({ accounts: endToEndAccounts }, inside =>
      runWorkflow(inside, {
        workflows: { 'end-to-end.yml': workflow({ loopback }) },
        environment: {
          GITHUB_REPOSITORY_ID: defaultJob.repositoryId,
          GITHUB_REPOSITORY_OWNER_ID: defaultJob.ownerId,
        },
      }),
    )
    expect(result.steps.filter(line => line.startsWith('Main'))).toEqual(
      names
        .filter(name => name !== 'The gate is shut')
        .map(name => `Main ${name}: ${name === 'Another role is expected' ? 'failure' : 'success'}`),
    )
    expect(Object.values(result.jobs)).toEqual(['success'])
  })

  test('exports keys and a profile to later steps, and removes both before the post of earlier steps', async () => {
    const { steps, output } = await runJob(
      [
        witness,
        gate({ 'aws-profile': 'deploy', 'output-env-credentials': true }),
        step('open', 'true', { if: 'steps.gate.outputs.verified' }),
        step('keys', 'test -n "$AWS_ACCESS_KEY_ID" -a -n "$AWS_SESSION_TOKEN" -a "$AWS_REGION" = eu-west-1'),
        step('profile', 'grep -qF "$AWS_SECRET_ACCESS_KEY" ~/.aws/credentials'),
      ],
      { files: witnessFiles },
    )
    expect(steps).toEqual([
      'Main witness: success',
      'Main gate: success',
      'Main open: success',
      'Main keys: success',
      'Main profile: success',
      'Post gate: success',
      'Post witness: success',
    ])
    expect(output).toContain(NOTHING_LEFT)
  })

  test('stops the job at another role, but for steps with always() or failure()', async () => {
    const { steps, jobs, output } = await runJob(
      [
        witness,
        gate({ 'expected-role': ADMINISTRATOR, 'aws-profile': 'deploy' }),
        step('deploy', 'true'),
        step('failed', 'test "$CODE $ACTUAL" = "ERR_IDENTITY_MISMATCH $SESSION"', {
          if: 'failure()',
          env: {
            CODE: value('steps.gate.outputs.failure-code'),
            ACTUAL: value('steps.gate.outputs.actual-arn'),
            SESSION: DEPLOY_SESSION,
          },
        }),
        step('always', 'test -z "$AWS_ACCESS_KEY_ID$AWS_SECRET_ACCESS_KEY$AWS_SESSION_TOKEN$AWS_REGION"', {
          if: 'always()',
        }),
      ],
      { files: witnessFiles },
    )
    expect(steps).toEqual([
      'Main witness: success',
      'Main gate: failure',
      'Main failed: success',
      'Main always: success',
      'Post gate: success',
      'Post witness: success',
    ])
    expect(jobs).toEqual({ 'Deploy/deploy': 'failure' })
    expect(output).toContain(NOTHING_LEFT)
  })

  test('goes on after a reported mismatch, with the gate shut', async () => {
    const { steps, jobs } = await runJob([
      gate({ 'expected-role': ADMINISTRATOR, 'on-mismatch': 'report' }),
      step('open', 'true', { if: 'steps.gate.outputs.verified' }),
      step('next', 'test -z "$AWS_ACCESS_KEY_ID"'),
    ])
    expect(steps).toEqual(['Main gate: success', 'Main next: success', 'Post gate: success'])
    expect(jobs).toEqual({ 'Deploy/deploy': 'success' })
  })

  test('removes the profile and what renews it from a job that is cancelled', async () => {
    const { steps, output } = await runJob(
      [
        witness,
        gate({ 'aws-profile': 'deploy', 'refresh-credentials': true }),
        step('deploy', 'grep -q credential_process ~/.aws/config && echo deploying && sleep 30'),
      ],
      { files: witnessFiles, cancelAt: '"msg":"deploying' },
    )
    expect(steps).toEqual([
      'Main witness: success',
      'Main gate: success',
      'Main deploy: failure',
      'Post gate: success',
      'Post witness: success',
    ])
    expect(output).toContain(NOTHING_LEFT)
  })

  test('exports nothing when it is cancelled, for which act kills it', async () => {
    const deploy = job([
      gate(),
      step('next', 'true'),
      step('always', 'test -z "$AWS_ACCESS_KEY_ID$AWS_REGION"', { if: 'always()' }),
    ])
    const faults = [{ on: 'id-token', effect: { kind: 'delay', ms: 20_000 } }] as const
    const { steps, messages } = await inWorld({ faults }, inside =>
      runWorkflow(inside, {
        workflows: { 'deploy.yml': workflow({ deploy }) },
        cancelAt: 'Credential source',
      }),
    )
    expect(messages).toContain('signal: killed')
    expect(steps).toEqual(['Main gate: failure', 'Main always: success', 'Post gate: success'])
  })

  const printed = step(
    'print',
    'echo "<$AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY $AWS_SESSION_TOKEN>" && env',
  )

  test('masks the session’s keys and the token wherever act prints', async () => {
    const { text } = await runJob([gate({ 'output-credentials': true }), printed], { plain: true })
    expect(text).toContain('<*** *** ***>')
    expect(text).toContain('Job succeeded')
    expect(world.issuedSecrets().filter(secret => text.includes(secret))).toEqual([])
  })

  test('masks them in the messages of act’s JSON, the other fields of which act does not mask', async () => {
    const { messages, text } = await runJob([gate({ 'output-credentials': true }), printed])
    expect(messages).toContain('<*** *** ***>')
    expect(world.issuedSecrets().filter(secret => messages.includes(secret))).toEqual([])
    expect(world.issuedSecrets().some(secret => text.includes(secret))).toBe(true)
  })

  test('gives outputs to another job, and act a masked one too', async () => {
    const first = job([gate({ 'output-credentials': true })], {
      outputs: {
        arn: value('steps.gate.outputs.authenticated-arn'),
        key: value('steps.gate.outputs.aws-secret-access-key'),
      },
    })
    const second = job([step('arn', `test "$ARN" = ${DEPLOY_SESSION}`), step('key', 'test -n "$KEY"')], {
      needs: 'first',
      env: { ARN: value('needs.first.outputs.arn'), KEY: value('needs.first.outputs.key') },
    })
    const { steps } = await runWorkflow(world, { workflows: { 'deploy.yml': workflow({ first, second }) } })
    expect(steps).toEqual([
      'Main gate: success',
      'Post gate: success',
      'Main arn: success',
      'Main key: success',
    ])
  })

  test('runs in each job of a matrix', async () => {
    const include = [
      { role: DEPLOY, session: DEPLOY_SESSION },
      { role: READER, session: READER_SESSION },
    ]
    const deploy = job(
      [
        gate({ 'role-to-assume': value('matrix.role') }),
        step('role', 'test "$ARN" = "$SESSION"', {
          env: { ARN: value('steps.gate.outputs.authenticated-arn'), SESSION: value('matrix.session') },
        }),
      ],
      { strategy: { matrix: { include } } },
    )
    const { jobs } = await runWorkflow(world, { workflows: { 'deploy.yml': workflow({ deploy }) } })
    expect(jobs).toEqual({ 'Deploy/deploy-1': 'success', 'Deploy/deploy-2': 'success' })
  })

  test('runs in a reusable workflow, whose outputs gate a job of its caller', async () => {
    const called = workflow(
      {
        gate: job([gate({ 'role-to-assume': value('inputs.role'), 'on-mismatch': 'report' })], {
          outputs: { verified: value('steps.gate.outputs.verified') },
        }),
      },
      {
        workflow_call: {
          inputs: { role: { type: 'string', required: true } },
          outputs: { verified: { value: value('jobs.gate.outputs.verified') } },
        },
      },
    )
    const call = { uses: './.github/workflows/gate.yml', with: { role: DEPLOY } }
    const open = job([step('open', 'true')], { needs: 'call', if: 'needs.call.outputs.verified' })
    const { steps } = await runWorkflow(world, {
      workflows: { 'deploy.yml': workflow({ call, open }), 'gate.yml': called },
    })
    expect(steps).toEqual(['Main gate: success', 'Post gate: success', 'Main open: success'])
  })

  test('writes its summary, from a folder whose name has blanks', async () => {
    const folder = 'my actions/role gate'
    const { steps, summaries } = await runJob([gate({}, `./${folder}`)], { actionFolder: folder })
    expect(steps).toEqual(['Main gate: success', 'Post gate: success'])
    expect(summaries).toEqual([expect.stringContaining('## ✅ Verified: <code>deploy</code>')])
  })
})
