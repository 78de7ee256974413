import type { GateError } from '../base/failure.ts'
import type { RunContext } from '../base/run-context.ts'
import type { RoleArn } from '../identity/arn.ts'
import type { Operation } from '../network/remote-failure.ts'

/*
 * Addresses for the summary. Each is built from parts of a known form, so nothing from outside decides where a link
 * leads. Undefined where a part is missing or has another form.
 */

/** `https://HOST[:PORT]`, as the runner names GitHub's server. */
const SERVER = /^https?:\/\/[a-z0-9.-]+(?::\d+)?$/i
/** No part may be `.` or `..`, which would lead elsewhere. */
const PART = '(?!\\.{1,2}(?:/|$))[\\w.@-]+'
const REPOSITORY = new RegExp(`^${PART}/${PART}$`)
const NUMBER = /^\d{1,20}$/
const SHA = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/
const REF = new RegExp(`^${PART}(?:/${PART})*$`)

/** The run, in the attempt that this step is part of. */
export function runUrl({ serverUrl, repository, runId, runAttempt }: RunContext): string | undefined {
  if (!SERVER.test(serverUrl) || !REPOSITORY.test(repository) || !NUMBER.test(runId)) return undefined
  const attempt = NUMBER.test(runAttempt) ? `/attempts/${runAttempt}` : ''
  return `${serverUrl}/${repository}/actions/runs/${runId}${attempt}`
}

export function commitUrl({ serverUrl, repository, sha }: RunContext): string | undefined {
  if (!SERVER.test(serverUrl) || !REPOSITORY.test(repository) || !SHA.test(sha)) return undefined
  return `${serverUrl}/${repository}/commit/${sha}`
}

/** What the page of help is opened for. */
type Topic = Pick<GateError, 'code' | 'likelyCause'>

/** The section on a failure, in the version of the page that belongs to the running action. */
export function helpUrl(topic: Topic, { serverUrl, action }: RunContext): string | undefined {
  const { repository, ref } = action
  if (!SERVER.test(serverUrl) || !REPOSITORY.test(repository) || !REF.test(ref)) return undefined
  return `${serverUrl}/${repository}/blob/${ref}/${helpPath(topic)}`
}

/** The same section as a path in the action's repository. */
export function helpPath({ code, likelyCause }: Topic): string {
  return `docs/troubleshooting.md#${(likelyCause ?? code).toLowerCase().replaceAll(' ', '-')}`
}

/** The public consoles by partition. Source: AWS General Reference and the user guides of the partitions. */
const CONSOLES: ReadonlyMap<string, string> = new Map([
  ['aws', 'https://console.aws.amazon.com'],
  ['aws-cn', 'https://console.amazonaws.cn'],
  ['aws-us-gov', 'https://console.amazonaws-us-gov.com'],
  ['aws-eusc', 'https://console.amazonaws-eusc.eu'],
])

/** The trust relationships of a role in the IAM console. */
export function trustPolicyUrl({
  partition,
  roleName,
}: Pick<RoleArn, 'partition' | 'roleName'>): string | undefined {
  const host = CONSOLES.get(partition)
  if (host === undefined || !/^[\w+=,.@-]{1,64}$/.test(roleName)) return undefined
  return `${host}/iam/home#/roles/details/${encodeURIComponent(roleName)}?section=trust_relationships`
}

/** CloudTrail's event history of a region, filtered by the name of the call. */
export function cloudTrailUrl(partition: string, region: string, operation: Operation): string | undefined {
  const host = CONSOLES.get(partition)
  if (host === undefined || !/^[a-z0-9-]{1,63}$/.test(region)) return undefined
  return `${host}/cloudtrailv2/home?region=${region}#/events?EventName=${operation}`
}
