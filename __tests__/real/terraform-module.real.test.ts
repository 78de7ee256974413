import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { defaultJob, githubSubject, type Job } from '../../sandbox/job.ts'
import { tofu, tofuCommand } from '../../sandbox/real/consumers/tofu.ts'
import { describePart } from './describe-part.ts'

const MODULE = 'setup/terraform'
const NAMES = { repository_owner: 'octo-org', repository_name: 'payments' }
const IDS = { repository_owner_id: '65', repository_id: '74' }

function run(folder: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(tofuCommand, args, {
    cwd: folder,
    encoding: 'utf8',
    // None of our own settings.
    env: { PATH: '/usr/bin:/bin', HOME: folder },
  })
  return { status, stdout, stderr }
}

/** What the part of the module that needs no provider makes of its variables. */
function applySubject(variables: Readonly<Record<string, string>>) {
  const folder = mkdtempSync(join(tmpdir(), 'module-'))
  try {
    for (const name of ['variables.tf', 'subject.tf']) copyFileSync(join(MODULE, name), join(folder, name))
    writeFileSync(join(folder, 'output.tf'), 'output "subject" {\n  value = local.subject\n}\n')
    const given = Object.entries(variables).map(([name, value]) => `-var=${name}=${value}`)
    const { status, stderr } = run(folder, 'apply', '-auto-approve', '-input=false', '-no-color', ...given)
    return { status, stderr, subject: run(folder, 'output', '-raw', 'subject').stdout }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

describePart(tofu, () => {
  test('finds the module for Terraform formatted', () => {
    expect(run('.', 'fmt', '-check', '-diff', '-recursive', MODULE)).toMatchObject({ status: 0, stdout: '' })
  })

  const classic = { ...defaultJob, immutableSubject: false }
  test.each<[name: string, job: Job, variables: Readonly<Record<string, string>>]>([
    ['of a branch with IDs', defaultJob, { ...NAMES, ...IDS, ref: 'refs/heads/main' }],
    [
      'of an environment with IDs',
      { ...defaultJob, environment: 'production' },
      { ...NAMES, ...IDS, environment: 'production' },
    ],
    ['of a branch', classic, { ...NAMES, ref: 'refs/heads/main' }],
    ['of an environment', { ...classic, environment: 'production' }, { ...NAMES, environment: 'production' }],
  ])('gives the role the subject %s', (_, job, variables) => {
    expect(applySubject(variables)).toMatchObject({ status: 0, subject: githubSubject(job) })
  })

  test.each([
    ['environment', 'prod*'],
    ['environment', '&{aws:username}'],
    ['ref', 'main'],
    ['repository_owner', 'octo-org/payments'],
    ['repository_id', 'seventy-four'],
  ])('refuses a value of %s that would match other jobs, or none: %s', (name, value) => {
    const { status, stderr } = applySubject({ ...NAMES, ref: 'refs/heads/main', [name]: value })
    expect(status).toBe(1)
    expect(stderr).toContain('Invalid value for variable')
  })
})

test('the module for Terraform has the parameters of the CloudFormation template', () => {
  const variables = Array.from(
    readFileSync(`${MODULE}/variables.tf`, 'utf8').matchAll(/^variable "(\w+)"/gm),
    ([, name = '']) => name.replaceAll(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase()),
  )
  const template = readFileSync('setup/cloudformation.yml', 'utf8')
  const [, parameters = ''] = template.split('\nParameters:\n')
  const names = Array.from(parameters.split('\n\n')[0]?.matchAll(/^ {2}(\w+):$/gm) ?? [], ([, name]) => name)
  expect(variables).toEqual(names)
})
