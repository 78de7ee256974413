import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import type { FaultEffect, Operation, ServiceError } from '../../../sandbox/fault.ts'
import { type LoopbackServer, startLoopbackServer } from '../../../sandbox/loopback-server.ts'
import type { RunningWorld, World } from '../../../sandbox/world.ts'
import {
  DEPLOYER,
  errorsOf,
  expectFailure,
  inWorld,
  operationsOf,
  robotKeys,
  runMain,
  type Scenario,
} from '../scenario.ts'

// Every operation with everything that can befall it, once and always. What is expected is what AWS's documentation
// says of each answer and what the contract makes of it; the tables of src/ were not asked.

const TOKEN = 'id-token'
const BY_TOKEN = 'AssumeRoleWithWebIdentity'
const BY_KEYS = 'AssumeRole'
const IDENTIFY = 'GetCallerIdentity'
const OF_STS = [BY_TOKEN, BY_KEYS, IDENTIFY] as const
const SIGNED = [BY_KEYS, IDENTIFY] as const
const ALL = [TOKEN, ...OF_STS] as const

/** How a step ends: `verified`, or with this code; and how often the operation was called before that. */
type End = { readonly ends: string; readonly calls: number; readonly idTokens?: number }
type Times = 'once' | 'always'
type Course = { readonly [T in Times]?: End }

const VERIFIED = 'verified'
const ATTEMPTS = 3
/** More than the attempts for a response without a token. */
const MANY_ATTEMPTS = { 'retry-max-attempts': '5' }

/** Each completes a sentence that starts with an operation's fault. */
const COURSES = {
  'may pass, and is asked again': {
    once: { ends: VERIFIED, calls: 2 },
    always: { ends: 'ERR_STS_UNAVAILABLE', calls: ATTEMPTS },
  },
  'may pass at GitHub, which is asked again': {
    once: { ends: VERIFIED, calls: 2 },
    always: { ends: 'ERR_OIDC_REQUEST_FAILED', calls: ATTEMPTS },
  },
  'is not a token, and is requested three times at most': {
    once: { ends: VERIFIED, calls: 2 },
    always: { ends: 'ERR_OIDC_REQUEST_FAILED', calls: 3 },
  },
  'may pass with a new token': {
    once: { ends: VERIFIED, calls: 2, idTokens: 2 },
    always: { ends: 'ERR_STS_UNAVAILABLE', calls: ATTEMPTS, idTokens: ATTEMPTS },
  },
  'may pass, and is final when it does not': {
    once: { ends: VERIFIED, calls: 2 },
    always: { ends: 'ERR_STS_REJECTED', calls: ATTEMPTS },
  },
  'is put right once': {
    once: { ends: VERIFIED, calls: 2 },
    always: { ends: 'ERR_STS_REJECTED', calls: 2 },
  },
  // Final after one response: whether there would be more makes no difference.
  'is final': { once: { ends: 'ERR_STS_REJECTED', calls: 1 } },
  'is final at GitHub': { once: { ends: 'ERR_OIDC_REQUEST_FAILED', calls: 1 } },
  'is not an STS response, and is requested three times at most': {
    once: { ends: VERIFIED, calls: 2 },
    always: { ends: 'ERR_STS_BAD_RESPONSE', calls: 3 },
  },
  'is a redirect, which is not followed': { once: { ends: 'ERR_STS_BAD_RESPONSE', calls: 1 } },
  'does no harm': {
    always: { ends: VERIFIED, calls: 1 },
  },
  'is waited for in vain, and then asked again': {
    once: { ends: VERIFIED, calls: 2 },
  },
  'is not waited for beyond the step’s time': {
    always: { ends: 'ERR_TIMEOUT', calls: 1 },
  },
  'ends the only attempt': {
    always: { ends: 'ERR_STS_UNAVAILABLE', calls: 1 },
  },
  'ends the only attempt at GitHub': {
    always: { ends: 'ERR_OIDC_REQUEST_FAILED', calls: 1 },
  },
} as const satisfies Record<string, Course>

type Row = {
  readonly fault: string
  readonly on: readonly Operation[]
  readonly effect: FaultEffect | ((on: Operation, origins: Origins) => FaultEffect)
  readonly course: keyof typeof COURSES
  readonly with?: Readonly<Record<string, string>>
  readonly world?: Partial<World>
  /** Milliseconds. */
  readonly within?: number
}

