import { describe, expect, test } from '@jest/globals'
import type { Fault } from '../../../sandbox/fault.ts'
import {
  ANOTHER_ROLE,
  DEPLOY,
  DEPLOY_SESSION,
  errorsOf,
  errorTelling,
  expectFailure,
  inWorld,
  operationsOf,
  runIn,
  runMain,
} from '../scenario.ts'

describe('guarantee 2: an invalid guard is an error before any call', () => {
  const unusable: Record<string, Record<string, string>> = {
    'a blank expected-role': { 'expected-role': '' },
    'a blank expected-role-id': { 'expected-role-id': '' },
    'a blank allowed-account-ids': { 'allowed-account-ids': '' },
    'a blank forbidden-account-ids': { 'forbidden-account-ids': ' ' },
    'a blank role-to-assume': { 'role-to-assume': '' },
    'a blank role-chain': { 'role-chain': '' },
    'a role-chain of blank lines': { 'role-chain': ' \n ' },
    'a blank inline-session-policy': { 'inline-session-policy': '' },
    'a blank managed-session-policies': { 'managed-session-policies': ' ' },
    'a blank aws-profiles': { 'role-to-assume': 'none', 'aws-profiles': '' },
    'an inline-session-policy of None': { 'inline-session-policy': 'None' },
    'a name that sounds like a guard': { 'disallowed-account-ids': '111122223333' },
    'an empty element between commas': { 'allowed-account-ids': '111122223333,,444455556666' },
    'a 13-digit account': { 'allowed-account-ids': '1111222233334' },
    'a misspelled boolean': { 'mask-aws-account-id': 'ture' },
    'letters for seconds': { 'role-duration-seconds': 'abc' },
    'a name within two edits of an input': { 'expected-rol': DEPLOY },
    'underscores for hyphens': { allowed_account_ids: '111122223333' },
    'nothing at all to verify': { 'expected-role': 'any' },
    'forbidden accounts alone': { 'expected-role': 'any', 'forbidden-account-ids': '444455556666' },
    'a role of another partition': { 'role-to-assume': 'arn:aws-cn:iam::111122223333:role/deploy' },
    'an expected role of another partition': {
      'expected-role': 'arn:aws-us-gov:iam::111122223333:role/deploy',
    },
    'a pattern for a role': { 'expected-role': 'arn:aws:iam::111122223333:role/*' },
    'a role’s name with a comma': { 'expected-role': 'arn:aws:iam::111122223333:role/prod,eu' },
    'underscores and a plural': { expected_role_ids: 'AROA3XFRBF535PLBIFPI4' },
    'no region': { 'aws-region': '' },
    'half a region': { 'aws-region': 'eu-west-1-' },
    'a region that the SDK takes for another': { 'aws-region': 'us-east-1-fips' },
    'a region that is none': { 'aws-region': 'aws-global' },
    'an endpoint of another scheme': { 'sts-endpoint': 'ftp://127.0.0.1' },
    'an endpoint with a password': { 'sts-endpoint': 'https://user:hunter22@127.0.0.1' },
  }

  test.each(Object.entries(unusable))('%s', (_, given) =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: given })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(result.log).not.toContain('hunter22')
      expect(world.idTokenIssuer.requests).toEqual([])
      expect(world.sts.requests).toEqual([])
    }),
  )

  test('every problem of every input is reported in one error', async () => {
    const result = await runIn(
      {},
      {
        with: {
          'aws-region': 'EU West',
          'role-to-assume': 'deploy',
          'job-summary': 'yes',
          'on-mismatch': 'warn',
          'expected-rol': 'x',
        },
      },
    )
    expectFailure(result, 'ERR_INPUT_INVALID')
    const [message, ...others] = errorsOf(result)
    expect(others).toEqual([])
    for (const name of ['aws-region', 'role-to-assume', 'job-summary', 'on-mismatch', 'expected-rol']) {
      expect(message).toContain(name)
    }
  })

  test.each(['111122223333,,444455556666', '111122223333,', ','])(
    'the list %p is reported to have an empty element',
    async list => {
      const result = await runIn({}, { with: { 'allowed-account-ids': list } })
      expect(errorsOf(result)[0]).toContain('empty element between commas')
    },
  )

  test('exporting keys to the environment while AWS_PROFILE names a profile is an error, outputs alone are not', async () => {
    const environment = { AWS_PROFILE: 'production' }
    const error = await runIn({}, { environment })
    expectFailure(error, 'ERR_INPUT_INVALID')
    expect(errorsOf(error)[0]).toContain('AWS_PROFILE')
    const pass = await runIn({}, { environment, with: { 'output-env-credentials': 'false' } })
    expect(pass.conclusion).toBe('success')
    expect(pass.exported).toEqual({})
    expect(pass.outputs.verified).toBe('true')
  })
})

