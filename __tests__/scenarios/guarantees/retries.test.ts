import { describe, expect, test } from '@jest/globals'
import { startDeafServer } from '../../../sandbox/deaf-server.ts'
import type { Fault, FaultEffect } from '../../../sandbox/fault.ts'
import { defaultJob } from '../../../sandbox/job.ts'
import { defaultWorld } from '../../../sandbox/world.ts'
import {
  DEPLOYER,
  errorsOf,
  expectFailure,
  inWorld,
  operationsOf,
  PRODUCTION,
  robotKeys,
  runIn,
  runMain,
} from '../scenario.ts'

const ASSUME = 'AssumeRoleWithWebIdentity'
const IDENTIFY = 'GetCallerIdentity'

describe('guarantee 6: permanent errors are never retried', () => {
  test('a role that does not trust this subject is called once, and the error says what was sent', () =>
    inWorld({ job: { ...defaultJob, ref: 'refs/heads/feature' } }, async world => {
      const result = await runMain(world)
      expectFailure(result, 'ERR_STS_REJECTED')
      expect(operationsOf(world)).toEqual([ASSUME])
      const [message] = errorsOf(result)
      expect(message).toContain('Not authorized to perform sts:AssumeRoleWithWebIdentity')
      expect(message).toContain('- sub: repo:octo-org@65/payments@74:ref:refs/heads/feature')
      expect(message).toContain('- aud: sts.amazonaws.com')
      expect(message).toContain('- iss: https://token.actions.githubusercontent.com')
      expect(result.outputs['token-subject']).toBe('repo:octo-org@65/payments@74:ref:refs/heads/feature')
      expect(result.durationMs).toBeLessThan(3000)
    }))

  const refusals: readonly (readonly [
    name: string,
    scenario: Parameters<typeof runMain>[1],
    hint: RegExp,
  ])[] = [
    [
      'a role that does not exist',
      { with: { 'role-to-assume': 'arn:aws:iam::111122223333:role/gone' } },
      /doesn't exist/,
    ],
    [
      'an account without the provider',
      { with: { 'role-to-assume': 'arn:aws:iam::999900001111:role/deploy' } },
      /no OIDC provider/,
    ],
    ['an audience that the provider lacks', { with: { audience: 'elsewhere' } }, /client ID/],
    [
      'a session longer than the role allows',
      { with: { 'role-duration-seconds': '43200' } },
      /MaxSessionDuration/,
    ],
  ]

  test.each(refusals)('%s is one call with its own hint', (_, scenario, hint) =>
    inWorld({}, async world => {
      const result = await runMain(world, scenario)
      expectFailure(result, 'ERR_STS_REJECTED')
      expect(errorsOf(result)[0]).toMatch(hint)
      expect(operationsOf(world)).toEqual([ASSUME])
    }),
  )

  const finalAnswers: Record<string, FaultEffect> = {
    AccessDenied: { kind: 'error', status: 403, code: 'AccessDenied', message: 'no' },
    MalformedPolicyDocument: { kind: 'error', status: 400, code: 'MalformedPolicyDocument', message: 'no' },
    IDPRejectedClaim: { kind: 'error', status: 403, code: 'IDPRejectedClaim', message: 'no' },
    RegionDisabledException: { kind: 'error', status: 403, code: 'RegionDisabledException', message: 'no' },
    'a 403 page': { kind: 'raw', status: 403, body: '<html>blocked</html>', contentType: 'text/html' },
    'a refusal with elements for its message': nested('<Code>AccessDenied</Code>'),
    'a refusal with elements for its code': nested('<Code><a>AccessDenied</a></Code>'),
  }

  function nested(code: string): FaultEffect {
    const body = `<ErrorResponse><Error>${code}<Message><a>no</a></Message></Error></ErrorResponse>`
    return { kind: 'raw', status: 403, body, contentType: 'text/xml' }
  }

  test.each(Object.entries(finalAnswers))('%s is not retried', (_, effect) =>
    inWorld({ faults: [{ on: ASSUME, effect }] }, async world => {
      const result = await runMain(world)
      expectFailure(result, 'ERR_STS_REJECTED')
      expect(result.log).not.toContain('[object')
      expect(operationsOf(world)).toEqual([ASSUME])
    }),
  )

  const frontEnd: Record<string, { body: string; contentType: string }> = {
    XML: {
      body: '<AccessDeniedException>\n  <Message>Not today &amp; not here</Message>\n</AccessDeniedException>',
      contentType: 'application/xml',
    },
    JSON: {
      body: '{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"Not today & not here"}',
      contentType: 'application/x-amz-json-1.1',
    },
  }

  test.each(
    ([ASSUME, IDENTIFY] as const).flatMap(on =>
      Object.entries(frontEnd).map(([form, body]) => [on, form, body] as const),
    ),
  )('when AWS’s front end rejects %s, the error says so, in %s', (on, _, body) =>
    inWorld({ faults: [{ on, effect: { kind: 'raw', status: 403, ...body } }] }, async world => {
      const result = await runMain(world)
      expectFailure(result, 'ERR_STS_REJECTED')
      expect(errorsOf(result)[0]).toContain(
        `AWS refused ${on}: AccessDeniedException (HTTP 403): Not today & not here`,
      )
      expect(operationsOf(world).filter(operation => operation === on)).toHaveLength(1)
    }),
  )

  test.each([
    ['behind', 20],
    ['ahead of', -20],
  ])(
    'a clock that stays %s AWS’s is reported, with the offset, and no secret is blamed',
    (where, minutes) => {
      const effect = {
        kind: 'error',
        status: 403,
        code: 'SignatureDoesNotMatch',
        message: 'Signature expired: 20260131T120000Z is now earlier than 20260131T120500Z',
      } as const
      const world = { faults: [{ on: IDENTIFY, effect }], clockAheadMs: minutes * 60_000 } as const
      return inWorld({ ...world, lifetimeSeconds: 7200, claims: { nbf: 0 } }, async running => {
        const result = await runMain(running)
        expectFailure(result, 'ERR_STS_REJECTED')
        expect(errorsOf(result)[0]).toContain(`The runner's clock is 20 minutes ${where} AWS's`)
        expect(errorsOf(result)[0]).not.toMatch(/secret access key/)
        expect(operationsOf(running)).toEqual([ASSUME, IDENTIFY, IDENTIFY])
      })
    },
  )

  test('the policy that AWS blames is reported with its ARN and who can change it', () => {
    const arn = 'arn:aws:organizations::777788889999:policy/o-abc123/service_control_policy/p-xyz789'
    const message = `Not authorized, with an explicit deny in a service control policy: ${arn}`
    const effect = { kind: 'error', status: 403, code: 'AccessDenied', message } as const
    return inWorld({ faults: [{ on: ASSUME, effect }] }, async world => {
      const result = await runMain(world)
      expectFailure(result, 'ERR_STS_REJECTED')
      const [, hint = ''] = (errorsOf(result)[0] ?? '').split('other claims that IAM can test')
      expect(hint).toContain(arn)
      expect(hint).toContain('administrator of the AWS organization')
      expect(hint).not.toContain('AWS returns the same error')
    })
  })

  test('a wrong secret is reported as one, and no clock is blamed', () =>
    inWorld({}, async world => {
      const keys = { ...robotKeys(world), 'aws-secret-access-key': 'x'.repeat(40) }
      const result = await runMain(world, { noToken: true, with: { ...keys, 'role-to-assume': DEPLOYER } })
      expectFailure(result, 'ERR_STS_REJECTED')
      expect(errorsOf(result)[0]).toMatch(/SignatureDoesNotMatch[\s\S]*secret access key/)
      expect(errorsOf(result)[0]).not.toMatch(/clock/)
    }))

  test('a wrong Date in a transient error changes no signature', () => {
    const effect = {
      kind: 'error',
      status: 503,
      code: 'RequestTimeTooSkewed',
      message: 'later',
      headers: { date: new Date(Date.now() + 86_400_000).toUTCString() },
    } as const
    return inWorld({ faults: [{ on: IDENTIFY, times: 1, effect }] }, async world => {
      const result = await runMain(world, { with: { 'role-chain': PRODUCTION } })
      expect(errorsOf(result)).toEqual([])
      expect(operationsOf(world)).toEqual([ASSUME, IDENTIFY, IDENTIFY, 'AssumeRole', IDENTIFY])
    })
  })

  test.each([401, 403])('a %i from GitHub’s token service is not retried', status =>
    inWorld(
      { faults: [{ on: 'id-token', effect: { kind: 'error', status, code: '', message: 'no' } }] },
      async world => {
        const result = await runMain(world)
        expectFailure(result, 'ERR_OIDC_REQUEST_FAILED')
        expect(errorsOf(result)[0]).toContain(`HTTP ${status}`)
        expect(world.idTokenIssuer.requests).toHaveLength(1)
        expect(world.sts.requests).toEqual([])
      },
    ),
  )

  const USER =
    '<AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/deploy/GitHubActions</Arn></AssumedRoleUser>'

  /** The relevant part of the right response, with one element duplicated. */
  function twice(part: string): FaultEffect {
    const credentials =
      '<Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>y</SessionToken><Expiration>2099-01-31T12:00:00Z</Expiration></Credentials>'
    const result = `<${ASSUME}Result>${credentials}${USER.replace(part, part + part)}</${ASSUME}Result>`
    return {
      kind: 'raw',
      status: 200,
      body: `<${ASSUME}Response>${result}</${ASSUME}Response>`,
      contentType: 'text/xml',
    }
  }

  test.each<[string, FaultEffect, string]>([
    ['a page', { kind: 'raw', status: 404, body: '<p>hunter2</p>' }, 'HTTP 404: an HTML page'],
    [
      'a page of a load balancer',
      { kind: 'raw', status: 502, body: '<p>hunter2</p>' },
      'HTTP 502: an HTML page',
    ],
    [
      'a page in place of a token',
      { kind: 'raw', status: 200, body: '<p>hunter2</p>' },
      'HTTP 200: an HTML page',
    ],
    ['nothing', { kind: 'raw', status: 503, body: '' }, 'HTTP 503: an empty answer'],
    [
      'an error with an object in place of its words',
      { kind: 'raw', status: 400, body: '{"message":{"toString":1}}' },
      'HTTP 400: JSON',
    ],
    [
      'an error with words for the runner',
      { kind: 'error', status: 500, code: '', message: 'no\n::error::hunter2' },
      'HTTP 500: a JSON error, "no\\u{a}::error::hunter2"',
    ],
    [
      'a redirect',
      { kind: 'raw', status: 302, body: '', headers: { location: 'https://login.example/?hunter2' } },
      'HTTP 302: a redirect to login.example, which is not followed',
    ],
  ])('%s from GitHub’s token service is reported by status and kind', (_, effect, told) =>
    inWorld({ faults: [{ on: 'id-token', effect }] }, async world => {
      const result = await runMain(world, { with: { 'disable-retry': 'true' } })
      expectFailure(result, 'ERR_OIDC_REQUEST_FAILED')
      expect(errorsOf(result)).toHaveLength(1)
      expect(errorsOf(result)[0]).toContain(told)
      if (effect.kind === 'raw') expect(result.log).not.toContain('hunter2')
      expect(world.idTokenIssuer.requests).toHaveLength(1)
    }),
  )

  test.each([
    'https://token.example',
    'http://token.example',
    'https://token.example:443',
    'http://127.0.0.1:9',
  ])('a token service at %s, where the audience would become part of the host, is not called', url =>
    inWorld({}, async world => {
      const result = await runMain(world, { idToken: { url, token: 'a-request-token' } })
      expectFailure(result, 'ERR_OIDC_REQUEST_FAILED')
      expect(errorsOf(result)[0]).toMatch(/ACTIONS_ID_TOKEN_REQUEST_URL .*host/)
      expect(result.durationMs).toBeLessThan(3000)
    }),
  )

  test.each(['ftp://token.example/x', 'nowhere'])('a token service at %s is not called', url =>
    inWorld({}, async world => {
      const result = await runMain(world, { idToken: { url, token: 'a-request-token' } })
      expectFailure(result, 'ERR_OIDC_REQUEST_FAILED')
      expect(errorsOf(result)[0]).toMatch(/ACTIONS_ID_TOKEN_REQUEST_URL .*https/)
      expect(result.durationMs).toBeLessThan(3000)
    }),
  )

  const noAnswers: Record<string, FaultEffect> = {
    'an HTML page': {
      kind: 'raw',
      status: 200,
      body: '<html><body>Welcome</body></html>',
      contentType: 'text/html',
    },
    'half an XML document': { kind: 'raw', status: 200, body: '<AssumeRoleWithWebIdentityResponse><Ass' },
    'an empty body': { kind: 'raw', status: 200, body: '' },
    'a body of two megabytes': { kind: 'raw', status: 200, body: '<x/>'.repeat(500_000) },
    'a redirect': { kind: 'raw', status: 302, body: '', headers: { location: 'https://evil.example' } },
    'an answer without credentials': { kind: 'alter', fields: { Credentials: null } },
    'an answer with a blank secret': { kind: 'alter', fields: { SecretAccessKey: '' } },
    'an answer with two users': twice(USER),
    'an answer with two ARNs': twice(
      '<Arn>arn:aws:sts::111122223333:assumed-role/deploy/GitHubActions</Arn>',
    ),
    'an answer with a user that is a text': {
      kind: 'alter',
      fields: { AssumedRoleUser: 'arn:aws:sts::111122223333:assumed-role/deploy/GitHubActions' },
    },
    'an answer with a blank subject': { kind: 'alter', fields: { SubjectFromWebIdentityToken: '' } },
    'an answer with a garbled expiry': { kind: 'alter', fields: { Expiration: 'tomorrow' } },
  }

  test.each(Object.entries(noAnswers))('%s with status 200 is not an STS response', async (_, effect) => {
    expectFailure(await runIn({ faults: [{ on: ASSUME, effect }] }), 'ERR_STS_BAD_RESPONSE')
  })
})

