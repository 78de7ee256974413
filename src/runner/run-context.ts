import { Context } from '@actions/github/lib/context'
import type { RunContext } from '../core/run-context.ts'

/** The run that this step belongs to. */
export function readRunContext(): RunContext {
  const { payload, ref } = new Context()
  const repository = process.env.GITHUB_REPOSITORY ?? ''
  const head: unknown = payload.pull_request?.head?.repo?.full_name
  return {
    repository,
    ref: ref ?? '',
    fork: typeof head === 'string' && head !== repository,
  }
}
