import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { defaultJob, githubIssuer, githubSubject } from '../../sandbox/job.ts'
import { awsCommandLine } from '../../sandbox/real/consumers/python.ts'
import { isInstalled } from '../../sandbox/real/part.ts'
import { job, type WorkflowJob, type WorkflowStep } from '../../sandbox/real/workflow.ts'
import type { Accounts } from '../../sandbox/sts/account.ts'
import { trustPolicyFor } from '../../sandbox/world.ts'

const audience = 'sts.amazonaws.com'
const subjects = [githubSubject(defaultJob)]

/** Where the end-to-end job's role is. */
export const endToEndAccounts: Accounts = {
  '111122223333': {
    providers: [{ issuer: githubIssuer, audiences: [audience] }],
    roles: [
      {
        name: 'end-to-end',
        path: '/ci/',
        id: 'AROA5ENDTOEND7WQ2MHX4',
        trustPolicy: trustPolicyFor('111122223333', githubIssuer, subjects, audience),
      },
    ],
  },
}

/** The job of the end-to-end workflow that needs no AWS, with the STS at `env.STS` and without what needs a network. */
export function endToEndJob(): WorkflowJob {
  const { loopback } = parse(readFileSync('.github/workflows/end-to-end.yml', 'utf8')).jobs
  return { ...loopback, ...job(offline(loopback.steps)) }
}

/** act's `github` context has no ids. */
function offline(steps: readonly WorkflowStep[]): readonly WorkflowStep[] {
  const text = JSON.stringify(steps).replaceAll('github.repository_id', 'env.GITHUB_REPOSITORY_ID')
  return (JSON.parse(text) as WorkflowStep[])
    .filter(({ uses = '', run = '' }) => !uses.startsWith('actions/') && !run.startsWith('npm ci'))
    .filter(({ run = '' }) => isInstalled(awsCommandLine) || !run.includes('aws sts'))
    .map(step => (step.id === 'sts' ? { ...step, run: 'echo "url=$STS" >>"$GITHUB_OUTPUT"' } : step))
}
