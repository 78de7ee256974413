import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { requestBySession, requestByToken, withTags } from '../../../src/core/sts/role-request.ts'
import type { Tag } from '../../../src/core/sts/session-tags.ts'
import { roleArn } from '../arbitraries.ts'
import { inputsWith, KEY_INPUTS, NEXT_ROLE_ARN, ROLE_ARN, requestWith, roleOf } from '../samples.ts'

const RUN = { GITHUB_REPOSITORY: 'octo-org/octo-repo', GITHUB_RUN_ID: '7', GITHUB_HEAD_REF: '' }
const POLICY_ARN = 'arn:aws:iam::aws:policy/ReadOnlyAccess'

const FULL = {
  ...KEY_INPUTS,
  'role-chain': NEXT_ROLE_ARN,
  'role-session-name': 'run-7',
  'role-duration-seconds': '1800',
  'role-external-id': 'octo',
  'source-identity': 'octocat',
  'inline-session-policy': '{"Statement":[]}',
  'managed-session-policies': POLICY_ARN,
  'custom-tags': '{"Team": "octo"}',
  'transitive-tag-keys': 'Team, Repository, HeadRef, Nope',
  'special-characters-workaround': 'true',
}

const GITHUB: Tag = { key: 'GitHub', value: 'Actions', droppable: false }
const REPOSITORY: Tag = { key: 'Repository', value: 'octo-org/octo-repo', droppable: false }
const RUN_ID: Tag = { key: 'RunId', value: '7', droppable: true }
const TEAM: Tag = { key: 'Team', value: 'octo', droppable: false }

describe('the last role', () => {
  test('is requested with everything the inputs say about the session', () => {
    expect(requestBySession(roleOf(NEXT_ROLE_ARN), true, inputsWith(FULL), RUN)).toEqual({
      role: roleOf(NEXT_ROLE_ARN),
      sessionName: 'run-7',
      durationSeconds: 1800,
      inlinePolicy: '{"Statement":[]}',
      managedPolicies: [POLICY_ARN],
      externalId: 'octo',
      sourceIdentity: 'octocat',
      tags: [GITHUB, REPOSITORY, RUN_ID, TEAM],
      transitiveTagKeys: ['Team', 'Repository'],
      plainKeyAttempts: 12,
    })
  })

  test('gets no tags and no transitive keys with role-skip-session-tagging', () => {
    const inputs = inputsWith({ ...FULL, 'role-skip-session-tagging': 'true' })
    const request = requestBySession(roleOf(NEXT_ROLE_ARN), true, inputs, RUN)
    expect(request.tags).toEqual([])
    expect(request.transitiveTagKeys).toEqual([])
    expect(request.externalId).toBe('octo')
  })

  test('is requested with the defaults when nothing is set', () => {
    expect(requestBySession(roleOf(ROLE_ARN), true, inputsWith(), {})).toEqual({
      role: roleOf(ROLE_ARN),
      sessionName: 'GitHubActions',
      durationSeconds: 3600,
      inlinePolicy: undefined,
      managedPolicies: [],
      externalId: undefined,
      sourceIdentity: undefined,
      tags: [GITHUB],
      transitiveTagKeys: [],
      plainKeyAttempts: undefined,
    })
  })
})

describe('an intermediate role', () => {
  test('is requested with only its name, the session name, the source identity and the shortest duration', () => {
    expect(requestBySession(roleOf(ROLE_ARN), false, inputsWith(FULL), RUN)).toEqual(
      requestWith({ durationSeconds: 900, sourceIdentity: 'octocat' }),
    )
  })
})

describe('a request with a token', () => {
  test('includes what AWS accepts with a token, and no tags', () => {
    const inputs = inputsWith({ ...FULL, 'role-external-id': undefined })
    const by = requestBySession(roleOf(NEXT_ROLE_ARN), true, inputs, RUN)
    expect(requestByToken(roleOf(NEXT_ROLE_ARN), true, inputs)).toEqual({
      ...by,
      tags: [],
      transitiveTagKeys: [],
    })
    expect(requestByToken(roleOf(ROLE_ARN), false, inputs)).toEqual(
      requestWith({ durationSeconds: 900, sourceIdentity: 'octocat' }),
    )
  })

  test('needs a role with a known account', () => {
    for (const role of [undefined, { kind: 'role-name', roleName: 'Deploy' } as const])
      expect(() => requestByToken(role, true, inputsWith())).toThrow(/ARN/)
  })
})

test('a request is for the given role, including its path', () => {
  fc.assert(
    fc.property(roleArn, fc.boolean(), (role, isLast) => {
      expect(requestBySession(role, isLast, inputsWith(FULL), RUN).role).toEqual(role)
    }),
  )
})

describe('withTags', () => {
  const request = requestBySession(roleOf(NEXT_ROLE_ARN), true, inputsWith(FULL), RUN)

  test('changes nothing but the tags', () => {
    const { tags, transitiveTagKeys, ...rest } = request
    expect(withTags(request, [GITHUB])).toEqual({ ...rest, tags: [GITHUB], transitiveTagKeys: [] })
    expect(withTags(request, tags)).toEqual({ ...rest, tags, transitiveTagKeys })
  })

  test('drops transitive keys without a tag, as AWS would reject them', () => {
    const some = fc.subarray([GITHUB, REPOSITORY, RUN_ID, TEAM])
    fc.assert(
      fc.property(some, tags => {
        const keys = tags.map(({ key }) => key)
        const wanted = ['Team', 'Repository'].filter(key => keys.includes(key))
        expect(withTags(request, tags)).toMatchObject({ tags, transitiveTagKeys: wanted })
      }),
    )
  })

  test('does not mutate its request', () => {
    withTags(request, [])
    expect(request.tags).toHaveLength(4)
  })
})
