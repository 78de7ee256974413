import { defaultJob, githubSubject, issuerOf, type Job as RunningJob } from '../sandbox/job.ts'
import type { Account, Role } from '../sandbox/sts/account.ts'
import { trustPolicyFor, trustPolicyForPrincipals, type World } from '../sandbox/world.ts'
import { evaluated, type Job, type Step, type Workflow } from './recipes.ts'

/** What leads to the network of the recipe's author, or to a file in the repository. */
const NOT_IN_THE_SANDBOX = ['http-proxy', 'no-proxy', 'ca-bundle', 'sts-fallback-regions', 'trust-policy']

/** As the runner would pass them. */
export function inputsFor({ with: given = {} }: Step): Readonly<Record<string, string>> {
  const passed = Object.entries(given).filter(([name]) => !NOT_IN_THE_SANDBOX.includes(name))
  return Object.fromEntries(passed.map(([name, value]) => [name, evaluated(String(value))]))
}

/** The run that a recipe is for, by what starts it. */
export function jobFor(path: string, { on }: Workflow, job: Job): RunningJob {
  const environment = evaluated(job.environment ?? '')
  const issuer = /\biss=(\S+)/.exec(JSON.stringify(job.steps))?.[1]?.replace(/[^\w/.:-].*/, '')
  return {
    ...defaultJob,
    ...eventOf(on as Readonly<Record<string, { readonly tags?: unknown }>>),
    ...(environment ? { environment } : {}),
    ...(issuer ? { issuer, immutableSubject: false } : {}),
    ...(path.startsWith('.github/') ? {} : { jobWorkflowRef: `${path}@refs/tags/v1` }),
  }
}

function eventOf(on: Readonly<Record<string, { readonly tags?: unknown } | null>>): Partial<RunningJob> {
  const [eventName = ''] = Object.keys(on)
  if (eventName === 'pull_request') return { eventName, ref: 'refs/pull/7/merge', headRef: 'feature' }
  if (eventName === 'workflow_call' || on.push?.tags) return { eventName: 'push', ref: 'refs/tags/v1.2.3' }
  return { eventName }
}

/** Accounts with the roles that the steps name. The first of a chain trusts the job, the others the one before. */
export function worldFor(job: RunningJob, gates: readonly Step[]): Pick<World, 'job' | 'accounts'> {
  const accounts = new Map<string, Account>()
  for (const gate of gates) {
    const { 'role-to-assume': first = '', 'role-chain': chain = '', ...others } = inputsFor(gate)
    const profiles = (others['aws-profiles'] ?? '').split('\n').map(line => line.replace(/^[^=]*=/, ''))
    const id = others['expected-role-id']
    for (const arn of [first, ...profiles]) addRole(accounts, job, arn, undefined, id)
    addRole(accounts, job, chain, first, id)
  }
  return { job, accounts: Object.fromEntries(accounts) }
}

let roles = 0

function addRole(
  accounts: Map<string, Account>,
  job: RunningJob,
  arn: string,
  trusted: string | undefined,
  id = `AROA5RECIPE${String(++roles).padStart(10, '0')}`,
): void {
  const [, partition = 'aws', accountId = '', name = ''] =
    /^arn:([\w-]+):iam::(\d{12}):role\/(.+)$/.exec(arn) ?? []
  if (name === '') return
  const audience = partition === 'aws-cn' ? 'sts.amazonaws.com.cn' : 'sts.amazonaws.com'
  const trustPolicy = trusted
    ? trustPolicyForPrincipals([trusted], { tagging: true })
    : trustPolicyFor(accountId, issuerOf(job), [githubSubject(job)], audience, partition)
  const role: Role = { name, id, trustPolicy }
  const account = accounts.get(accountId)
  accounts.set(accountId, {
    partition,
    providers: [{ issuer: issuerOf(job), audiences: [audience] }],
    roles: [...(account?.roles ?? []).filter(known => known.name !== name), role],
  })
}