describe('guarantee 6: transient errors are retried', () => {
  /** Longer than a one-second token is valid. */
  const LATER_BY_A_SECOND = {
    kind: 'error',
    status: 503,
    code: 'ServiceUnavailable',
    message: 'later',
    headers: { 'retry-after': '1' },
  } as const

  test.each([20, -20])('a clock that is wrong by %i minutes is corrected once', minutes =>
    inWorld({ clockAheadMs: minutes * 60_000, lifetimeSeconds: 7200, claims: { nbf: 0 } }, async world => {
      const result = await runMain(world)
      expect(errorsOf(result)).toEqual([])
      expect(result.outputs.verified).toBe('true')
    }),
  )

  const keys = 'Couldn’t retrieve verification key from your identity provider'
  const transient: readonly (readonly [name: string, fault: Fault])[] = [
    ['throttling', error(ASSUME, 400, 'Throttling')],
    ['a ThrottlingException', error(ASSUME, 400, 'ThrottlingException')],
    ['too many requests', error(ASSUME, 429, 'TooManyRequestsException')],
    ['a 500', error(ASSUME, 500, 'InternalFailure')],
    ['a 503', error(ASSUME, 503, 'ServiceUnavailable')],
    ['a 502 page of a load balancer', page(ASSUME, 502)],
    ['an IDPCommunicationError', error(ASSUME, 400, 'IDPCommunicationError')],
    ['keys that AWS could not fetch', error(ASSUME, 400, 'InvalidIdentityToken', keys)],
    ['a connection that breaks', { on: ASSUME, times: 1, effect: { kind: 'reset' } }],
    ['throttling of the check', error(IDENTIFY, 400, 'Throttling')],
    ['a connection that breaks in the check', { on: IDENTIFY, times: 1, effect: { kind: 'reset' } }],
    ['credentials that have not spread yet', error(IDENTIFY, 403, 'InvalidClientTokenId')],
    ['a 500 of GitHub’s token service', error('id-token', 500, '')],
    ['a 429 of GitHub’s token service', error('id-token', 429, '')],
    [
      'a broken connection to GitHub’s token service',
      { on: 'id-token', times: 1, effect: { kind: 'reset' } },
    ],
    [
      'an answer of GitHub without a token',
      { on: 'id-token', times: 1, effect: { kind: 'alter', fields: { value: null } } },
    ],
    [
      'a GitHub response that is not a token',
      { on: 'id-token', times: 1, effect: { kind: 'alter', fields: { value: 'x.y.z' } } },
    ],
  ]

  test.each(transient)('%s is retried, and the log says so', async (_, fault) => {
    const result = await runIn({ faults: [fault] })
    expect(errorsOf(result)).toEqual([])
    expect(result.outputs.verified).toBe('true')
    expect(result.log).toMatch(/Retrying in \d+\.\d s \(attempt 2 of (12|3)\)/)
  })

  test('a GitHub response without a token is tried three times at most', () =>
    inWorld({ faults: [{ ...page('id-token', 200), times: 99 }] }, async world => {
      const result = await runMain(world)
      expectFailure(result, 'ERR_OIDC_REQUEST_FAILED')
      expect(errorsOf(result)[0]).toMatch(/3 attempts.*HTTP 200.*HTML/)
      expect(world.idTokenIssuer.requests).toHaveLength(3)
    }))

  test('GitHub’s token service gets the wait time it requests', () =>
    inWorld({ faults: [{ on: 'id-token', times: 1, effect: LATER_BY_A_SECOND }] }, async world => {
      const result = await runMain(world)
      expect(result.outputs.verified).toBe('true')
      expect(result.log).toMatch(/a JSON error, "later"\. Retrying in 1\.\d s \(attempt 2 of 12\)/)
    }))

  test('a transient error that persists stops after the allowed attempts', () =>
    inWorld({ faults: [{ ...error(ASSUME, 503, 'ServiceUnavailable'), times: 99 }] }, async world => {
      const result = await runMain(world, { with: { 'retry-max-attempts': '3' } })
      expectFailure(result, 'ERR_STS_UNAVAILABLE')
      expect(operationsOf(world)).toEqual([ASSUME, ASSUME, ASSUME])
      expect(errorsOf(result)[0]).toContain('after 3 attempts')
    }))

  test.each([{ 'disable-retry': 'true' }, { 'retry-max-attempts': '0' }, { 'retry-max-attempts': '1' }])(
    'nothing is retried with %o',
    given =>
      inWorld({ faults: [error(ASSUME, 503, 'ServiceUnavailable')] }, async world => {
        expectFailure(await runMain(world, { with: given }), 'ERR_STS_UNAVAILABLE')
        expect(operationsOf(world)).toEqual([ASSUME])
      }),
  )

  test('an STS that can’t be reached times out after the 5 seconds of each attempt', () =>
    inWorld({}, async world => {
      const deaf = await startDeafServer()
      try {
        const given = { 'sts-endpoint': `https://127.0.0.1:${deaf.port}`, 'retry-max-attempts': '2' }
        const result = await runMain(world, { with: given })
        expectFailure(result, 'ERR_STS_UNAVAILABLE')
        expect(errorsOf(result)[0]).toMatch(/failed after 2 attempts/)
        expect(result.durationMs).toBeLessThan(15_000)
      } finally {
        deaf.close()
      }
    }))

  test('an expired token is never sent: a retry requests a new one', () =>
    inWorld(
      { lifetimeSeconds: 1, faults: [{ on: ASSUME, times: 2, effect: LATER_BY_A_SECOND }] },
      async world => {
        const result = await runMain(world)
        expect(errorsOf(result)).toEqual([])
        const sent = world.sts.requests.flatMap(({ parameters, at }) => {
          const token = parameters.WebIdentityToken
          return token ? [{ at, expiry: expiryOf(token) }] : []
        })
        expect(new Set(sent.map(({ expiry }) => expiry)).size).toBeGreaterThan(1)
        // `exp` is in whole seconds, so a token may be sent within the second that it ends in.
        for (const { at, expiry } of sent) expect(at).toBeLessThan((expiry + 1) * 1000)
      },
    ))

  test('a token that AWS considers expired is replaced', () =>
    inWorld({ faults: [error(ASSUME, 400, 'ExpiredTokenException')] }, async world => {
      const result = await runMain(world)
      expect(result.outputs.verified).toBe('true')
      const tokens = world.sts.requests.flatMap(({ parameters }) => parameters.WebIdentityToken ?? [])
      expect(new Set(tokens).size).toBe(2)
    }))

  function error(on: Fault['on'], status: number, code: string, message = 'later'): Fault {
    return { on, times: 1, effect: { kind: 'error', status, code, message } }
  }

  function page(on: Fault['on'], status: number): Fault {
    return {
      on,
      times: 1,
      effect: { kind: 'raw', status, body: '<html>Bad Gateway</html>', contentType: 'text/html' },
    }
  }

  function expiryOf(jwt: string): number {
    return JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()).exp
  }
})

