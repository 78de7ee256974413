import { parseArgs } from 'node:util'
import { readNumber } from './number-option.ts'
import { Progress } from './progress.ts'
import { startScript } from './script.ts'
import { playManyRoles } from './soak/many-roles.ts'
import { renderManyRoles, reportOf } from './soak/many-roles-report.ts'

const USAGE = `npm run soak:roles -- [--steps N] [--roles N] [--json]

Plays a job with many steps, each of which writes a profile for each of many roles. Asks for every profile's role, then
runs the post steps.

  --steps  main steps (default: 20)
  --roles  roles of each (default: 50)
  --json   the figures as JSON

Needs Debian's python3-boto3.

Exit status: 0 every profile gave its own role and nothing was left, 1 otherwise, 2 unusable options`

function readOptions() {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean', default: false } as const
  const { values } = parseArgs({ options: { steps: text, roles: text, json: flag, help: flag } })
  const { steps = '20', roles = '50', json, help } = values
  return { steps: readNumber('steps', steps, 1), roles: readNumber('roles', roles, 1), json, help }
}

type Options = ReturnType<typeof readOptions>

async function main({ json, ...options }: Options): Promise<void> {
  let stage = 'the job begins'
  const progress = new Progress(performance.now(), () => stage)
  const result = await playManyRoles(options, text => {
    stage = text
    progress.update()
  }).finally(() => progress.end())
  const report = reportOf(result, options)
  console.log(json ? JSON.stringify(report, null, 2) : renderManyRoles(report))
  for (const problem of report.problems) console.error(problem)
  process.exitCode = report.problems.length === 0 ? 0 : 1
}

startScript(USAGE, readOptions, main)