describe('two ARNs run together', () => {
  const ADMIN = 'arn:aws:iam::444455556666:role/admin'
  const ADMIN_SESSION = {
    Arn: 'arn:aws:sts::111122223333:assumed-role/admin/GitHubActions',
    UserId: 'AROAADMINADMINADMIN00:GitHubActions',
  }
  const SEPARATORS = ['', ';', '|', '&', '+', '%0A', '\\n']
  const INPUTS: Readonly<Record<string, (both: string) => Record<string, string>>> = {
    'expected-role': both => ({ 'expected-role': both }),
    'role-to-assume': both => ({ 'role-to-assume': both }),
    'role-chain': both => ({ 'role-chain': both }),
    'aws-profiles': both => ({ 'role-to-assume': 'none', 'aws-profiles': `production=${both}` }),
    'managed-session-policies': both => ({
      'managed-session-policies': both.replaceAll(':role/', ':policy/'),
    }),
  }
  const cases = Object.keys(INPUTS).flatMap(input => SEPARATORS.map(separator => [input, separator] as const))

  test.each(cases)('in %s are an input error with %j between them', (input, separator) =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: INPUTS[input]?.(`${DEPLOY}${separator}${ADMIN}`) ?? {} })
      expectFailure(result, 'ERR_INPUT_INVALID')
      expect(errorsOf(result)[0]).toMatch(
        new RegExp(`- ${input}: .*two ARNs run together: write one per line`),
      )
      expect([world.idTokenIssuer.requests, world.sts.requests]).toEqual([[], []])
    }),
  )

  test('never let a role through that only the second one names', async () => {
    const faults: Fault[] = [{ on: 'GetCallerIdentity', effect: { kind: 'alter', fields: ADMIN_SESSION } }]
    const result = await runIn({ faults }, { with: { 'expected-role': `${DEPLOY};${ADMIN}` } })
    expectFailure(result, 'ERR_INPUT_INVALID')
  })

  test('are distinguished from a path with a character that IAM allows and this action does not', async () => {
    const result = await runIn(
      {},
      { with: { 'role-to-assume': 'arn:aws:iam::111122223333:role/a(b/deploy' } },
    )
    expectFailure(result, 'ERR_INPUT_INVALID')
    expect(errorsOf(result)[0]).toContain('IAM allows more')
  })
})

describe('the guards', () => {
  const satisfied: Record<string, Record<string, string>> = {
    'the role’s own ARN': { 'expected-role': DEPLOY },
    'one of several roles': { 'expected-role': `arn:aws:iam::111122223333:role/other\n${DEPLOY}` },
    'a bare name in the account of the role': { 'expected-role': 'deploy' },
    'its session': { 'expected-role': DEPLOY_SESSION },
    'any session of it': { 'expected-role': 'arn:aws:sts::111122223333:assumed-role/deploy' },
    'its path, which a session’s ARN does not have': {
      'expected-role': 'arn:aws:iam::111122223333:role/ci/deploy',
    },
    'its id': { 'expected-role-id': 'AROA3XFRBF535PLBIFPI4' },
    'the id alone': { 'expected-role': 'any', 'expected-role-id': 'AROA3XFRBF535PLBIFPI4' },
    'the account': { 'allowed-account-ids': '444455556666, 111122223333' },
    'the account alone': { 'expected-role': 'any', 'allowed-account-ids': '111122223333' },
    'an account that is not forbidden': { 'forbidden-account-ids': '444455556666' },
  }

  test.each(Object.entries(satisfied))('%s opens the gate', async (_, given) => {
    const result = await runIn({}, { with: given })
    expect(errorsOf(result)).toEqual([])
    expect(result.outputs.verified).toBe('true')
  })

  const violated: Record<string, Record<string, string>> = {
    'another role': { 'expected-role': 'arn:aws:iam::111122223333:role/deployer' },
    'the role in another account': { 'expected-role': 'arn:aws:iam::444455556666:role/deploy' },
    'another case': { 'expected-role': 'arn:aws:iam::111122223333:role/Deploy' },
    'another session': { 'expected-role': 'arn:aws:sts::111122223333:assumed-role/deploy/Other' },
    'a user': { 'expected-role': 'arn:aws:iam::111122223333:user/deploy' },
    'another id': { 'expected-role-id': 'AROA3XFRBF535PLBIFPI5' },
    'another account': { 'allowed-account-ids': '444455556666' },
    'a forbidden account': { 'forbidden-account-ids': '111122223333' },
  }

  test.each(Object.entries(violated))('%s keeps it shut', async (_, given) => {
    const result = await runIn({}, { with: { 'output-credentials': 'true', ...given } })
    expectFailure(result, 'ERR_IDENTITY_MISMATCH')
    expect(result.outputs['actual-arn']).toBe(DEPLOY_SESSION)
  })

  test('a role is reported as written, with its path', async () => {
    const written = 'arn:aws:iam::111122223333:role/team/ci/administrator'
    const result = await runIn({}, { with: { 'expected-role': written } })
    expectFailure(result, 'ERR_IDENTITY_MISMATCH')
    expect(errorsOf(result)[0]).toContain(
      `- identity: expected ${written} (arn:aws:sts::111122223333:assumed-role/administrator), got ${DEPLOY_SESSION}`,
    )
    expect(result.summary).toContain(
      `| Identity | <code>${written}</code> | <code>${DEPLOY_SESSION}</code> | ✘ |`,
    )
  })

  test('every difference is named, not just the first', async () => {
    const answer: Fault = { on: 'GetCallerIdentity', effect: { kind: 'alter', fields: ANOTHER_ROLE } }
    const result = await runIn(
      { faults: [answer] },
      { with: { 'expected-role-id': 'AROA3XFRBF535PLBIFPI4', 'forbidden-account-ids': '111122223333' } },
    )
    const [message] = errorsOf(result)
    for (const part of ['- identity:', '- role id:', '- account:', '- AssumedRoleUser vs. caller ARN:'])
      expect(message).toContain(part)
  })
})

