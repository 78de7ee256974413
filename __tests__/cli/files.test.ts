import { expect, test } from '@jest/globals'
import { fixedFolder } from '../../src/cli/files.ts'

test.each([
  ['*.json', './'],
  ['**/*.json', './'],
  ['iam/*.json', 'iam/'],
  ['iam/role?/policy.json', 'iam/'],
  ['iam/deep/r*/*.json', 'iam/deep/'],
  ['/*.json', '/'],
  ['/iam/*.json', '/iam/'],
  ['C:/*.json', 'C:/'],
  ['C:/iam/*.json', 'C:/iam/'],
  ['//server/share/*.json', '//server/share/'],
])('looks for %s in %s', (pattern, folder) => {
  expect(fixedFolder(pattern)).toBe(folder)
})
