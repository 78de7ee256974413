import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { type FailureCode, GateError } from '../../../src/core/base/failure.ts'
import { INPUT_NAMES, type RawInputs, rawName } from '../../../src/core/inputs/declared-inputs.ts'
import { parseInputs } from '../../../src/core/inputs/inputs.ts'
import { type Operation, RemoteFailure } from '../../../src/core/network/remote-failure.ts'
import {
  formatRenewalSettings,
  isInconclusive,
  parseRenewalSettings,
  renewalInputs,
} from '../../../src/core/renewal/settings.ts'
import { ROLE_ARN } from '../samples.ts'

const OFFER = { ACTIONS_ID_TOKEN_REQUEST_URL: 'https://github.test', ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'x' }

function renewed(changes: RawInputs, environment = {}): RawInputs {
  const raw = {
    'AWS-REGION': 'eu-west-1',
    'ROLE-TO-ASSUME': ROLE_ARN,
    'AWS-PROFILE': 'deploy',
    'REFRESH-CREDENTIALS': 'true',
    ...changes,
  }
  const inputs = parseInputs(raw, {
    partitionOf: () => 'aws',
    caBundleProblem: () => undefined,
    environment: { ...OFFER, ...environment },
  })
  return renewalInputs(raw, inputs, inputs.targets[0], '/tmp/roots.pem')
}

describe('the inputs of a renewal', () => {
  test('are every guard of the step and how it calls AWS, and nothing about the step alone', () => {
    const guards = {
      'EXPECTED-ROLE': ROLE_ARN,
      'EXPECTED-ROLE-ID': 'AROADBQP57FF2AEXAMPLE',
      'ALLOWED-ACCOUNT-IDS': '111122223333',
      'FORBIDDEN-ACCOUNT-IDS': '444455556666',
      'REQUIRED-CLAIMS': 'ref=refs/heads/main',
      'ROLE-SESSION-NAME': 'long-job',
      'MASK-AWS-ACCOUNT-ID': 'true',
    }
    const ofTheStep = {
      'TRUST-POLICY': 'trust.json',
      'ON-MISMATCH': 'report',
      'JOB-SUMMARY': 'false',
      'OUTPUT-CREDENTIALS': 'true',
      'OVERWRITE-AWS-PROFILE': 'true',
    }
    expect(renewed({ ...guards, ...ofTheStep })).toEqual({
      'AWS-REGION': 'eu-west-1',
      'ROLE-TO-ASSUME': ROLE_ARN,
      'USE-FIPS-ENDPOINT': 'false',
      'USE-DUALSTACK-ENDPOINT': 'false',
      ...guards,
    })
  })

  test('include what the environment decided when the step ran', () => {
    const inputs = renewed({}, { AWS_USE_FIPS_ENDPOINT: 'true', AWS_USE_DUALSTACK_ENDPOINT: 'true' })
    expect(inputs).toMatchObject({ 'USE-FIPS-ENDPOINT': 'true', 'USE-DUALSTACK-ENDPOINT': 'true' })
  })

  test('choose no AWS host type with a custom endpoint, and include a copy of the extra roots', () => {
    const inputs = renewed({ 'STS-ENDPOINT': 'https://sts.test', 'CA-BUNDLE': 'certs/ca.pem' })
    expect(inputs).toMatchObject({ 'STS-ENDPOINT': 'https://sts.test', 'CA-BUNDLE': '/tmp/roots.pem' })
    expect(inputs).not.toHaveProperty('USE-FIPS-ENDPOINT')
  })

  test('are parsed by the rules of the step', () => {
    const inputs = parseInputs(renewed({ 'ALLOWED-ACCOUNT-IDS': '111122223333' }), {
      partitionOf: () => 'aws',
      caBundleProblem: () => undefined,
      environment: OFFER,
    })
    expect(inputs.source.kind).toBe('oidc')
    expect(inputs.targets[0].expected.allowedAccountIds).toEqual(['111122223333'])
  })

  test('contain no key, whatever the step was given', () => {
    const secrets = INPUT_NAMES.filter(name => /key|token/.test(name) && name !== 'transitive-tag-keys')
    for (const name of secrets) expect(renewed({ 'TRUST-POLICY': 'x' })).not.toHaveProperty(rawName(name))
    expect(secrets).toHaveLength(4)
  })

  test('are read back from a file unchanged', () => {
    const texts = fc.dictionary(fc.constantFrom(...INPUT_NAMES.map(rawName)), fc.string(), { minKeys: 1 })
    fc.assert(
      fc.property(texts, fc.dictionary(fc.string(), fc.string()), (raw, run) => {
        expect(parseRenewalSettings(formatRenewalSettings({ raw, run }))).toEqual({ raw, run })
      }),
    )
  })

  test.each([
    '',
    '[]',
    '{}',
    '{"inputs":{}}',
    '{"inputs":{"AWS-REGION":7}}',
    '{"inputs":"x"',
    '{"inputs":[7]}',
    '{"inputs":{"A":"x"},"run":{"B":1}}',
  ])('are not found in %j', text => {
    expect(() => parseRenewalSettings(text)).toThrow(
      /is not JSON|is JSON, but no object|holds no inputs|is not a string/,
    )
  })
})