/** Where a redirect can point: to the token service itself, or to a server that must never be called. */
type Origins = { readonly same: string; readonly other: string }

let elsewhere: LoopbackServer
beforeAll(async () => {
  elsewhere = await startLoopbackServer(async (_, response) => void response.end())
})
afterAll(async () => {
  await elsewhere.close()
  expect(elsewhere.connections).toBe(0)
})

/** The runner's clock, seen from AWS. The SDK notices from each response's header. */
const CLOCK_AHEAD = {
  words: 'where clocks are 20 minutes apart',
  world: { clockAheadMs: 20 * 60_000, lifetimeSeconds: 7200, claims: { nbf: 0 } },
}

const EXPIRED_SIGNATURE =
  'Signature expired: 20260131T120000Z is now earlier than 20260131T120500Z (20260131T122000Z - 15 min.)'
const NO_TIMES = {
  'a year that no clock knows': 'Sat, 13 Sep 275761 00:00:00 GMT',
  words: 'not a date',
}

describeRows('throttling', [
  stsError('Throttling', 400),
  stsError('ThrottlingException', 400),
  stsError('TooManyRequestsException', 429),
  stsError('RequestLimitExceeded', 503),
  { ...stsError('SomethingNew', 429), fault: 'a 429 with a code that is not known' },
  stsError('SlowDown', 403),
  stsError('RequestThrottledException', 400),
  githubError(429),
])

describeRows('a server error', [
  stsError('InternalFailure', 500),
  stsError('ServiceUnavailable', 503),
  stsError('RequestTimeout', 400),
  stsError('RequestTimeoutException', 408),
  page(408, OF_STS, 'may pass, and is asked again'),
  ...[500, 502, 503, 504].map(status => githubError(status)),
  page(502, OF_STS, 'may pass, and is asked again'),
  page(504, OF_STS, 'may pass, and is asked again'),
])

describeRows('a connection', [
  broken('that breaks before the request is read', on => ({ kind: 'refuse', ...comesAfter(on) })),
  broken('that breaks after the request is read', { kind: 'reset' }),
  broken('that breaks in the middle of the answer', { kind: 'half' }),
  { ...broken('that breaks before GitHub reads', { kind: 'refuse' }), ...atGithub() },
  { ...broken('that breaks after GitHub has read', { kind: 'reset' }), ...atGithub() },
  { ...broken('that breaks in the middle of GitHub’s answer', { kind: 'half' }), ...atGithub() },
])

describeRows('an answer', [
  page(407, OF_STS, 'is final'),
  page(403, OF_STS, 'is final'),
  notAnAnswer('a page with status 200', {
    kind: 'raw',
    status: 200,
    body: '<html><body>Hello</body></html>',
  }),
  ...[301, 302, 307].map(stsRedirect),
  page(407, [TOKEN], 'may pass at GitHub, which is asked again'),
  notAnAnswer('a body of more than a megabyte', longBody(200)),
  page(404, [TOKEN], 'may pass at GitHub, which is asked again'),
  page(502, [TOKEN], 'may pass at GitHub, which is asked again'),
  page(403, [TOKEN], 'is final at GitHub'),
  {
    fault: 'a body of more than a megabyte with status 503',
    on: OF_STS,
    effect: longBody(503),
    course: 'may pass, and is asked again',
  },
  {
    fault: 'a body of more than a megabyte with status 403',
    on: OF_STS,
    effect: longBody(403),
    course: 'is final',
  },
  notAnAnswer('nothing with status 200', { kind: 'raw', status: 200, body: '', contentType: 'text/xml' }),
  notAnAnswer('half an XML document', { kind: 'cut' }),
  githubError(400),
  githubError(404),
  githubError(401, 'is final at GitHub'),
  githubError(403, 'is final at GitHub'),
  { fault: 'an answer drop by drop', on: ALL, effect: { kind: 'slow' }, course: 'does no harm' },
])

describeRows('a 200 from GitHub', [
  noToken('with a page', raw({ body: '<html><body>Welcome</body></html>', contentType: 'text/html' })),
  noToken('with half a JSON document', { kind: 'cut' }),
  noToken('with nothing', raw({ body: '' })),
  noToken('with JSON that is not an object', raw({ body: 'null' })),
  noToken('without a value', { kind: 'alter', fields: { value: null } }),
  noToken('with a blank value', { kind: 'alter', fields: { value: '' } }),
  noToken('with a value that is not a string', raw({ body: '{"value": {"a": 1}}' })),
  noToken('with a value that is not a JWT', { kind: 'alter', fields: { value: 'x.y.z' } }),
  noToken('with more than a megabyte', raw({ body: ' '.repeat(1_100_000) })),
  noToken('that is compressed', raw({ body: 'x', headers: { 'content-encoding': 'gzip' } })),
  noToken('that is a 204', { ...raw({ body: '' }), status: 204 }),
])

