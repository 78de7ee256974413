import { Context } from '@actions/github/lib/context'
import type { FailureCode } from '../core/failure.ts'
import type { RunContext } from '../core/run-context.ts'

/** Where the action's own pages say more of a failure: a URL where the runner told whose action this is. */
export function helpFor(code: FailureCode): string {
  const { GITHUB_ACTION_REPOSITORY: repository, GITHUB_ACTION_REF: ref } = process.env
  const page = `docs/troubleshooting.md#${code.toLowerCase()}`
  return repository && ref ? `https://github.com/${repository}/blob/${ref}/${page}` : page
}

/** The run that this step belongs to. */
export function readRunContext(): RunContext {
  const { payload, ref, eventName } = new Context()
  const repository = process.env.GITHUB_REPOSITORY ?? ''
  const head: unknown = payload.pull_request?.head?.repo?.full_name
  return {
    repository,
    ref: ref ?? '',
    eventName: eventName ?? '',
    fork: typeof head === 'string' && head !== repository,
  }
}
