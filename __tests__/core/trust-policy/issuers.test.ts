import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import {
  federatedPrincipal,
  isGithubIssuer,
  keysOf,
  keyValues,
} from '../../../src/core/trust-policy/issuers.ts'
import { roleArn } from '../arbitraries.ts'
import {
  ACCOUNT,
  allow,
  decisionOn,
  deny,
  HOST,
  type Json,
  PROVIDER,
  policyOf,
  providerOf,
} from './samples.ts'

const ROLE = { partition: 'aws', accountId: ACCOUNT }

// IAM User Guide, "IAM and AWS STS condition context keys", Available keys for AWS OIDC federation; Service Authorization
// Reference, "Condition keys for AWS Security Token Service".
describe('the keys of an issuer', () => {
  const GITHUB =
    'aud sub actor actor_id enterprise_id environment job_workflow_ref ref repository repository_id ' +
    'repository_owner_id workflow'
  const GITLAB = 'aud sub namespace_id pipeline_source project_id ref_protected runner_environment'
  const BUILDKITE =
    'aud sub build_branch cluster_id cluster_name organization_id organization_slug pipeline_id pipeline_slug'
  test.each([
    ['github.com', HOST, GITHUB],
    ['an enterprise of github.com', `${HOST}/acme`, GITHUB],
    ['a tenant of ghe.com', 'token.actions.acme.ghe.com', GITHUB],
    ['a GitHub Enterprise Server', 'ghes.example.com/_services/token', 'aud sub amr'],
    ['Forgejo', 'code.forgejo.org/api/actions', 'aud sub amr'],
    ['an issuer that only looks like GitHub’s', `${HOST}.evil.example`, 'aud sub amr'],
    ['a path below an enterprise', `${HOST}/acme/x`, 'aud sub amr'],
    ['GitLab.com', 'gitlab.com', GITLAB],
    ['a GitLab of one’s own', 'gitlab.example.com', 'aud sub amr'],
    ['CircleCI', 'oidc.circleci.com/org/2a3b4c5d', 'aud sub oidc.circleci.com/project-id'],
    ['Buildkite', 'agent.buildkite.com', BUILDKITE],
    ['Oracle', 'idcs-0a1b.identity.oraclecloud.com', 'aud sub rpst_id'],
    ['Google', 'accounts.google.com', 'aud oaud sub google/organization_number'],
    ['Cognito', 'cognito-identity.amazonaws.com', 'aud sub amr'],
    ['Amazon', 'www.amazon.com', 'app_id user_id'],
    ['Facebook', 'graph.facebook.com', 'app_id id'],
    ['HCP Terraform', 'app.terraform.io', 'aud sub amr'],
    ['Bitbucket', 'api.bitbucket.org/2.0/workspaces/x/pipelines-config/identity/oidc', 'aud sub amr'],
  ])('are these for %s (%s)', (_, host, keys) => {
    expect(keysOf(`https://${host}`)).toEqual(keys.split(' '))
    expect(isGithubIssuer(`https://${host}`)).toBe(keys === GITHUB)
  })

  test('of Google read azp for aud where the token has one, and its aud for oaud', () => {
    const issuer = 'https://accounts.google.com'
    const claims = { aud: 'audience', azp: 'party', sub: '1' }
    expect(keyValues(issuer, 'aud', claims)).toEqual(['party'])
    expect(keyValues(issuer, 'oaud', claims)).toEqual(['audience'])
    expect(keyValues(issuer, 'aud', { aud: 'audience' })).toEqual(['audience'])
  })

  test('have no values of a claim that the token lacks, or that no key is for', () => {
    expect(keyValues(`https://${HOST}`, 'environment', {})).toBeUndefined()
    expect(keyValues(`https://${HOST}`, 'event_name', { event_name: 'push' })).toBeUndefined()
    expect(keyValues(`https://${HOST}`, 'constructor', {})).toBeUndefined()
    expect(keyValues(`https://${HOST}`, 'sub', { sub: [] })).toEqual([])
  })
})

describe('the principal of an issuer', () => {
  test.each([
    ['the usual one', HOST, PROVIDER],
    ['one with a slug', `${HOST}/octo`, providerOf(`${HOST}/octo`)],
    ['an Enterprise Server', 'ghes.example/_services/token', providerOf('ghes.example/_services/token')],
    ['GitLab.com', 'gitlab.com', providerOf('gitlab.com')],
    ['Google', 'accounts.google.com', 'accounts.google.com'],
    ['Cognito', 'cognito-identity.amazonaws.com', 'cognito-identity.amazonaws.com'],
    ['Amazon', 'www.amazon.com', 'www.amazon.com'],
    ['Facebook', 'graph.facebook.com', 'graph.facebook.com'],
  ])('is named without its scheme: %s', (_, host, principal) => {
    expect(federatedPrincipal(ROLE, `https://${host}`)).toBe(principal)
  })

  test("is in the role's partition and account, whatever its path and name", () => {
    fc.assert(
      fc.property(roleArn, role => {
        expect(federatedPrincipal(role, `https://${HOST}`)).toBe(
          `arn:${role.partition}:iam::${role.accountId}:oidc-provider/${HOST}`,
        )
      }),
    )
  })
})