describe('cross-checks: what STS says about the token and the session must agree', () => {
  const lies: Record<string, Fault> = {
    'another AssumedRoleUser': lie('AssumeRoleWithWebIdentity', { Arn: ANOTHER_ROLE.Arn }),
    'another subject': lie('AssumeRoleWithWebIdentity', {
      SubjectFromWebIdentityToken: 'repo:evil/repo:ref:refs/heads/main',
    }),
    'another audience': lie('AssumeRoleWithWebIdentity', { Audience: 'https://github.com/evil' }),
    'another provider': lie('AssumeRoleWithWebIdentity', {
      Provider: 'arn:aws:iam::111122223333:oidc-provider/token.actions.evil.example',
    }),
    'an account next to another account’s ARN': lie('GetCallerIdentity', { Account: '444455556666' }),
  }

  test.each(Object.entries(lies))('%s keeps the gate shut, though every guard holds', async (_, fault) => {
    const result = await runIn({ faults: [fault] }, { with: { 'expected-role': DEPLOY } })
    expectFailure(result, 'ERR_IDENTITY_MISMATCH')
    const [, , table = ''] = result.summary.split('\n\n')
    const marks = table.split('\n').map(line => /^\| ([^|]*?) \|.*\| (\S?) ?\|$/.exec(line)?.slice(1))
    expect(marks).toContainEqual(['Identity', '✔'])
    expect(marks.slice(6).map(row => row?.[1])).toEqual(['✘'])
  })

  test('a field that STS does not return is not compared', async () => {
    const fields = {
      SubjectFromWebIdentityToken: null,
      Audience: null,
      Provider: null,
      AssumedRoleUser: null,
    }
    const result = await runIn({ faults: [lie('AssumeRoleWithWebIdentity', fields)] })
    expect(result.outputs.verified).toBe('true')
  })

  test('a provider may be returned as an issuer', async () => {
    const fields = { Provider: 'https://token.actions.githubusercontent.com' }
    const result = await runIn({ faults: [lie('AssumeRoleWithWebIdentity', fields)] })
    expect(result.outputs.verified).toBe('true')
  })

  function lie(on: Fault['on'], fields: Record<string, string | null>): Fault {
    return { on, effect: { kind: 'alter', fields } }
  }

  test('no call is made twice', () =>
    inWorld({ faults: [lie('GetCallerIdentity', ANOTHER_ROLE)] }, async world => {
      await runMain(world)
      expect(operationsOf(world)).toEqual(['AssumeRoleWithWebIdentity', 'GetCallerIdentity'])
    }))
})