describe('the token', () => {
  test('without id-token: write the error includes the YAML to add', async () => {
    const result = await runIn({}, { noToken: true })
    expectFailure(result, 'ERR_OIDC_NOT_PERMITTED')
    expect(errorsOf(result)[0]).toMatch(/permissions:\n\s+id-token: write/)
    expect(errorsOf(result)[0]).toContain('fork')
    expect(result.outputs['token-subject']).toBeUndefined()
  })

  test('for a pull request from a fork the error says that GitHub never gives it a token', async () => {
    const job = {
      ...defaultJob,
      eventName: 'pull_request',
      ref: 'refs/pull/7/merge',
      baseRef: 'main',
      headRef: 'x',
      fork: true,
    }
    const result = await runIn({ job }, { noToken: true })
    expectFailure(result, 'ERR_OIDC_NOT_PERMITTED')
    expect(errorsOf(result)[0]).toMatch(/pull request from a fork/)
  })

  test.each([true, false])('immutable subject: %p', async immutableSubject => {
    const result = await runIn({ job: { ...defaultJob, immutableSubject } })
    expect(result.outputs['token-subject']).toBe(
      immutableSubject
        ? 'repo:octo-org@65/payments@74:ref:refs/heads/main'
        : 'repo:octo-org/payments:ref:refs/heads/main',
    )
  })

  test('in China the audience is the partition’s own', () =>
    inWorld(
      {
        accounts: {
          '111122223333': {
            ...defaultWorld.accounts['111122223333'],
            partition: 'aws-cn',
            providers: [],
            roles: [],
          },
        },
      },
      async world => {
        await runMain(world, {
          with: { 'aws-region': 'cn-north-1', 'role-to-assume': 'arn:aws-cn:iam::111122223333:role/deploy' },
        })
        expect(world.idTokenIssuer.requests[0]?.audience).toBe('sts.amazonaws.com.cn')
      },
    ))
})
