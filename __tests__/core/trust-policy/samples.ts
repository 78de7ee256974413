import {
  evaluateTrustPolicy,
  type Prediction,
  type TokenRequest,
} from '../../../src/core/trust-policy/evaluate.ts'
import { InvalidPolicy, parseTrustPolicy } from '../../../src/core/trust-policy/policy.ts'
import { thrownBy } from '../thrown.ts'

export type Decision = Prediction['decision']
export type Json = Readonly<Record<string, unknown>>

export const HOST = 'token.actions.githubusercontent.com'
export const ACCOUNT = '111122223333'
export const PROVIDER = providerOf(HOST)
export const ACTION = 'sts:AssumeRoleWithWebIdentity'
export const AUDIENCE = 'sts.amazonaws.com'
export const SUBJECT = 'repo:octo-org/octo-repo:ref:refs/heads/main'

/** A token from a push to main, without environment and enterprise. */
export const CLAIMS: Json = {
  aud: AUDIENCE,
  sub: SUBJECT,
  actor: 'Octocat',
  actor_id: '583231',
  job_workflow_ref: 'octo-org/octo-repo/.github/workflows/deploy.yml@refs/heads/main',
  ref: 'refs/heads/main',
  repository: 'octo-org/octo-repo',
  repository_id: '74',
  repository_owner_id: '65',
  workflow: 'Deploy [prod] (v1.2)',
  event_name: 'push',
  runner_environment: 'github-hosted',
  ref_protected: 'true',
  repository_visibility: 'private',
  repo_property_team: 'blue',
}

export function providerOf(host: string, account = ACCOUNT): string {
  return `arn:aws:iam::${account}:oidc-provider/${host}`
}

export function requestWith(claims: Json = {}, host = HOST): TokenRequest {
  return { issuer: `https://${host}`, principal: providerOf(host), claims: { ...CLAIMS, ...claims } }
}

/** `{ 'StringEquals sub': … }` as a policy's Condition: GitHub's provider keys under each operator. */
export function conditionOf(tests: Json, prefix = `${HOST}:`): Json {
  const condition: Record<string, Record<string, unknown>> = {}
  for (const [test, values] of Object.entries(tests)) {
    const [operator = '', key = ''] = test.split(' ')
    condition[operator] = { ...condition[operator], [key.includes(':') ? key : `${prefix}${key}`]: values }
  }
  return condition
}

export function allow(tests: Json = {}, changes: Json = {}): Json {
  return statement('Allow', tests, changes)
}

export function deny(tests: Json = {}, changes: Json = {}): Json {
  return statement('Deny', tests, changes)
}

function statement(effect: 'Allow' | 'Deny', tests: Json, changes: Json): Json {
  return {
    Effect: effect,
    Principal: { Federated: PROVIDER },
    Action: ACTION,
    Condition: conditionOf(tests),
    ...changes,
  }
}

/** An undefined value leaves the element out. */
export function policyOf(statements: unknown, version: unknown = '2012-10-17'): string {
  return JSON.stringify({ Version: version, Statement: statements })
}

export function decisionOn(policy: string, request: TokenRequest = requestWith()): Decision {
  return evaluateTrustPolicy(parseTrustPolicy(policy), request).decision
}

/** The decision, or that the policy is rejected as invalid. */
export function decisionOrInvalid(policy: string, request?: TokenRequest): Decision | 'invalid' {
  let decision: Decision | undefined
  const thrown = thrownBy(() => {
    decision = decisionOn(policy, request)
  })
  if (thrown instanceof InvalidPolicy) return 'invalid'
  if (thrown !== undefined || decision === undefined) throw thrown
  return decision
}