describe('a policy decides on the keys of the token’s own issuer', () => {
  function decide(host: string, statements: unknown, claims: Json) {
    const issuer = `https://${host}`
    return decisionOn(policyOf(statements), { issuer, principal: federatedPrincipal(ROLE, issuer), claims })
  }
  const about = (host: string, test: string, value: unknown, make = allow) => {
    const [operator = '', key = ''] = test.split(' ')
    const principal = { Principal: { Federated: federatedPrincipal(ROLE, `https://${host}`) } }
    return make({}, { ...principal, Condition: { [operator]: { [`${host}:${key}`]: value } } })
  }
  const GHES = 'ghes.example.com/_services/token'

  test.each<[string, string, string, unknown, Json, string]>([
    ['a key of GitLab.com', 'gitlab.com', 'StringEquals project_id', '20', { project_id: '20' }, 'allowed'],
    ['another project', 'gitlab.com', 'StringEquals project_id', '20', { project_id: '21' }, 'refused'],
    ['a claim of GitLab without a key', 'gitlab.com', 'StringEquals ref', 'main', { ref: 'main' }, 'refused'],
    ['a repository on GHES', GHES, 'StringEquals repository', 'o/r', { repository: 'o/r' }, 'refused'],
    ['a repository id on GHES', GHES, 'StringEquals repository_id', '74', { repository_id: '74' }, 'refused'],
    [
      'a negated repository on GHES',
      GHES,
      'StringNotEquals repository',
      'o/r',
      { repository: 'o/r' },
      'allowed',
    ],
    ['the subject on GHES', GHES, 'StringEquals sub', 'repo:o/r:x', { sub: 'repo:o/r:x' }, 'allowed'],
    [
      'a project of CircleCI',
      'oidc.circleci.com/org/a1',
      'StringEquals oidc.circleci.com/project-id',
      'p',
      { 'oidc.circleci.com/project-id': 'p' },
      'allowed',
    ],
    ['Google’s azp', 'accounts.google.com', 'StringEquals aud', 'p', { aud: 'a', azp: 'p' }, 'allowed'],
    ['Google’s own aud', 'accounts.google.com', 'StringEquals aud', 'a', { aud: 'a', azp: 'p' }, 'refused'],
    [
      'Cognito’s amr',
      'cognito-identity.amazonaws.com',
      'ForAnyValue:StringLike amr',
      'auth*',
      { amr: ['x', 'authenticated'] },
      'allowed',
    ],
    ['an unknown issuer’s amr', 'issuer.example', 'StringEquals amr', 'pwd', { amr: 'pwd' }, 'allowed'],
    ['an unknown issuer’s group', 'issuer.example', 'StringEquals groups', 'x', { groups: 'x' }, 'refused'],
  ])('%s', (_, host, test, value, claims, decision) => {
    expect(decide(host, about(host, test, value), claims)).toBe(decision)
  })

  test('a Deny on a key that GHES has not is passed over, as IAM does', () => {
    const claims = { sub: 's', repository: 'o/r' }
    const statements = [
      about(GHES, 'StringEquals sub', 's'),
      about(GHES, 'StringEquals repository', 'o/r', deny),
    ]
    expect(decide(GHES, statements, claims)).toBe('allowed')
    const negated = [
      about(GHES, 'StringEquals sub', 's'),
      about(GHES, 'StringNotEquals repository', 'o/r', deny),
    ]
    expect(decide(GHES, negated, claims)).toBe('refused')
  })

  test('everyone is meant by a Deny for *, and is unclear under an Allow', () => {
    const everyone = { Principal: { AWS: '*' } }
    const allows = about(HOST, 'StringEquals sub', 's')
    for (const principal of [everyone, { Principal: '*' }, { Principal: { Federated: '*' } }]) {
      expect(decide(HOST, [allows, deny({}, { ...principal, Condition: undefined })], { sub: 's' })).toBe(
        'refused',
      )
      expect(decide(HOST, allow({}, { ...principal, Condition: undefined }), { sub: 's' })).toBe('unknown')
    }
  })
})