describeRows('a redirect from GitHub', [
  ...[301, 302, 303, 307, 308].flatMap(status => [
    redirect(status, 'to another host', ({ other }) => `${other}/token`),
    redirect(status, 'to the same host', ({ same }) => `${same}/token?audience=followed`),
  ]),
  redirect(302, 'to a path', () => '/token?audience=followed'),
  noToken('that leads nowhere', { ...raw({ body: '' }), status: 302 }),
])

describeRows('an error from AWS', [
  stsError('IDPCommunicationError', 400),
  {
    ...stsError('InvalidIdentityToken', 400),
    fault: 'InvalidIdentityToken, as AWS could not fetch the keys,',
    effect: error(
      400,
      'InvalidIdentityToken',
      "Couldn't retrieve verification key from your identity provider",
    ),
  },
  {
    ...refusal('InvalidIdentityToken', 400, [BY_TOKEN]),
    fault: 'InvalidIdentityToken, as the audience is not known,',
    effect: error(400, 'InvalidIdentityToken', 'Incorrect token audience'),
  },
  {
    ...refusal('InvalidIdentityToken', 400, [BY_TOKEN]),
    fault: 'InvalidIdentityToken, for a missing provider,',
    effect: error(
      400,
      'InvalidIdentityToken',
      'No OpenIDConnect provider found in your account for https://token.actions.githubusercontent.com',
    ),
  },
  { ...stsError('ExpiredTokenException', 400, [BY_TOKEN]), course: 'may pass with a new token' },
  refusal('ExpiredTokenException', 400, SIGNED),
  refusal('ExpiredToken', 403, SIGNED),
  refusal('AccessDenied', 403),
  refusal('IDPRejectedClaim', 403),
  refusal('MalformedPolicyDocument', 400),
  refusal('PackedPolicyTooLarge', 400, [BY_TOKEN, IDENTIFY]),
  // Once more without the optional tags.
  { ...refusal('PackedPolicyTooLarge', 400, [BY_KEYS]), course: 'is put right once' },
  refusal('RegionDisabledException', 403),
  refusal('ValidationError', 400),
  refusal('SomethingNew', 400),
  // New credentials take time to propagate; a user's are not new.
  ...['InvalidClientTokenId', 'UnrecognizedClientException'].flatMap((code): Row[] => [
    { ...stsError(code, 403, [IDENTIFY]), course: 'may pass, and is final when it does not' },
    refusal(code, 403, [BY_KEYS]),
  ]),
  refusal('SignatureDoesNotMatch', 403),
  {
    ...refusal('SignatureDoesNotMatch', 403, [IDENTIFY]),
    fault: `SignatureDoesNotMatch ${CLOCK_AHEAD.words}`,
    world: CLOCK_AHEAD.world,
  },
  {
    ...refusal('AccessDenied', 403, [IDENTIFY]),
    fault: `AccessDenied ${CLOCK_AHEAD.words}`,
    world: CLOCK_AHEAD.world,
  },
  ...[error(403, 'SignatureDoesNotMatch', EXPIRED_SIGNATURE), error(403, 'RequestTimeTooSkewed')].flatMap(
    ({ code, ...effect }): Row[] => [
      {
        fault: `${code} because of the time ${CLOCK_AHEAD.words}`,
        on: [IDENTIFY],
        effect: { code, ...effect },
        course: 'is put right once',
        world: CLOCK_AHEAD.world,
      },
      {
        fault: `${code} because of the time, where the clocks agree,`,
        on: SIGNED,
        effect: { code, ...effect },
        course: 'is final',
      },
      ...Object.entries(NO_TIMES).map(
        ([what, date]): Row => ({
          fault: `${code} because of the time, with ${what} for a Date,`,
          on: [BY_KEYS],
          effect: { code, ...effect, headers: { date } },
          course: 'is final',
        }),
      ),
    ],
  ),
  ...[-20, 20, 60 * 24 * 365].map(
    (minutes): Row => ({
      ...stsError('ServiceUnavailable', 503, SIGNED),
      fault: `a 503 with a Date that is ${minutes} minutes off`,
      effect: {
        ...error(503, 'ServiceUnavailable'),
        headers: { date: new Date(Date.now() + minutes * 60_000).toUTCString() },
      },
    }),
  ),
])

