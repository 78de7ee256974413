import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type LoopbackServer, startLoopbackServer } from '../../sandbox/loopback-server.ts'
import { StsClient } from '../../src/sts/sts-client.ts'
import { claimsWith, requestWith, sessionWith } from '../core/samples.ts'

// The SDK's client, as the gate uses it, with every field of every response in every wrong form.

const CREDENTIALS =
  '<Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId><SecretAccessKey>wJalrXUtnFEMI</SecretAccessKey><SessionToken>AQoDYXdz</SessionToken><Expiration>2026-01-31T12:00:00Z</Expiration></Credentials>'
const USER =
  '<AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/Deploy/run-7</Arn><AssumedRoleId>AROA:run-7</AssumedRoleId></AssumedRoleUser>'
const OF_TOKEN =
  '<SubjectFromWebIdentityToken>sub</SubjectFromWebIdentityToken><Audience>aud</Audience><Provider>iss</Provider>'

const ANSWERS = {
  AssumeRole: `${CREDENTIALS}${USER}<PackedPolicySize>6</PackedPolicySize>`,
  AssumeRoleWithWebIdentity: `${CREDENTIALS}${USER}${OF_TOKEN}<PackedPolicySize>6</PackedPolicySize>`,
  GetCallerIdentity:
    '<Arn>arn:aws:sts::111122223333:assumed-role/Deploy/run-7</Arn><UserId>AROA:run-7</UserId><Account>111122223333</Account>',
}
type Asked = keyof typeof ANSWERS

/** The fields that the gate reads, so they must have a value. */
const READ = [
  ...[
    'Credentials',
    'AccessKeyId',
    'SecretAccessKey',
    'SessionToken',
    'Expiration',
    'AssumedRoleUser',
    'Arn',
  ],
  ...['SubjectFromWebIdentityToken', 'Audience', 'Provider', 'UserId', 'Account'],
]

const fieldsOf = (asked: Asked) => Array.from(ANSWERS[asked].matchAll(/<(\w+)>/g), ([, name = '']) => name)
const all = (Object.keys(ANSWERS) as Asked[]).flatMap(asked =>
  fieldsOf(asked).map(field => [asked, field] as const),
)

let server: LoopbackServer
let body = ''
beforeAll(async () => {
  server = await startLoopbackServer(async (_, response) => {
    response.writeHead(200, { 'content-type': 'text/xml' }).end(body)
  })
})
afterAll(() => server.close())

test('a response as AWS sends it is accepted', async () => {
  expect(await ask('AssumeRoleWithWebIdentity', ANSWERS.AssumeRoleWithWebIdentity)).toMatchObject({
    credentials: { accessKeyId: 'ASIAIOSFODNN7EXAMPLE', expiration: new Date('2026-01-31T12:00:00Z') },
    assumedRole: {
      arn: expect.stringContaining('Deploy/run-7'),
      subject: 'sub',
      audience: 'aud',
      provider: 'iss',
    },
  })
  expect(await ask('AssumeRole', ANSWERS.AssumeRole)).toMatchObject({
    assumedRole: { arn: expect.stringContaining('Deploy/run-7') },
  })
  expect(await ask('GetCallerIdentity', ANSWERS.GetCallerIdentity)).toEqual({
    arn: 'arn:aws:sts::111122223333:assumed-role/Deploy/run-7',
    userId: 'AROA:run-7',
    accountId: '111122223333',
    answeredBy: 'eu-west-1',
  })
})

describe.each(all)('an STS response, to %s, is rejected with %s', (asked, field) => {
  const element = new RegExp(`<${field}>.*?</${field}>`)
  const [given = ''] = element.exec(ANSWERS[asked]) ?? []
  const wrong: Record<string, string> = {
    'twice, with one value': given + given,
    'twice, with two values': given + given.replace(/>[^<]+</, '>other<'),
    'with elements in it': `<${field}><x>a</x></${field}>`,
    'with an element next to its content': given.replace('</', 'text<y>z</y></'),
    'that is not closed': given.replace(`</${field}>`, ''),
  }
  const blank: Record<string, string> = {
    'without content': `<${field}></${field}>`,
    'that is empty': `<${field}/>`,
  }

  test.each(Object.entries({ ...wrong, ...(READ.includes(field) ? blank : {}) }))(
    '%s',
    async (_, changed) => {
      expect(changed).not.toBe(given)
      const outcome = ask(asked, ANSWERS[asked].replace(element, changed))
      const message = expect.not.stringMatching(/wJalrXUtnFEMI|AQoDYXdz/)
      const failure = { kind: 'malformed-response', status: 200, operation: asked, message }
      await expect(outcome).rejects.toMatchObject(failure)
    },
  )

  test('with a huge text is accepted unchanged or not at all', async () => {
    const text = 'x'.repeat(500_000)
    const outcome = await ask(asked, ANSWERS[asked].replace(element, `<${field}>${text}</${field}>`)).catch(
      error => error,
    )
    if (outcome instanceof Error) expect(outcome).toMatchObject({ kind: 'malformed-response', status: 200 })
    else if (READ.includes(field)) expect(JSON.stringify(outcome)).toContain(text)
  })
})

test.each([
  ['two results', (xml: string) => xml.replace(/<(\w+Result)>.*<\/\1>/, '$&$&')],
  ['two answers', (xml: string) => xml + xml],
  ['an answer to something else', (xml: string) => xml.replaceAll('Result>', 'Outcome>')],
  ['text behind it', (xml: string) => `${xml}and more`],
])('an STS response is rejected with %s', async (_, change) => {
  for (const asked of Object.keys(ANSWERS) as Asked[]) {
    const failure = await ask(asked, ANSWERS[asked], change).catch(error => error)
    expect(failure).toMatchObject({ kind: 'malformed-response', status: 200 })
  }
})

/** Calls a server that responds like this. */
function ask(asked: Asked, result: string, change = (xml: string) => xml): Promise<unknown> {
  const metadata = '<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>'
  const xml = `<${asked}Result>${result}</${asked}Result>${metadata}`
  body = change(
    `<${asked}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/">${xml}</${asked}Response>`,
  )
  const way = { region: 'eu-west-1', url: new URL(server.origin), proxy: undefined }
  const agents = { httpAgent: new HttpAgent(), httpsAgent: new HttpsAgent() }
  const client = new StsClient(way, agents, new AbortController().signal, { aheadMs: 0 })
  switch (asked) {
    case 'AssumeRole':
      return client.assumeRole(REQUEST, sessionWith())
    case 'AssumeRoleWithWebIdentity':
      return client.assumeRoleWithWebIdentity(REQUEST, TOKEN)
    case 'GetCallerIdentity':
      return client.getCallerIdentity(sessionWith())
  }
}

const TOKEN = { jwt: 'a.b.c', signature: 'c', claims: claimsWith(), lifetimeSeconds: 300 }
const REQUEST = requestWith()
