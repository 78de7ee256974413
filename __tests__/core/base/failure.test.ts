import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { GateError, reasonOf, toGateError } from '../../../src/core/base/failure.ts'

describe('GateError', () => {
  test('carries its code, message, hint and cause', () => {
    const cause = new Error('socket')
    const error = new GateError('ERR_TIMEOUT', 'what happened', 'who must do what', { cause })
    expect(error).toBeInstanceOf(Error)
    expect({ ...error, message: error.message, cause: error.cause }).toEqual({
      name: 'GateError',
      code: 'ERR_TIMEOUT',
      message: 'what happened',
      hint: 'who must do what',
      cause,
    })
  })
})

test('a reworded failure keeps what is not replaced, with its cause and the section that it leads to', () => {
  const cause = new Error('socket')
  const failure = new GateError('ERR_TIMEOUT', 'm', 'h', { cause, likelyCause: 'proxies' })
  const { code, message, hint, likelyCause, cause: kept } = failure.reworded({ hint: 'other' })
  expect([code, message, hint, likelyCause, kept]).toEqual(['ERR_TIMEOUT', 'm', 'other', 'proxies', cause])
  expect(failure.reworded({ message: 'other', likelyCause: 'role' })).toMatchObject({
    message: 'other',
    hint: 'h',
    likelyCause: 'role',
  })
})

describe('toGateError', () => {
  test('returns our own failures unchanged', () => {
    const failure = new GateError('ERR_STS_REJECTED', 'message', 'hint')
    expect(toGateError(failure)).toBe(failure)
  })

  test('treats any other error as a bug, with its stack in the message and the error as the cause', () => {
    const bug = new TypeError('x is not a function')
    const failure = toGateError(bug)
    expect(failure.code).toBe('ERR_UNEXPECTED')
    expect(failure.message).toContain('TypeError: x is not a function')
    expect(failure.message).toContain('failure.test')
    expect(failure.cause).toBe(bug)
    expect(failure.hint).toMatch(/bug in AWS Role Gate.*Report it/)
  })

  test('never says that nothing was exported, since a bug may come after the export', () => {
    expect(toGateError(new Error('x')).hint).not.toMatch(/nothing|no credentials/i)
  })

  test('describes an error without a stack by its message', () => {
    const bug = new Error('no stack')
    delete bug.stack
    expect(toGateError(bug).message).toContain('no stack')
  })

  test.each([['text'], [42], [undefined], [null], [Symbol('s')], [{ toString: () => 'an object' }]])(
    'treats a thrown value that is not an error as a bug: %p',
    value => {
      expect(toGateError(value)).toMatchObject({ code: 'ERR_UNEXPECTED', cause: value })
      expect(toGateError(value).message).toBe(String(value))
    },
  )

  test('never throws, even for a value that has no text', () => {
    expect(toGateError(Object.create(null))).toMatchObject({
      code: 'ERR_UNEXPECTED',
      message: 'a value that has no text was thrown',
    })
    fc.assert(
      fc.property(fc.anything({ withNullPrototype: true }), value => {
        expect(toGateError(value).code).toBe('ERR_UNEXPECTED')
      }),
    )
  })
})

describe('reasonOf', () => {
  test.each([
    ['the message of an error', new TypeError('socket hang up'), 'socket hang up'],
    ['a text', 'out of order', 'out of order'],
    ['nothing', undefined, 'undefined'],
  ])('uses the wording of what was thrown: %s', (_, thrown, reason) => {
    expect(reasonOf(thrown)).toBe(reason)
  })
})
