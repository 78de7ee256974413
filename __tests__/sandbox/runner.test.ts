import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { defaultJob } from '../../sandbox/job.ts'
import { runStep, type StepOptions, type StepResult } from '../../sandbox/runner/runner.ts'

// The fake runner must honor what the real one honors, or the scenarios would miss a leak or an injection.

async function runScript(script: string, options: Partial<StepOptions> = {}): Promise<StepResult> {
  const directory = mkdtempSync(join(tmpdir(), 'action-'))
  const manifest = `inputs:\n  given:\n    default: usual\n  plain:\n    description: x\nruns:\n  using: node24\n  main: main.js\n`
  writeFileSync(join(directory, 'action.yml'), manifest)
  writeFileSync(join(directory, 'main.js'), `const { appendFileSync } = require('fs')\n${script}`)
  try {
    return await runStep({ actionDirectory: directory, step: 'main', with: {}, job: defaultJob, ...options })
  } finally {
    rmSync(directory, { recursive: true })
  }
}

describe('the sandbox’s runner', () => {
  test('masks after the command, not before', async () => {
    const { log } = await runScript(
      `console.log('a s3cret'); console.log('::add-mask::s3cret'); console.log('b s3cret')`,
    )
    expect(log).toBe('a s3cret\nb ***\n')
  })

  test.each([
    ['at the start of a line', '::add-mask::deploy'],
    ['behind blanks', '   ::add-mask::deploy'],
    ['behind a blank of Unicode', '\\u0085\\u3000::add-mask::deploy'],
    ['after a line feed', 'x\\n::add-mask::deploy'],
    ['after a lone carriage return', 'x\\r::add-mask::deploy'],
    ['in brackets anywhere', 'x ##[add-mask]deploy'],
  ])('obeys a command %s', async (_, text) => {
    expect((await runScript(`console.log('${text}')`)).masks).toContain('deploy')
  })

  test.each(['x ::add-mask::deploy', ':: add', '\\uFEFF::add-mask::deploy'])(
    'ignores %j, which is not a command',
    async text => {
      expect((await runScript(`console.log('${text}')`)).masks).toEqual([])
    },
  )

  test('masks each line of a mask without the blanks around it, and no blank line', async () => {
    const { log } = await runScript(
      `console.log('::add-mask::first%0A  second%0A  %0A'); console.log('  second  third')`,
    )
    expect(log).toBe('  ***  third\n')
  })

  test('leaves out a property without a value', async () => {
    const { annotations } = await runScript(`console.log('::error title=::failed')`)
    expect(annotations).toEqual([{ level: 'error', message: 'failed' }])
  })

  test('passes on defaults, blanks and undeclared inputs, the last with a warning', async () => {
    const script = `for (const name of ['GIVEN', 'PLAIN', 'ODD']) console.log(name + '=' + process.env['INPUT_' + name])`
    const { log, annotations } = await runScript(script, { with: { odd: 'x' } })
    expect(log).toContain('GIVEN=usual\nPLAIN=\nODD=x\n')
    expect(annotations[0]?.message).toContain("Unexpected input(s) 'odd'")
  })

  test('passes nothing of our own environment to a step', async () => {
    const { log } = await runScript(
      `console.log(Object.keys(process.env).filter(name => /^(npm_|JEST)/.test(name)).length)`,
    )
    expect(log).toBe('0\n')
  })

  test.each<[name: string, environment: Record<string, string>, shown: string]>([
    ['kept away from the real one', {}, 'true'],
    ['kept away where its address is blank', { AWS_EC2_METADATA_SERVICE_ENDPOINT: '' }, 'true'],
    ['free to ask another', { AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:1/' }, 'undefined'],
    ['as the job says', { AWS_EC2_METADATA_DISABLED: 'false' }, 'false'],
  ])('leaves a step that looks for instance metadata %s', async (_, environment, shown) => {
    const { log } = await runScript(`console.log(process.env.AWS_EC2_METADATA_DISABLED)`, { environment })
    expect(log).toBe(`${shown}\n`)
  })

  test('lets no earlier step replace what the runner sets', async () => {
    const environment = { INPUT_GIVEN: 'evil', GITHUB_REPOSITORY: 'evil/evil', AWS_REGION: 'eu-west-1' }
    const { log } = await runScript(
      `console.log(process.env.INPUT_GIVEN, process.env.GITHUB_REPOSITORY, process.env.AWS_REGION)`,
      { environment },
    )
    expect(log).toBe('usual octo-org/payments eu-west-1\n')
  })

  test('reads both forms of a command file, and fails a step with a truncated file', async () => {
    const whole = await runScript(`appendFileSync(process.env.GITHUB_ENV, 'A=1\\nB<<E\\n2\\n3\\nE\\n')`)
    expect(whole.exported).toEqual({ A: '1', B: '2\n3' })
    const cut = await runScript(`appendFileSync(process.env.GITHUB_ENV, 'A=1\\nB<<E\\n2\\n')`)
    expect(cut.conclusion).toBe('failure')
  })

  test('treats an exit code other than 0 as a failure', async () => {
    expect((await runScript('process.exitCode = 1')).conclusion).toBe('failure')
    expect((await runScript('')).conclusion).toBe('success')
  })
})
