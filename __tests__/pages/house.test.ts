import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { read } from './shown-by.ts'

const PROJECT = resolve(__dirname, '../..')
const MAX_FILES = 14

function rooms(folder: string): string[] {
  const entries = readdirSync(join(PROJECT, folder), { withFileTypes: true })
  const below = entries.filter(entry => entry.isDirectory()).map(entry => `${folder}/${entry.name}`)
  return below.flatMap(room => [room, ...rooms(room)])
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(join(PROJECT, folder), { withFileTypes: true })
  return entries.filter(entry => entry.isFile()).map(({ name }) => name)
}

/** The folders of `src` that a text names in backticks. */
function named(text: string): string[] {
  return Array.from(text.matchAll(/`(src(?:\/[a-z-]+)+)`/g), ([, folder = '']) => folder)
}

describe('the house', () => {
  test('has only the entries in its root', () => {
    expect(filesIn('src')).toEqual(['cli.ts', 'index.ts', 'lint.ts', 'post.ts', 'renew.ts'])
    expect(filesIn('src/core')).toEqual([])
  })

  test.each(rooms('src').filter(room => room !== 'src/core'))(
    'has a room with a handful of files: %s',
    room => {
      expect(filesIn(room).length).toBeLessThanOrEqual(MAX_FILES)
    },
  )

  test('has a map in CONTRIBUTING.md that names exactly its rooms', () => {
    expect(new Set(named(read('CONTRIBUTING.md')))).toEqual(new Set(rooms('src')))
  })

  const pages = ['CONTRIBUTING.md', ...filesIn('docs/adr').map(name => `docs/adr/${name}`)]

  test.each(pages)('is where the pages say it is: %s', page => {
    const paths = Array.from(
      read(page).matchAll(/`(?:src\/)?((?:[a-z-]+\/)*[a-z-]+\.ts)`/g),
      ([, path = '']) => path,
    )
    expect(paths.filter(path => !existsSync(join(PROJECT, 'src', path)))).toEqual([])
  })

  test('has import arrows that the linter enforces for every room', () => {
    const { overrides } = JSON.parse(read('biome.json')) as { overrides: { includes: string[] }[] }
    const held = overrides.flatMap(({ includes }) => includes).map(glob => glob.replace('/*.ts', ''))
    expect(new Set(held)).toEqual(new Set(rooms('src').filter(room => room !== 'src/core')))
  })
})
