import { Context } from '@actions/github/lib/context'
import type { RunContext } from '../core/base/run-context.ts'
import { readRegularText } from '../runner/regular-file.ts'

/** The run that this step belongs to. What GitHub's files and variables hold may be anything: it fails no step. */
export function readRunContext(): RunContext {
  const { payload, ref } = readContext()
  const { env } = process
  const repository = env.GITHUB_REPOSITORY ?? ''
  const head: unknown = payload.pull_request?.head?.repo?.full_name
  return {
    serverUrl: (env.GITHUB_SERVER_URL || 'https://github.com').replace(/\/+$/, ''),
    repository,
    repositoryId: env.GITHUB_REPOSITORY_ID ?? '',
    runId: env.GITHUB_RUN_ID ?? '',
    runNumber: env.GITHUB_RUN_NUMBER ?? '',
    runAttempt: env.GITHUB_RUN_ATTEMPT ?? '',
    workflowRef: env.GITHUB_WORKFLOW_REF ?? '',
    ref: ref ?? '',
    sha: env.GITHUB_SHA ?? '',
    actor: env.GITHUB_ACTOR ?? '',
    action: {
      repository: env.GITHUB_ACTION_REPOSITORY ?? '',
      ref: env.GITHUB_ACTION_REF ?? '',
    },
    fork: typeof head === 'string' && head !== repository,
  }
}

/** GitHub's own, which would read the event to its end whatever it is: so it is given what was read of it. */
function readContext(): Context {
  const { GITHUB_EVENT_PATH: path } = process.env
  delete process.env.GITHUB_EVENT_PATH
  try {
    const context = new Context()
    context.payload = readEvent(path ?? '')
    return context
  } finally {
    if (path !== undefined) process.env.GITHUB_EVENT_PATH = path
  }
}

/** The event, which only tells whether it comes from a fork; an empty one where it can't be read. */
function readEvent(path: string): Context['payload'] {
  try {
    return Object(JSON.parse(readRegularText(path)))
  } catch {
    return {}
  }
}
