import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { read, sectionOf } from '../pages/shown-by.ts'

function run(...args: string[]) {
  const command = [resolve(__dirname, '../../dist/cli/index.js'), ...args]
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8' })
  return { status, stdout, stderr }
}

const COMMANDS = Array.from(run('--help').stdout.matchAll(/^ {2}([a-z]+) /gm), ([, name = '']) => name)

describe('the command line', () => {
  test('lists its commands', () => {
    expect(COMMANDS).toEqual(['explain', 'lint', 'migrate'])
  })

  test.each(COMMANDS)('has help for %s, and a page that names every option', command => {
    const { status, stdout, stderr } = run(command, '--help')
    expect([status, stderr]).toEqual([0, ''])
    const options = Array.from(stdout.matchAll(/^ {2}(--[a-z-]+)/gm), ([, option = '']) => option)
    expect(options.length).toBeGreaterThan(2)
    const section = sectionOf(read('docs/cli.md'), command)
    for (const option of options) expect(section).toContain(option)
  })

  test.each([
    ['no command', []],
    ['unknown command deploy', ['deploy']],
    ['unknown command toString', ['toString']],
    ['unknown command --version', ['--version']],
  ])('ends with 2 and the commands: %s', (reason, args) => {
    const { status, stdout, stderr } = run(...args)
    expect([status, stdout]).toEqual([2, ''])
    expect(stderr).toContain(`${reason}\n\nChecks IAM trust policies`)
  })
})
