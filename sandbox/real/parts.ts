import { actionlint, checkJsonschema, zizmor } from './linter.ts'
import type { Part } from './part.ts'

/** In the order of the page, lane by lane. */
export const parts: readonly Part[] = [actionlint, zizmor, checkJsonschema]
