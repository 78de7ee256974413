import { PLACEHOLDER } from './release.ts'
import { type Remark, remarksOn } from './remarks.ts'
import { UnreadableWorkflow, type Use, usesIn } from './workflow.ts'

/** A use of configure-aws-credentials, and what its move means. */
export type Move = { readonly use: Use; readonly remarks: readonly Remark[] }

/** What a workflow's move comes to. */
export type Migration = {
  readonly moves: readonly Move[]
  /** Of other lines than the uses'. */
  readonly remarks: readonly Remark[]
  /** The text with the new `uses:` lines, the same to the byte elsewhere. */
  readonly rewritten: string
}

/**
 * Moves a workflow or a composite action to `uses`.
 * @throws UnreadableWorkflow
 */
export function migrate(text: string, uses: string): Migration {
  const found = usesIn(text)
  const rewritten = rewrite(text, found, uses)
  if (found.length > 0 && !uses.endsWith(`@${PLACEHOLDER}`) && usesIn(rewritten).length > 0)
    throw new UnreadableWorkflow('a use could not be rewritten')
  return {
    moves: found.map(use => ({ use, remarks: remarksOn(use) })),
    remarks: found.length > 0 ? expirations(text) : [],
    rewritten,
  }
}

/** A comment that names a version, as it stands after a commit. It would speak of the other action's. */
const VERSION_COMMENT =
  /^["']?[ \t]+#[ \t]*(?:\S*[=@])?(?:v\d+(?:\.\d+)*|\d+(?:\.\d+)+)[ \t]*(?=\r?\n|$|[ \t]#)/

function rewrite(text: string, uses: readonly Use[], name: string): string {
  let [rewritten, at] = ['', 0]
  for (const [start, end] of new Map(uses.map(({ range }) => [range[0], range])).values()) {
    const [comment = ''] = VERSION_COMMENT.exec(text.slice(end)) ?? []
    const quote = /^["']/.exec(comment)?.[0] ?? ''
    rewritten += text.slice(at, start) + name + quote
    at = end + comment.length
  }
  return rewritten + text.slice(at)
}

function expirations(text: string): readonly Remark[] {
  return text.split('\n').flatMap((line, index) =>
    !/^\s*#/.test(line) && /fromJSON\([^)]*\baws-expiration\b/i.test(line)
      ? [
          {
            kind: 'decision' as const,
            line: index + 1,
            row: 'reads aws-expiration with fromJSON',
            message: 'aws-expiration has no quotes here: use it without fromJSON',
          },
        ]
      : [],
  )
}
