import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { classicForm, isImmutableSubject } from '../../../src/core/token/subject.ts'
import { anyText } from '../arbitraries.ts'

/** Owners and repositories, which can't contain `@`, `:` or `/`. */
const name = fc.stringMatching(/^[A-Za-z0-9._-]{1,20}$/)
const id = fc.stringMatching(/^\d{1,12}$/)
const tail = fc.oneof(
  fc.constantFrom('pull_request', 'ref:refs/heads/main', 'ref:refs/tags/v1@2', 'environment:a@1/b@2:c'),
  anyText,
)

describe('isImmutableSubject', () => {
  test.each([
    ['of a branch', 'repo:octo-org@65/octo-repo@74:ref:refs/heads/main'],
    ['of an environment', 'repo:octo-org@65/octo-repo@74:environment:prod'],
    ['of a pull request', 'repo:octo-org@65/octo-repo@74:pull_request'],
    ['of names with dots and digits', 'repo:o.1@65/r_2.x@74:pull_request'],
  ])('recognizes an immutable subject %s', (_, subject) => {
    expect(isImmutableSubject(subject)).toBe(true)
  })

  test.each([
    ['a classic subject', 'repo:octo-org/octo-repo:ref:refs/heads/main'],
    ['names that end in numbers', 'repo:org-123/repo-456:ref:refs/heads/main'],
    ['the id of the owner alone', 'repo:octo-org@65/octo-repo:pull_request'],
    ['the id of the repository alone', 'repo:octo-org/octo-repo@74:pull_request'],
    ['ids that are not numbers', 'repo:octo-org@a/octo-repo@b:pull_request'],
    ['blank ids', 'repo:octo-org@/octo-repo@:pull_request'],
    ['ids in a branch', 'repo:octo-org/octo-repo:ref:refs/heads/a@1/b@2:c'],
    ['an environment that looks like one', 'repo:octo-org/octo-repo:environment:repo:a@1/b@2:c'],
    ['nothing behind the repository', 'repo:octo-org@65/octo-repo@74'],
    ['another beginning', 'xrepo:octo-org@65/octo-repo@74:pull_request'],
    ['capitals', 'REPO:octo-org@65/octo-repo@74:pull_request'],
    ['a second line', 'x\nrepo:octo-org@65/octo-repo@74:pull_request'],
    ['nothing', ''],
  ])('does not mistake for immutable %s', (_, subject) => {
    expect(isImmutableSubject(subject)).toBe(false)
  })
})

describe('classicForm', () => {
  test('removes the ids and keeps the rest unchanged', () => {
    fc.assert(
      fc.property(name, id, name, id, tail, (owner, ownerId, repo, repoId, rest) => {
        const immutable = `repo:${owner}@${ownerId}/${repo}@${repoId}:${rest}`
        expect(isImmutableSubject(immutable)).toBe(true)
        expect(classicForm(immutable)).toBe(`repo:${owner}/${repo}:${rest}`)
      }),
    )
  })

  test('returns a subject that is not immutable, and any other text, unchanged', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.tuple(name, name, tail).map(toClassic)), subject => {
        fc.pre(!isImmutableSubject(subject))
        expect(classicForm(subject)).toBe(subject)
      }),
    )
  })

  test('never returns an immutable subject', () => {
    fc.assert(
      fc.property(fc.tuple(name, name, tail).map(toClassic), subject => {
        expect(isImmutableSubject(classicForm(subject))).toBe(false)
      }),
    )
  })
})

function toClassic([owner, repo, rest]: readonly [string, string, string]): string {
  return `repo:${owner}/${repo}:${rest}`
}
