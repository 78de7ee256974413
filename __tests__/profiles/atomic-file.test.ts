import fs, { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { changeTogether, PartlyChanged, readShared } from '../../src/profiles/atomic-file.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'atomic-file-'))
})
afterEach(() => {
  jest.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

function busy(): never {
  throw Object.assign(new Error('EBUSY'), { code: 'EBUSY' })
}

describe('changes of several files', () => {
  test('say that some were made, even if their temporary files can no longer be deleted', async () => {
    const paths = ['credentials', 'config'].map(name => join(folder, name))
    for (const path of paths) writeFileSync(path, 'before')
    const { renameSync, rmSync: remove } = fs
    let renamed = 0
    jest.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      renamed++
      if (renamed > 1) busy()
      renameSync(from, to)
    })
    jest.spyOn(fs, 'rmSync').mockImplementation((path, options) => {
      if (String(path).endsWith('.tmp')) busy()
      remove(path, options)
    })
    const changes = paths.map(path => ({ file: readShared(path), after: 'after' }))
    await expect(changeTogether(changes, { assertHeld: () => {} })).rejects.toThrow(PartlyChanged)
    expect(paths.map(path => readFileSync(path, 'utf8'))).toEqual(['after', 'before'])
  })
})