const SILENCE = { fault: 'silence', effect: { kind: 'hang' } } as const
const DRIP = { fault: 'an answer that never comes to its end', effect: { kind: 'drip' } } as const
const ONE_ATTEMPT = { 'retry-max-attempts': '1' }

describeRows('no end', [
  ...[
    { ...SILENCE, on: ALL },
    { ...DRIP, on: ALL },
  ].flatMap((fault): Row[] => [
    { ...fault, course: 'is waited for in vain, and then asked again', within: 25_000 },
    {
      ...fault,
      course: 'is not waited for beyond the step’s time',
      with: { 'action-timeout-s': '4' },
      within: 14_000,
    },
  ]),
  { ...SILENCE, on: OF_STS, course: 'ends the only attempt', with: ONE_ATTEMPT, within: 18_000 },
  { ...DRIP, on: OF_STS, course: 'ends the only attempt', with: ONE_ATTEMPT, within: 23_000 },
  ...[SILENCE, DRIP].map(
    (fault): Row => ({
      ...fault,
      on: [TOKEN],
      course: 'ends the only attempt at GitHub',
      with: ONE_ATTEMPT,
      within: 18_000,
    }),
  ),
])

test.each([502, 503, 504])(
  'a %i from GitHub with disable-retry is one request, and its status is reported',
  status =>
    inWorld({ faults: [{ on: TOKEN, effect: error(status, '') }] }, async world => {
      const result = await runMain(world, { with: { 'disable-retry': 'true' } })
      expectFailure(result, 'ERR_OIDC_REQUEST_FAILED')
      expect(errorsOf(result)[0]).toContain(
        `after 1 attempt: HTTP ${status}: a JSON error, "the sandbox says so"`,
      )
      expect(world.idTokenIssuer.requests).toHaveLength(1)
      expect(result.durationMs).toBeLessThan(4000)
    }),
)

function error(status: number, code: string, message = 'the sandbox says so'): ServiceError {
  return { kind: 'error', status, code, message }
}

function stsError(code: string, status: number, on: readonly Operation[] = OF_STS): Row {
  return { fault: code, on, effect: error(status, code), course: 'may pass, and is asked again' }
}

function refusal(code: string, status: number, on: readonly Operation[] = OF_STS): Row {
  return { ...stsError(code, status, on), course: 'is final' }
}

function githubError(status: number, course = atGithub().course as Row['course']): Row {
  return { fault: `a ${status}`, on: [TOKEN], effect: error(status, ''), course }
}

function atGithub() {
  return { on: [TOKEN], course: 'may pass at GitHub, which is asked again' } as const
}

function noToken(what: string, effect: Row['effect']): Row {
  const course = 'is not a token, and is requested three times at most'
  return { fault: `one ${what}`, on: [TOKEN], effect, course, with: MANY_ATTEMPTS }
}

function raw(answer: { body: string; contentType?: string; headers?: Readonly<Record<string, string>> }) {
  return { kind: 'raw', status: 200, contentType: 'application/json', ...answer } as const
}

/** Its target is known only when it is sent. */
function redirect(status: number, where: string, leadsTo: (origins: Origins) => string): Row {
  return noToken(`with status ${status} ${where}`, (_, origins) => ({
    ...raw({ body: '' }),
    status,
    headers: {
      get location() {
        return leadsTo(origins)
      },
    },
  }))
}

function page(status: number, on: readonly Operation[], course: Row['course']): Row {
  const body = `<html><body><h1>${status}</h1></body></html>`
  return { fault: `a page with status ${status}`, on, effect: { kind: 'raw', status, body }, course }
}

function notAnAnswer(fault: string, effect: FaultEffect): Row {
  const course = 'is not an STS response, and is requested three times at most'
  return { fault, on: OF_STS, effect, course, with: { 'retry-max-attempts': '5' } }
}

function stsRedirect(status: number): Row {
  const effect = { kind: 'raw', status, body: '', headers: { location: 'https://127.0.0.1:9/' } } as const
  return { fault: `a ${status}`, on: OF_STS, effect, course: 'is a redirect, which is not followed' }
}

