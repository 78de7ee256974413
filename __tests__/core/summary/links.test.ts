import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { GateError } from '../../../src/core/base/failure.ts'
import type { LikelyCause } from '../../../src/core/base/likely-cause.ts'
import {
  cloudTrailUrl,
  commitUrl,
  helpPath,
  helpUrl,
  runUrl,
  trustPolicyUrl,
} from '../../../src/core/summary/links.ts'
import { anyText } from '../arbitraries.ts'
import { RUN } from '../samples.ts'

const TIMEOUT = new GateError('ERR_TIMEOUT', 'late', 'wait')
const GHES = { ...RUN, serverUrl: 'https://github.example.com' }

describe('links to GitHub', () => {
  test('lead to the run in its attempt, and to its commit', () => {
    expect(runUrl(RUN)).toBe('https://github.com/octo-org/octo-repo/actions/runs/16876543210/attempts/1')
    expect(commitUrl(RUN)).toBe(`https://github.com/octo-org/octo-repo/commit/${RUN.sha}`)
  })

  test('lead to the help of the action that runs, at its ref', () => {
    expect(helpUrl(TIMEOUT, RUN)).toBe(
      'https://github.com/octo-org/aws-role-gate/blob/v1/docs/troubleshooting.md#err_timeout',
    )
    const action = { repository: 'mirror/gate', ref: 'releases/v1' }
    expect(helpUrl(TIMEOUT, { ...RUN, action })).toContain('/mirror/gate/blob/releases/v1/docs/')
  })

  test('lead to the cause of a failure if it is known, else to its code', () => {
    const refused = (likelyCause: LikelyCause) => new GateError('ERR_STS_REJECTED', '', '', { likelyCause })
    expect(helpUrl(refused('immutable subject'), RUN)).toBe(
      'https://github.com/octo-org/aws-role-gate/blob/v1/docs/troubleshooting.md#immutable-subject',
    )
    expect(helpPath(refused('missing OIDC provider'))).toBe('docs/troubleshooting.md#missing-oidc-provider')
    expect(helpPath(TIMEOUT)).toBe('docs/troubleshooting.md#err_timeout')
  })

  test('lead to the server that runs the job, for a mirror on GHES and for ghe.com', () => {
    expect(helpUrl(TIMEOUT, GHES)).toMatch(/^https:\/\/github\.example\.com\/octo-org\/aws-role-gate\//)
    expect(runUrl({ ...RUN, serverUrl: 'https://octo.ghe.com' })).toMatch(/^https:\/\/octo\.ghe\.com\//)
    expect(runUrl({ ...RUN, serverUrl: 'http://ghes.local:8443' })).toMatch(/^http:\/\/ghes\.local:8443\//)
  })

  test('are not there where a part is missing or has another form', () => {
    expect(runUrl({ ...RUN, runId: '' })).toBeUndefined()
    expect(commitUrl({ ...RUN, sha: 'main' })).toBeUndefined()
    expect(helpUrl(TIMEOUT, { ...RUN, action: { repository: '', ref: '' } })).toBeUndefined()
    expect(runUrl({ ...RUN, serverUrl: 'javascript:alert(1)//' })).toBeUndefined()
    expect(runUrl({ ...RUN, serverUrl: 'https://evil.example/@github.com' })).toBeUndefined()
  })

  test.each(['..', '.', 'x/../../evil', 'x/./y', '../x'])('have no part that leads elsewhere: %s', part => {
    expect(helpUrl(TIMEOUT, { ...RUN, action: { repository: 'o/r', ref: part } })).toBeUndefined()
    expect(runUrl({ ...RUN, repository: `octo-org/${part}` })).toBeUndefined()
    expect(commitUrl({ ...RUN, repository: `${part}/octo-org` })).toBeUndefined()
  })

  test('hold only what needs no escaping, whatever GitHub said', () => {
    const text = fc.oneof(anyText, fc.constantFrom('a/b', '../..', 'a/b)(x', 'v1?x#y', 'a b'))
    fc.assert(
      fc.property(text, text, text, (one, two, three) => {
        const run = {
          ...RUN,
          serverUrl: one,
          repository: two,
          runId: three,
          action: { repository: one, ref: two },
        }
        for (const url of [
          runUrl(run),
          runUrl({ ...run, serverUrl: RUN.serverUrl }),
          commitUrl({ ...run, serverUrl: RUN.serverUrl }),
          helpUrl(TIMEOUT, { ...run, serverUrl: RUN.serverUrl }),
          helpUrl(TIMEOUT, { ...RUN, action: { repository: two, ref: three } }),
        ])
          if (url !== undefined) expect(url).toMatch(/^https?:\/\/[\w.-]+(?::\d+)?\/[\w./@#-]*$/)
      }),
    )
  })
})

describe('links to AWS', () => {
  test.each([
    ['aws', 'https://console.aws.amazon.com'],
    ['aws-cn', 'https://console.amazonaws.cn'],
    ['aws-us-gov', 'https://console.amazonaws-us-gov.com'],
    ['aws-eusc', 'https://console.amazonaws-eusc.eu'],
  ])('lead to the console of the partition: %s', (partition, host) => {
    expect(trustPolicyUrl({ partition, roleName: 'deploy' })).toBe(
      `${host}/iam/home#/roles/details/deploy?section=trust_relationships`,
    )
    expect(cloudTrailUrl(partition, 'eu-west-1', 'AssumeRole')).toBe(
      `${host}/cloudtrailv2/home?region=eu-west-1#/events?EventName=AssumeRole`,
    )
  })

  test('are not there for a partition without a public console', () => {
    expect(trustPolicyUrl({ partition: 'aws-iso', roleName: 'deploy' })).toBeUndefined()
    expect(cloudTrailUrl('aws-iso', 'us-iso-east-1', 'AssumeRole')).toBeUndefined()
    expect(cloudTrailUrl('constructor', 'eu-west-1', 'AssumeRole')).toBeUndefined()
  })

  test('encode the name of the role', () => {
    expect(trustPolicyUrl({ partition: 'aws', roleName: 'a+=,.@-b' })).toContain('/a%2B%3D%2C.%40-b?')
    expect(trustPolicyUrl({ partition: 'aws', roleName: 'a/b' })).toBeUndefined()
  })
})
