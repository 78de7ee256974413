import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { parseFrontEndError } from '../../../src/core/sts/front-end-error.ts'
import { anyText } from '../arbitraries.ts'

const DENIED = { code: 'AccessDeniedException', message: 'No & no' }

describe('an error from AWS’s front end', () => {
  test.each([
    ['XML', '<AccessDeniedException>\n  <Message>No &amp; no</Message>\n</AccessDeniedException>'],
    [
      'XML with its declaration',
      '<?xml version="1.0"?>\n<AccessDeniedException><message>No &amp; no</message></AccessDeniedException>',
    ],
    [
      'XML of an error alone',
      '<Error><Code>AccessDeniedException</Code><Message>No &amp; no</Message></Error>',
    ],
    ['JSON', '{"__type":"AccessDeniedException","Message":"No & no"}'],
    [
      'JSON with a namespace',
      '{"__type":"com.amazon.coral.service#AccessDeniedException","message":"No & no"}',
    ],
    [
      'JSON in the parts of STS',
      '{"Error":{"Code":"AccessDeniedException","Message":"No & no","Type":"Sender"}}',
    ],
  ])('is read from %s', (_, body) => {
    expect(parseFrontEndError({}, body)).toEqual(DENIED)
  })

  test.each([
    ['a name alone', '<UnknownOperationException/>', { code: 'UnknownOperationException', message: '' }],
    [
      'elements for the message',
      '<AccessDeniedException><Message><a/></Message></AccessDeniedException>',
      { code: 'AccessDeniedException', message: '' },
    ],
    [
      'no text for the message',
      '{"__type":"AccessDeniedException","message":{"a":1}}',
      { code: 'AccessDeniedException', message: '' },
    ],
  ])('is read from %s', (_, body, error) => {
    expect(parseFrontEndError(undefined, body)).toEqual(error)
  })

  test('takes its name from a header if the body has none', () => {
    const headers = {
      'x-amzn-errortype': 'MissingAuthenticationTokenException:http://internal.amazon.com/coral/',
    }
    const error = { code: 'MissingAuthenticationTokenException', message: 'Missing Authentication Token' }
    expect(parseFrontEndError(headers, '{"message":"Missing Authentication Token"}')).toEqual(error)
  })

  test.each([
    ['a page', '<html><body><h1>Error</h1></body></html>'],
    ['a page with its type', '<!DOCTYPE html><html/>'],
    ['an element of another name', '<Blocked><Message>no</Message></Blocked>'],
    ['nothing', ''],
    ['JSON of somebody else', '{"code":"blocked","message":"no"}'],
    ['JSON that breaks off', '{"__type":"AccessDenied'],
    ['JSON with a list', '{"__type":["AccessDeniedException"]}'],
    ['JSON with a name that is none', '{"__type":"access denied"}'],
    ['nothing in JSON', '{"Error":null}'],
  ])('is not found in %s', (_, body) => {
    expect(parseFrontEndError({}, body)).toBeUndefined()
  })

  test('has a name of letters and digits, whatever was sent', () => {
    const bodies = fc.oneof(
      anyText,
      anyText.map(text => JSON.stringify({ __type: text, message: text })),
      anyText.map(text => `<${text}Exception><Message>${text}</Message></${text}Exception>`),
    )
    fc.assert(
      fc.property(bodies, anyText, (body, header) => {
        const error = parseFrontEndError({ 'x-amzn-errortype': header }, body)
        expect(error?.code ?? 'None').toMatch(/^[A-Za-z0-9]+$/)
        expect(typeof (error?.message ?? '')).toBe('string')
      }),
    )
  })
})