function longBody(status: number): FaultEffect {
  return { kind: 'raw', status, body: '<x/>'.repeat(300_000), contentType: 'text/xml' }
}

function broken(when: string, effect: Row['effect']): Row {
  return { fault: `one ${when}`, on: OF_STS, effect, course: 'may pass, and is asked again' }
}

function comesAfter(operation: Operation): { readonly after?: Operation } {
  return operation === IDENTIFY ? { after: BY_TOKEN } : {}
}

function describeRows(noun: string, rows: readonly Row[]): void {
  const titled = rows.map(row => [`${row.fault} ${row.course}: ${row.on.join(', ')}`, row] as const)
  describe(noun, () => {
    test.concurrent.each(titled)('%s', (_, row) => runRow(row), 60_000)
  })
}

/** Several rows run at once, so their cells alternate, except when they mostly wait. */
async function runRow(row: Row): Promise<void> {
  const times = Object.keys(COURSES[row.course]) as Times[]
  const cells = row.on.flatMap(on => times.map(time => () => runCell(row, on, time)))
  if (row.within === undefined) for (const cell of cells) await cell()
  else await Promise.all(cells.map(cell => cell()))
}

async function runCell(row: Row, on: Operation, times: Times): Promise<void> {
  const cell = `${on}, ${row.fault}, ${times}`
  const end: End | undefined = (COURSES[row.course] as Course)[times]
  if (!end) return
  let running: RunningWorld | undefined
  const origins = {
    other: elsewhere.origin.replace('127.0.0.1', 'localhost'),
    get same() {
      return running?.idTokenIssuer.origin ?? ''
    },
  }
  const effect = typeof row.effect === 'function' ? row.effect(on, origins) : row.effect
  const faults = [{ on, effect, ...(times === 'once' ? { times: 1 } : {}) }]
  try {
    await inWorld({ faults, ...row.world }, async world => {
      running = world
      const { with: given, ...scenario } = scenarioOf(on, world)
      const result = await runMain(world, {
        ...scenario,
        with: { 'retry-max-attempts': String(ATTEMPTS), ...given, ...row.with },
      })
      const ends = result.outputs.verified === 'true' ? VERIFIED : result.outputs['failure-code']
      expect({ ends, calls: callsOf(world, on) }).toEqual({ ends: end.ends, calls: expectedCalls(on, end) })
      if (end.ends === VERIFIED) expect([result.conclusion, ...errorsOf(result)]).toEqual(['success'])
      else expectFailure(result, end.ends)
      expect(result.durationMs).toBeLessThan(row.within ?? 15_000)
      expect(Object.keys(result.changedFiles)).toEqual([])
      expect(world.idTokenIssuer.requests.map(({ audience }) => audience)).not.toContain('followed')
      expect(elsewhere.connections).toBe(0)
    })
  } catch (cause) {
    throw new Error(`${cell}: ${cause instanceof Error ? cause.message : cause}`, { cause })
  }
}

/** AssumeRole is for a user's keys; the other operations are for a token. */
function scenarioOf(on: Operation, world: RunningWorld): Scenario {
  return on === BY_KEYS ? { noToken: true, with: { ...robotKeys(world), 'role-to-assume': DEPLOYER } } : {}
}

type Calls = Readonly<Partial<Record<Operation, number>>>

/** Operations before it are called once, and those after it only if it worked. */
function expectedCalls(on: Operation, { ends, calls, idTokens = 1 }: End): Calls {
  const way = on === BY_KEYS ? [BY_KEYS, IDENTIFY] : [TOKEN, BY_TOKEN, IDENTIFY]
  const reached = way.slice(0, ends === VERIFIED ? way.length : way.indexOf(on) + 1)
  return {
    ...Object.fromEntries(reached.map(operation => [operation, 1])),
    ...(reached.includes(TOKEN) ? { [TOKEN]: idTokens } : {}),
    [on]: calls,
  }
}

/** Attempts with a refused connection count for the operation that was refused. */
function callsOf({ sts, idTokenIssuer, ...world }: RunningWorld, on: Operation): Calls {
  const refused = Array<Operation>(sts.refused + idTokenIssuer.refused).fill(on)
  const tokens = idTokenIssuer.requests.map(() => TOKEN)
  const calls: Record<string, number> = {}
  for (const operation of [...tokens, ...operationsOf({ sts, idTokenIssuer, ...world }), ...refused])
    calls[operation] = (calls[operation] ?? 0) + 1
  return calls
}