describe('a renewal without a verdict', () => {
  const answer = (operation: Operation, status: number, code = '') =>
    new RemoteFailure(operation, { kind: 'error-response', code, status, message: '' })

  test.each<[string, FailureCode, RemoteFailure | undefined, boolean]>([
    ['AWS can not be asked', 'ERR_STS_UNAVAILABLE', answer('AssumeRoleWithWebIdentity', 503), true],
    ['GitHub can not be asked', 'ERR_OIDC_REQUEST_FAILED', answer('GetIdToken', 503), true],
    ['time runs out', 'ERR_TIMEOUT', undefined, true],
    ['the process can not ask by its proxy', 'ERR_INPUT_INVALID', undefined, true],
    ['the process may not ask', 'ERR_OIDC_NOT_PERMITTED', undefined, true],
    ...(['no-response', 'untrusted', 'malformed-response', 'proxy-refusal'] as const).map(
      kind =>
        [
          `something else answers: ${kind}`,
          'ERR_STS_BAD_RESPONSE',
          new RemoteFailure('GetCallerIdentity', { kind, code: 'ANY', status: 407, message: '' }),
          true,
        ] as [string, FailureCode, RemoteFailure, boolean],
    ),
    [
      'AWS asks for patience',
      'ERR_STS_UNAVAILABLE',
      answer('AssumeRoleWithWebIdentity', 400, 'RequestTimeout'),
      true,
    ],
    [
      'the clock of the runner is wrong',
      'ERR_STS_REJECTED',
      answer('GetCallerIdentity', 403, 'RequestTimeTooSkewed'),
      true,
    ],
    [
      'a signature is wrong',
      'ERR_STS_REJECTED',
      answer('GetCallerIdentity', 403, 'SignatureDoesNotMatch'),
      false,
    ],
    [
      'the front end of AWS refuses',
      'ERR_STS_REJECTED',
      answer('GetCallerIdentity', 403, 'AccessDeniedException'),
      false,
    ],
    ['what is kept can not be locked or written', 'ERR_PROFILE_WRITE', undefined, true],
    ['no key is plain enough', 'ERR_STS_UNAVAILABLE', undefined, true],
    ['a page of a proxy refuses', 'ERR_STS_REJECTED', answer('AssumeRoleWithWebIdentity', 403), true],
    ['GitHub refuses', 'ERR_OIDC_REQUEST_FAILED', answer('GetIdToken', 403), false],
    ['AWS refuses', 'ERR_STS_REJECTED', answer('AssumeRoleWithWebIdentity', 403, 'AccessDenied'), false],
    [
      'AWS refuses new keys for good',
      'ERR_STS_REJECTED',
      answer('GetCallerIdentity', 403, 'InvalidClientTokenId'),
      false,
    ],
    ['another identity answers', 'ERR_IDENTITY_MISMATCH', undefined, false],
    ['the run is another', 'ERR_CLAIM_MISMATCH', undefined, false],
    ['there is a bug', 'ERR_UNEXPECTED', undefined, false],
  ])('%s', (_, code, cause, expected) => {
    expect(isInconclusive(new GateError(code, '', '', { cause }))).toBe(expected)
  })
})
