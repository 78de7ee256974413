import { describe, expect, test } from '@jest/globals'
import { readActionManifest } from '../../../sandbox/runner/action-manifest.ts'
import { defaultWorld } from '../../../sandbox/world.ts'
import { ACTION, DEPLOY, inWorld, noticesOf, runIn, runMain, runPost } from '../scenario.ts'

describe('what later steps get', () => {
  test('output-credentials adds the keys to the outputs, whatever the environment gets', () =>
    inWorld({}, async world => {
      const result = await runMain(world, {
        with: { 'output-credentials': 'true', 'output-env-credentials': 'false' },
      })
      const [session] = world.sts.sessions
      expect(result.exported).toEqual({})
      expect(result.state).toEqual({})
      expect(result.outputs).toMatchObject({
        verified: 'true',
        'aws-access-key-id': session?.accessKeyId,
        'aws-secret-access-key': session?.secretAccessKey,
        'aws-session-token': session?.sessionToken,
      })
    }))

  test('every output is declared in action.yml', async () => {
    const success = await runIn({}, { with: { 'output-credentials': 'true' } })
    const several = await runIn({}, { with: { 'aws-profiles': `a=${DEPLOY}` }, without: ['role-to-assume'] })
    const failure = await runIn({}, { with: { 'expected-role': 'other' } })
    const seen = new Set([success, several, failure].flatMap(({ outputs }) => Object.keys(outputs)))
    expect([...seen].sort()).toEqual(Object.keys(readActionManifest(ACTION).outputs).sort())
  })

  test('an inherited expiry of other credentials is blanked', async () => {
    const environment = { AWS_CREDENTIAL_EXPIRATION: '2020-01-01T00:00:00Z' }
    expect((await runIn({}, { environment })).exported.AWS_CREDENTIAL_EXPIRATION).toBe('')
    expect((await runIn({})).exported).not.toHaveProperty('AWS_CREDENTIAL_EXPIRATION')
  })

  test('the expiry is the session’s, to the second', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: { 'role-duration-seconds': '900' } })
      const expiresAt = world.sts.sessions[0]?.expiresAt ?? 0
      expect(Math.abs(Date.parse(result.outputs['aws-expiration'] ?? '') - expiresAt)).toBeLessThan(1000)
    }))

  test('a session name that AWS rejects is changed, with a notice of both names', () =>
    inWorld({}, async world => {
      const result = await runMain(world, { with: { 'role-session-name': 'Deploy to prod / é' } })
      expect(world.sts.requests[0]?.parameters.RoleSessionName).toBe('Deploy-to-prod----')
      expect(noticesOf(result)[0]).toContain('Deploy to prod / é')
      expect(noticesOf(result)[0]).toContain('Deploy-to-prod----')
      expect(result.outputs['role-session-name']).toBe('Deploy-to-prod----')
    }))

  test('job-summary: false writes none, even on a failure', async () => {
    expect((await runIn({}, { with: { 'job-summary': 'false' } })).summary).toBe('')
    expect((await runIn({}, { with: { 'job-summary': 'false', 'expected-role': 'other' } })).summary).toBe('')
  })

  test('the summary shows the verdict first, then expected and actual, the session’s expiry and the claims', async () => {
    const { summary } = await runIn({})
    const order = ['✅ Verified', '| Expected | Actual |', '**Expires**', '```mermaid', 'The token']
    const places = order.map(text => summary.indexOf(text))
    expect(places).not.toContain(-1)
    expect(places).toEqual([...places].sort((a, b) => a - b))
  })
})

describe('the post step', () => {
  test('blanks the keys and restores a region’s earlier value', async () => {
    const main = await runIn({}, { environment: { AWS_REGION: 'us-east-1' } })
    const post = await runPost(main)
    expect(post.conclusion).toBe('success')
    expect(post.exported).toEqual({
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
      AWS_SESSION_TOKEN: '',
      AWS_REGION: 'us-east-1',
    })
  })

  test('leaves a region that had no value unchanged: a blank one breaks the CLI', async () => {
    const post = await runPost(await runIn({}))
    expect(Object.keys(post.exported)).toEqual([
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_SESSION_TOKEN',
    ])
  })

  test('touches nothing if nothing was exported', async () => {
    const environment = { AWS_ACCESS_KEY_ID: 'ASIAEARLIER' }
    const failed = await runPost(await runIn({}, { with: { 'expected-role': 'other' }, environment }), {
      environment,
    })
    expect(failed.files.env).toBe('')
    const outputsOnly = await runPost(await runIn({}, { with: { 'output-env-credentials': 'false' } }))
    expect(outputsOnly.files.env).toBe('')
  })

  test('is skipped with AWS_SKIP_CLEANUP_STEP=true', async () => {
    const post = await runPost(await runIn({}), { environment: { AWS_SKIP_CLEANUP_STEP: 'true' } })
    expect(post.conclusion).toBe('success')
    expect(post.files.env).toBe('')
  })

  test('never fails the job', async () => {
    const main = await runIn({})
    const unwritable = await runPost(main, { runnerVariables: { GITHUB_ENV: '/nowhere/at/all' } })
    expect(unwritable.conclusion).toBe('success')
    const garbled = await runPost({ ...main, state: { exported: 'true', earlier: '{"AWS_REGION":' } })
    expect(garbled.conclusion).toBe('success')
    expect(garbled.exported).toMatchObject({ AWS_ACCESS_KEY_ID: '' })
  })

  test('keeps no secret in its state', () =>
    inWorld(defaultWorld, async world => {
      const { files } = await runMain(world)
      for (const secret of world.secrets()) expect(files.state).not.toContain(secret)
    }))
})
