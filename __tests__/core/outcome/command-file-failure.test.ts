import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { commandFileFailure } from '../../../src/core/outcome/command-file-failure.ts'
import { anyText } from '../arbitraries.ts'

const PATH = '/runner/_temp/_runner_file_commands/set_env_1'

function failedWith(code: string | undefined, left: readonly string[] = []) {
  const cause = Object.assign(new Error(`${code}: what the system said`), code === undefined ? {} : { code })
  return commandFileFailure({ name: 'GITHUB_ENV', path: PATH, cause }, left)
}

describe('a runner file that can’t be written', () => {
  test('is reported with its variable, its path and the system error, and not as a bug', () => {
    const failure = failedWith('ENOSPC')
    expect(failure.code).toBe('ERR_UNEXPECTED')
    expect(failure.likelyCause).toBe('files of the runner')
    expect(failure.message).toBe(`GITHUB_ENV ("${PATH}") can't be written: ENOSPC: what the system said`)
    expect(`${failure.message}${failure.hint}`).not.toMatch(/bug|\bat .*:\d+/)
  })

  test.each([
    ['ENOSPC', /free up disk space/],
    ['EDQUOT', /quota/],
    ['EFBIG', /ulimit -f/],
    ['EACCES', /let its user write/],
    ['EPERM', /attributes/],
    ['EROFS', /mounted read-only/],
    ['ENOENT', /removed or replaced/],
    ['EISDIR', /removed or replaced/],
    ['ENXIO', /removed or replaced/],
    ['EIO', /check its disk/],
    ['ESTALE', /check its disk/],
    ['constructor', /check its disk/],
    [undefined, /removed or replaced/],
  ])('says who must fix %s, and how', (code, advice) => {
    expect(failedWith(code).hint).toMatch(advice)
  })

  test('says that nothing was exported only if everything was rolled back', () => {
    expect(failedWith('EIO').hint).toMatch(/^No credentials were exported\.\n/)
    const { hint } = failedWith('EIO', ['GITHUB_ENV', 'GITHUB_OUTPUT'])
    expect(hint).not.toMatch(/no credentials were|nothing/i)
    expect(hint).toContain("written to GITHUB_ENV and GITHUB_OUTPUT couldn't be removed")
    expect(hint).toMatch(/post step/)
  })

  test('is reported in one line, whatever its path and whatever was thrown', () => {
    fc.assert(
      fc.property(
        anyText,
        fc.oneof(
          anyText,
          anyText.map(text => new Error(text)),
        ),
        (path, cause) => {
          const { message } = commandFileFailure({ name: 'GITHUB_ENV', path, cause }, [])
          expect(message).not.toMatch(/[\n\r\u2028]/)
        },
      ),
    )
  })
})
