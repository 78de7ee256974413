import { describe } from '@jest/globals'
import { isInstalled, type Part } from '../../sandbox/real/part.ts'

/** Groups the tests that run a part: they are a row of docs/tested-on.md, and are skipped where it isn't installed. */
export function describePart(part: Part, tests: () => void): void {
  const group = isInstalled(part) ? describe : describe.skip
  group(part.name, tests)
}