describe('required-claims', () => {
  const claims = { event_name: 'push', runner_environment: 'github-hosted', ref_protected: true }

  test('that hold let the token go to AWS', async () => {
    const lines =
      'event_name=workflow_dispatch\nevent_name=push\n\nworkflow_ref~octo-org/*/.github/*@refs/heads/main\nref_protected=true'
    const result = await runIn({ claims }, { with: { 'required-claims': lines } })
    expect(errorsOf(result)).toEqual([])
    expect(result.outputs.verified).toBe('true')
  })

  const wrong: Record<string, string> = {
    'another value': 'event_name=pull_request',
    'another case': 'event_name=Push',
    'a pattern that stops short': 'event_name~pus',
    'a star that is not a pattern': 'event_name=pus*',
    'a claim that the token lacks': 'repo_property_tier=production',
    'a name that every object has': 'constructor~*',
    'one of two claims': 'event_name=push\nrunner_environment=self-hosted',
  }

  test.each(Object.entries(wrong))('keep the token from AWS: %s', (_, lines) =>
    inWorld({ claims }, async world => {
      const result = await runMain(world, { with: { 'required-claims': lines } })
      expectFailure(result, 'ERR_CLAIM_MISMATCH')
      expect(world.sts.requests).toEqual([])
      expect(result.outputs['token-subject']).toContain('repo:octo-org')
      expect(result.summary).toContain('Not verified')
    }),
  )

  test.each(['', ' ', 'event_name', 'event_name=', '=push', 'event_name=push\n~y'])(
    'that are invalid are an error: %j',
    async lines => {
      expectFailure(await runIn({}, { with: { 'required-claims': lines } }), 'ERR_INPUT_INVALID')
    },
  )

  test('are checked on every new token too', () => {
    const changing: Record<string, unknown> = { ...claims }
    const effect = errorTelling(400, 'ExpiredTokenException', () => {
      changing.event_name = 'pull_request'
      return 'Token expired'
    })
    const faults: Fault[] = [{ on: 'AssumeRoleWithWebIdentity', times: 1, effect }]
    return inWorld({ claims: changing, faults }, async world => {
      const result = await runMain(world, { with: { 'required-claims': 'event_name=push' } })
      expectFailure(result, 'ERR_CLAIM_MISMATCH')
      expect(operationsOf(world)).toEqual(['AssumeRoleWithWebIdentity'])
    })
  })

  test('a mismatch can be reported', async () => {
    const given = { 'required-claims': 'event_name=release', 'on-mismatch': 'report' }
    const result = await runIn({ claims }, { with: given, environment: { AWS_ACCESS_KEY_ID: 'ASIAEARLIER' } })
    expect(result.conclusion).toBe('success')
    expect(result.outputs.verified).toBeUndefined()
    expect(result.outputs['failure-code']).toBe('ERR_CLAIM_MISMATCH')
    expect(result.exported).toEqual({ AWS_ACCESS_KEY_ID: '' })
  })
})

describe('an STS response that names deploy to a lenient XML parser, and admin to others', () => {
  const DEPLOY_ARN = `<Arn>${DEPLOY_SESSION}</Arn>`
  const ADMIN_ARN = `<Arn>${ANOTHER_ROLE.Arn}</Arn>`
  const REST = '<UserId>AROA3XFRBF535PLBIFPI4:GitHubActions</UserId><Account>111122223333</Account>'
  const head = 'arn:aws:sts::111122223333:assumed-role/'
  const results: Readonly<Record<string, string>> = {
    'comments and instructions': `<GetCallerIdentityResult><!--><x y=~-->${ADMIN_ARN}<!-- ~/>${DEPLOY_ARN}<? --><?x ?>${REST}</GetCallerIdentityResult>`,
    'a comment in the ARN': `<GetCallerIdentityResult><Arn>${head}<!-->deploy/GitHubActions</Arn><x y=~-->admin/GitHubActions</Arn><!-- ~/><? --><?x ?>${REST}</GetCallerIdentityResult>`,
    'an attribute next to the element': `<GetCallerIdentityResult Arn="${DEPLOY_SESSION}">${ADMIN_ARN}${REST}</GetCallerIdentityResult>`,
    'an instruction that is not closed': `<GetCallerIdentityResult><?>${DEPLOY_ARN}<?x ?>${REST}</GetCallerIdentityResult>`,
    'an unknown entity': `<GetCallerIdentityResult><Arn>${head}deploy&any;/GitHubActions</Arn>${REST}</GetCallerIdentityResult>`,
    'a reference that wraps around': `<GetCallerIdentityResult><Arn>${head}&#x10064;eploy/GitHubActions</Arn>${REST}</GetCallerIdentityResult>`,
  }

  test.each(Object.entries(results))('verifies nothing: %s', async (_, result) => {
    const xmlns = 'https://sts.amazonaws.com/doc/2011-06-15/'
    const body = `<GetCallerIdentityResponse xmlns="${xmlns}">${result}<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></GetCallerIdentityResponse>`
    const effect = { kind: 'raw', status: 200, contentType: 'text/xml', body } as const
    const step = await runIn(
      { faults: [{ on: 'GetCallerIdentity', effect }] },
      { with: { 'disable-retry': 'true' } },
    )
    expectFailure(step, 'ERR_STS_BAD_RESPONSE')
  })
})
