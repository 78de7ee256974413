import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { keysOf } from '../../../src/core/trust-policy/issuers.ts'
import { parseTrustPolicy } from '../../../src/core/trust-policy/policy.ts'
import { findWeaknesses } from '../../../src/core/trust-policy/weakness.ts'
import { anyText } from '../arbitraries.ts'
import {
  AUDIENCE,
  allow,
  conditionOf,
  deny,
  HOST,
  type Json,
  policyOf,
  providerOf,
  requestWith,
  SUBJECT,
} from './samples.ts'

const REPOSITORY = 'repo:octo-org/octo-repo'
const IMMUTABLE = 'repo:octo-org@65/octo-repo@74:ref:refs/heads/main'
const SOUND = { 'StringEquals aud': AUDIENCE, 'StringEquals sub': SUBJECT }

function weaknessesOf(statements: unknown, claims: Json = {}, host = HOST): readonly string[] {
  return findWeaknesses(parseTrustPolicy(policyOf(statements)), requestWith(claims, host))
}

describe('findWeaknesses', () => {
  const soundPolicies: readonly (readonly [string, unknown, Json?])[] = [
    ['of a policy for one sub and one aud', allow(SOUND)],
    ['of a repository with all that runs in it', allow({ 'StringLike sub': `${REPOSITORY}:*` })],
    ['of several subjects', allow({ 'StringEquals sub': [SUBJECT, `${REPOSITORY}:pull_request`] })],
    ['of a condition on each value of sub', allow({ 'ForAnyValue:StringEquals sub': SUBJECT })],
    ['of keys in capitals', allow({ [`StringEquals ${HOST.toUpperCase()}:SUB`]: SUBJECT })],
    ['of every claim that IAM knows', allow({ ...SOUND, ...everyKnownClaim() })],
    ['of a repository', allow({ 'StringEquals repository': 'octo-org/octo-repo' })],
    ['of a repository in any case', allow({ 'StringEqualsIgnoreCase Repository': 'Octo-Org/Octo-Repo' })],
    ['of the id of a repository', allow({ 'StringEquals repository_id': '74' })],
    ['of a repository by a pattern of one', allow({ 'StringLike repository': 'octo-org/octo-repo' })],
    [
      'of a workflow next to the subject',
      allow({ ...SOUND, 'StringLike job_workflow_ref': 'octo-org/octo-repo/.github/workflows/*' }),
    ],
    ['of keys of the request', allow({ ...SOUND, 'StringEquals aws:RequestedRegion': 'eu-west-1' })],
    ['of a Deny without sub', [allow(SOUND), deny({ 'StringEquals actor': 'Mallory' })]],
    ['of an immutable subject', allow({ 'StringEquals sub': IMMUTABLE }), { sub: IMMUTABLE }],
    [
      'of both forms for the time of migrating',
      allow({ 'StringEquals sub': [SUBJECT, IMMUTABLE] }),
      { sub: IMMUTABLE },
    ],
    [
      'of both forms in two statements',
      [allow({ 'StringEquals sub': SUBJECT }), allow({ 'StringEquals sub': IMMUTABLE })],
      { sub: IMMUTABLE },
    ],
    ['of a classic policy for a classic token', allow({ 'StringEquals sub': SUBJECT }), { sub: SUBJECT }],
  ]

  test.each(soundPolicies.map(([sentence, ...rest]) => [sentence, rest] as const))(
    'reports none %s',
    (_, rest) => {
      const [statements, claims] = rest
      expect(weaknessesOf(statements, claims)).toEqual([])
    },
  )

  const NO_SUBJECT = /no condition on sub/
  const NOT_FIXED = /owner or repository is not fixed/

  test.each<[string, unknown, RegExp]>([
    ['that sub is not required', allow({ 'StringEquals aud': AUDIENCE }), NO_SUBJECT],
    ['that there is no condition at all', allow({}, { Condition: undefined }), NO_SUBJECT],
    ['that sub is only excluded', allow({ 'StringNotEquals sub': SUBJECT }), NO_SUBJECT],
    ['that sub need only be there', allow({ 'Null sub': 'false' }), NO_SUBJECT],
    ['that no string operator requires sub', allow({ 'ArnLike sub': SUBJECT }), NO_SUBJECT],
    ['that a repository is only excluded', allow({ 'StringNotEquals repository': 'a/b' }), NO_SUBJECT],
    [
      'that a repository need not be there',
      allow({ 'StringEqualsIfExists repository': 'octo-org/octo-repo' }),
      NO_SUBJECT,
    ],
    [
      'that a repository is asked of another issuer',
      allow({ 'StringEquals other.example:repository': 'octo-org/octo-repo' }),
      NO_SUBJECT,
    ],
    [
      'that another issuer’s sub is required',
      allow({ 'StringEquals other.example:sub': SUBJECT }),
      NO_SUBJECT,
    ],
    [
      'that a workflow is required that any repository may call',
      allow({ 'StringEquals job_workflow_ref': 'octo-org/shared/.github/workflows/deploy.yml@v1' }),
      NO_SUBJECT,
    ],
    ['that any repository will do', allow({ 'StringLike repository': '*' }), NO_SUBJECT],
    ['that any of an owner will do', allow({ 'StringLike repository': 'octo-org/*' }), NO_SUBJECT],
    ['that any of several ids will do', allow({ 'StringLike repository_id': ['74', '7?'] }), NO_SUBJECT],
    ['a star for everything', allow({ 'StringLike sub': '*' }), NOT_FIXED],
    ['a star for every repository', allow({ 'StringLike sub': 'repo:*' }), NOT_FIXED],
    ['a star for all repositories of an owner', allow({ 'StringLike sub': 'repo:octo-org/*' }), NOT_FIXED],
    ['a star in the name of the owner', allow({ 'StringLike sub': 'repo:octo-*/octo-repo:*' }), NOT_FIXED],
    ['a star behind the name of the repository', allow({ 'StringLike sub': `${REPOSITORY}*` }), NOT_FIXED],
    ['a question mark in a name', allow({ 'StringLike sub': 'repo:octo-org/octo-rep?:*' }), NOT_FIXED],
    ['a star before the beginning', allow({ 'StringLike sub': `*${REPOSITORY}:x` }), NOT_FIXED],
    ['a question mark in the name of the owner', allow({ 'StringLike sub': 'repo:oct?/r:x' }), NOT_FIXED],
    ['a wide subject of each value', allow({ 'ForAnyValue:StringLike sub': 'repo:*' }), NOT_FIXED],
    ['a star in place of the beginning', allow({ 'StringLike sub': '*:ref:refs/heads/main' }), NOT_FIXED],
    ['one wide subject among others', allow({ 'StringLike sub': [SUBJECT, 'repo:octo-org/*'] }), NOT_FIXED],
    ['a wide subject under IfExists', allow({ 'StringLikeIfExists sub': 'repo:*' }), NOT_FIXED],
    [
      'an operator that holds without the claim',
      allow({ ...SOUND, 'ForAllValues:StringEquals actor': 'Octocat' }),
      /asks .*:actor by ForAllValues:StringEquals, which holds where the claim is missing/,
    ],
    [
      'a wildcard that is none',
      allow({ 'StringEquals sub': `${REPOSITORY}:*` }),
      /wildcard under StringEquals, where it is a plain character/,
    ],
    [
      'a wildcard that is none, and no wide subject beside it',
      allow({ 'StringEquals sub': 'repo:*' }),
      /wildcard under StringEquals, where it is a plain character/,
    ],
    [
      'a question mark that is not a wildcard',
      allow({ ...SOUND, 'StringEquals ref': 'refs/heads/v?' }),
      /wildcard under StringEquals, where it is a plain character/,
    ],
    [
      'a wildcard that is none, among other values and where the claim may be missing',
      allow({ ...SOUND, 'StringEqualsIfExists ref': ['refs/heads/main', 'refs/heads/*'] }),
      /wildcard under StringEqualsIfExists/,
    ],
    [
      'a wildcard that is none, without regard to case',
      allow({ 'StringEqualsIgnoreCase sub': `${REPOSITORY}:*` }),
      /wildcard under StringEqualsIgnoreCase/,
    ],
    [
      'a wildcard that is none, in a Deny that never applies by it',
      [allow(SOUND), deny({ 'StringEquals sub': 'repo:octo-org/*' })],
      /wildcard under StringEquals, where it is a plain character/,
    ],
    [
      'a claim that IAM does not know',
      allow({ ...SOUND, 'StringEquals event_name': 'push' }),
      /event_name, which IAM can't test.*required-claims/,
    ],
    [
      'a claim that IAM does not know, in a Deny',
      [allow(SOUND), deny({ 'StringEquals runner_environment': 'self-hosted' })],
      /runner_environment, which IAM can't test/,
    ],
  ])('reports %s, once and with the name of its statement', (_, statements, sentence) => {
    const told = weaknessesOf(statements)
    expect(told).toEqual([expect.stringMatching(sentence)])
    expect(told[0]).toMatch(/^statement [12] /)
  })

  describe('in operators', () => {
    // IAM User Guide, "Condition operators".
    const KNOWN = [
      ...['StringEquals', 'StringNotEquals', 'StringEqualsIgnoreCase', 'StringNotEqualsIgnoreCase'],
      ...['StringLike', 'StringNotLike', 'Bool', 'BinaryEquals', 'IpAddress', 'NotIpAddress'],
      ...['Numeric', 'Date'].flatMap(kind =>
        ['Equals', 'NotEquals', 'LessThan', 'LessThanEquals', 'GreaterThan', 'GreaterThanEquals'].map(
          comparison => `${kind}${comparison}`,
        ),
      ),
      ...['ArnEquals', 'ArnLike', 'ArnNotEquals', 'ArnNotLike'],
    ]
    const unknownOf = (operator: string) =>
      weaknessesOf(allow({ ...SOUND, [`${operator} actor`]: 'x' })).filter(told => !told.includes('asks'))

    test.each(KNOWN)('%s is recognised, for sets and with IfExists too', operator => {
      for (const set of ['', 'ForAnyValue:', 'ForAllValues:'])
        for (const end of ['', 'IfExists']) expect(unknownOf(`${set}${operator}${end}`)).toEqual([])
    })

    test('Null is recognised on its own', () => {
      expect(unknownOf('Null')).toEqual([])
    })

    test.each([
      ...[
        'StringEqual',
        'StringMatches',
        'StringLikeIgnoreCase',
        'StringNotLikeIgnoreCase',
        'NotStringEquals',
      ],
      ...['Numeric', 'NumericLess', 'NumericNotLessThan', 'NumericLike', 'DateNotGreaterThan', 'DateLess'],
      ...['BoolNot', 'NotBool', 'Boolean', 'BinaryNotEquals', 'IpAddressNot', 'Arn', 'ArnNot', 'NotArnLike'],
      ...['NullIfExists', 'xNull', 'ForAnyValue:Null', 'ForAllValues:', 'IfExists', 'StringEqualsIfExist'],
      ...['ForAnyValues:StringEquals', 'ForAllValue:StringEquals', 'ForValues:StringEquals'],
      ...['xStringEquals', 'StringEqualsx', 'xForAnyValue:StringEquals', 'ForAnyValue:xStringEquals'],
    ])('%s is reported as unknown to IAM', operator => {
      expect(unknownOf(operator)).toEqual([`statement 1 has an operator that IAM does not know: ${operator}`])
    })

    test('one unknown to IAM is reported in a Deny too', () => {
      expect(weaknessesOf([allow(SOUND), deny({ 'Frobnicate actor': 'x' })])).toEqual([
        'statement 2 has an operator that IAM does not know: Frobnicate',
      ])
    })
  })

  test.each([
    ['an operator that IAM does not know', 'xStringEquals sub', SUBJECT, /IAM does not know: xStringEquals$/],
    ['one that holds without the claim', 'ForAllValues:StringEquals repository', 'a/b', /claim is missing/],
  ])('does not count a condition with %s as naming a repository', (_, asked, value, sentence) => {
    expect(weaknessesOf(allow({ [asked]: value }))).toEqual([
      expect.stringMatching(NO_SUBJECT),
      expect.stringMatching(sentence),
    ])
  })

  test('names a statement by its Sid', () => {
    expect(weaknessesOf(allow({}, { Sid: 'Deploy' }))).toEqual([
      expect.stringMatching(/^Deploy has no condition/),
    ])
  })

  test.each<[string, Json]>([
    ['another action', { Action: 'sts:TagSession' }],
    ['principals of AWS', { Principal: { AWS: 'arn:aws:iam::111122223333:root' }, Action: 'sts:AssumeRole' }],
    ['the provider of another issuer', { Principal: { Federated: providerOf('accounts.example') } }],
  ])('says nothing about sub if a statement is about %s, as no token gets in through it', (_, changes) => {
    expect(weaknessesOf([allow(SOUND), allow({}, changes)])).toEqual([])
  })

  test('reports a key that appears twice in one object', () => {
    const text = policyOf(allow(SOUND)).replace('"Effect"', '"Effect":"Deny","Effect"')
    expect(findWeaknesses(parseTrustPolicy(text), requestWith())).toEqual([
      'the key Effect stands twice in one object: IAM refuses the policy or takes one of them',
    ])
  })

  test('reports that a classic subject does not let in a token of the immutable form', () => {
    const told = weaknessesOf(allow({ 'StringEquals sub': SUBJECT }), { sub: IMMUTABLE })
    expect(told).toEqual([
      `the subject ${SUBJECT} is of the classic form, but this repository has an immutable one: ${IMMUTABLE}`,
    ])
  })

  test('does not mistake numbers at the end of names for ids', () => {
    const told = weaknessesOf(allow({ 'StringLike sub': 'repo:org-123/repo-456:*' }), { sub: IMMUTABLE })
    expect(told).toEqual([expect.stringMatching(/is of the classic form/)])
  })

  test.each([
    ['without anything behind the repository', REPOSITORY, true],
    ['of another repository', 'repo:octo-org/other:ref:refs/heads/main', true],
    ['with ids of another repository', 'repo:octo-org@65/octo-repo@75:ref:refs/heads/main', false],
    ['with an id of the owner alone', 'repo:octo-org@65/octo-repo:ref:refs/heads/main', false],
    ['with an id of the repository alone', 'repo:octo-org/octo-repo@74:ref:refs/heads/x', false],
    ['that is customised', 'repository_owner_id:65', false],
    ['in which the form is only a part', `x${SUBJECT}`, false],
    ['of an owner alone', 'repo:octo-org:x', false],
  ])('reports a subject %s as classic or not: %s', (_, subject, isClassic) => {
    const told = weaknessesOf(allow({ 'StringEquals sub': subject }), { sub: IMMUTABLE })
    expect(told.map(sentence => sentence.split(', ', 1))).toEqual(
      isClassic ? [[`the subject ${subject} is of the classic form`]] : [],
    )
  })

  test('reports no subject as classic when the token has none', () => {
    expect(weaknessesOf(allow({ 'StringEquals sub': SUBJECT }), { sub: undefined })).toEqual([])
  })

  test('recognises the condition keys of an issuer with a path', () => {
    const host = `${HOST}/octo-enterprise`
    const sound = conditionOf({ 'StringEquals sub': SUBJECT }, `${host}:`)
    expect(
      weaknessesOf(allow({}, { Condition: sound, Principal: { Federated: providerOf(host) } }), {}, host),
    ).toEqual([])
    expect(weaknessesOf(allow(SOUND, { Principal: { Federated: providerOf(host) } }), {}, host)).toEqual([
      expect.stringMatching(NO_SUBJECT),
    ])
  })

  test('reports exactly the patterns without a fixed owner and repository', () => {
    const fixed = fc.stringMatching(/^repo:[a-z-]{1,8}(@\d{1,4})?\/[a-z._-]{1,8}(@\d{1,4})?:[a-z*?]{0,8}$/)
    const wide = fc.stringMatching(
      /^(\*|repo:[a-z]{0,4}[*?][a-z]{0,4}\/[a-z]{1,4}:x|repo:[a-z]{1,4}\/[a-z]{0,4}[*?])$/,
    )
    fc.assert(
      fc.property(fixed, wide, (narrow, open) => {
        expect(weaknessesOf(allow({ 'StringLike sub': narrow }))).toEqual([])
        expect(weaknessesOf(allow({ 'StringLike sub': open }))).toEqual([expect.stringMatching(NOT_FIXED)])
      }),
    )
  })

  test('returns sentences and never throws, whatever the policy requires and the token contains', () => {
    const operator = fc.oneof(
      fc.constantFrom('StringLike', 'StringEquals', 'ForAllValues:StringLike'),
      anyText,
    )
    const key = fc.oneof(fc.constantFrom(`${HOST}:sub`, `${HOST}:event_name`), anyText)
    fc.assert(
      fc.property(operator, key, fc.array(anyText), anyText, (name, asked, values, sub) => {
        const condition = Object.fromEntries([[name, Object.fromEntries([[asked, values]])]])
        for (const sentence of weaknessesOf(allow({}, { Condition: condition }), { sub }))
          expect(sentence.length).toBeGreaterThan(10)
      }),
    )
  })
})

function everyKnownClaim(): Json {
  const others = keysOf(`https://${HOST}`).filter(claim => claim !== 'sub' && claim !== 'aud')
  return Object.fromEntries(others.map(claim => [`StringLike ${claim}`, '*']))
}
