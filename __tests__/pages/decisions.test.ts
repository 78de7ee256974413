import { readdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { read } from './shown-by.ts'

const FOLDER = 'docs/adr'
const names = readdirSync(resolve(__dirname, '../..', FOLDER)).filter(name => /^\d{4}-.*\.md$/.test(name))

describe('the decisions', () => {
  test('are numbered without a gap, and listed by title in order', () => {
    const lines = names.map(name => `[${titleOf(name)}](${name})`)
    expect(names.map(name => Number(name.slice(0, 4)))).toEqual(names.map((_, index) => index + 1))
    expect(read(`${FOLDER}/README.md`).match(/\[[^\]]+\]\(\d{4}-[^)]+\)/g)).toEqual(lines)
  })

  test.each(names)('fit on one page each: %s', name => {
    const page = read(`${FOLDER}/${name}`)
    expect(page.split('\n').length).toBeLessThan(40)
    for (const part of ['**Context.**', '**Consequences.**']) expect(page).toContain(part)
  })
})

function titleOf(name: string): string {
  return read(`${FOLDER}/${name}`).split('\n', 1)[0]?.slice(2) ?? ''
}
