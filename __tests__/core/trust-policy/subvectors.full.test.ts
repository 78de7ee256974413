import { spawnSync } from 'node:child_process'
import { describe, expect, test } from '@jest/globals'
import { installed } from '../../../sandbox/real/part.ts'
import { evaluateTrustPolicy } from '../../../src/core/trust-policy/evaluate.ts'
import { federatedPrincipal } from '../../../src/core/trust-policy/issuers.ts'
import { lintPolicy } from '../../../src/core/trust-policy/lint.ts'
import { parseTrustPolicy } from '../../../src/core/trust-policy/policy.ts'

type Condition =
  | { readonly consumer: 'aws-all'; readonly of: readonly Condition[] }
  | {
      readonly consumer: string
      readonly claim: string
      readonly pattern: unknown
      readonly qualifier?: string
    }
type Vector = {
  readonly id: string
  readonly issuer: string
  readonly subject: string
  readonly claims?: Readonly<Record<string, string>>
  readonly condition: Condition
  readonly expect: 'match' | 'no-match'
  readonly judgment?: { readonly grade: 'safe' | 'caution' | 'dangerous' }
}

/** Where the vectors' tokens come from. */
const HOSTS: Readonly<Record<string, string>> = {
  github: 'token.actions.githubusercontent.com',
  gitlab: 'gitlab.com',
  circleci: 'oidc.circleci.com/org/2a3b4c5d-1111-2222-3333-444455556666',
  bitbucket: 'api.bitbucket.org/2.0/workspaces/octo/pipelines-config/identity/oidc',
  'terraform-cloud': 'app.terraform.io',
}
const ACCOUNT = { partition: 'aws', accountId: '111122223333' }

/** Of the installed package; undefined where it is missing. */
function vectors(): readonly Vector[] {
  const script = `
import json, pathlib, subvectors
folder = pathlib.Path(subvectors.__file__).parent / "vectors"
print(json.dumps([v for f in sorted(folder.glob("*-aws.json")) for v in json.loads(f.read_text())["vectors"]]))`
  const { stdout, status } = spawnSync(installed('python/subvectors/bin/python'), ['-c', script], {
    encoding: 'utf8',
  })
  return status === 0 ? JSON.parse(stdout) : []
}

const OPERATORS: Readonly<Record<string, string>> = {
  'aws-stringequals': 'StringEquals',
  'aws-stringlike': 'StringLike',
}

function operatorsOf(condition: Condition, host: string): Record<string, Record<string, unknown>> {
  const parts = 'of' in condition ? condition.of : [condition]
  const operators: Record<string, Record<string, unknown>> = {}
  for (const part of parts) {
    if ('of' in part) throw new Error('nested')
    const operator = OPERATORS[part.consumer]
    if (operator === undefined) throw new Error(`unknown consumer ${part.consumer}`)
    const name = part.qualifier === undefined ? operator : `${part.qualifier}:${operator}`
    operators[name] = { ...operators[name], [`${host}:${part.claim}`]: part.pattern }
  }
  return operators
}

function policyFor({ condition, issuer }: Vector): string {
  const host = HOSTS[issuer] ?? ''
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Federated: federatedPrincipal(ACCOUNT, `https://${host}`) },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: operatorsOf(condition, host),
    },
  })
}

const all = vectors()
// Shown as skipped where the package is missing: real/install.sh subvectors
const describeVectors = all.length > 0 ? describe : describe.skip
const cases = (all.length > 0 ? all : [{ id: 'none' } as Vector]).map(vector => [vector.id, vector] as const)

describeVectors('the conformance vectors of subvectors', () => {
  test('are all of those for AWS', () => {
    expect(all.length).toBeGreaterThanOrEqual(93)
  })

  test.each(cases)('%s is decided as it says', (_, vector) => {
    const issuer = `https://${HOSTS[vector.issuer]}`
    const claims = { aud: 'sts.amazonaws.com', ...vector.claims, sub: vector.subject }
    const principal = federatedPrincipal(ACCOUNT, issuer)
    const { decision } = evaluateTrustPolicy(parseTrustPolicy(policyFor(vector)), {
      issuer,
      principal,
      claims,
    })
    expect(decision).toBe(vector.expect === 'match' ? 'allowed' : 'refused')
  })

  const flagged = cases.filter(([, { judgment }]) => judgment && judgment.grade !== 'safe')

  test.each(flagged)('%s, of a grade of caution or danger, is flagged', (_, vector) => {
    const about = lintPolicy(policyFor(vector)).filter(({ rule }) => rule !== 'no-audience')
    expect(about.map(({ rule }) => rule)).not.toEqual([])
  })
})
