import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  type Scalar,
  type YAMLMap,
} from 'yaml'

/** A value in a workflow, and the line that it is on. */
export type Given = { readonly text: string; readonly line: number }
type Values = ReadonlyMap<string, Given>

/** A step that uses configure-aws-credentials. */
export type Use = {
  /** Of the action's name, counted from 1. */
  readonly line: number
  readonly column: number
  /** What the name stands at in the text, quotes excluded. */
  readonly range: readonly [start: number, end: number]
  readonly name: string
  /** The major version, by the tag or by the comment after a commit; undefined where neither says it. */
  readonly version: number | undefined
  readonly inputs: Values
  /** Of the workflow, the job and the step. */
  readonly environment: Values
  /** The values that the job's matrix lists for a name. */
  readonly matrix: ReadonlyMap<string, readonly string[]>
}

/** A workflow that is no YAML. */
export class UnreadableWorkflow extends Error {}

const ACTION = /^aws-actions\/configure-aws-credentials@(.+)$/i

/**
 * The steps of a workflow or a composite action that use configure-aws-credentials, in their order. One that an alias
 * repeats is found once.
 * @throws UnreadableWorkflow
 */
export function usesIn(text: string): readonly Use[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'silent', uniqueKeys: false })
  const [error] = document.errors
  if (error) throw new UnreadableWorkflow(error.message.split('\n')[0])
  const found = new Map<number, Use>()
  for (const { step, environments, matrix } of stepsIn(new Reader(document, lines))) {
    const use = step.scalar('uses')
    if (!use || !ACTION.test(String(use.value))) continue
    const range = rangeOf(use, text)
    if (found.has(range[0])) continue
    const { line, col: column } = lines.linePos(range[0])
    found.set(range[0], {
      line,
      column,
      range,
      name: String(use.value),
      version: versionOf(String(use.value), use.comment ?? ''),
      inputs: step.values('with'),
      environment: new Map([...environments, step].flatMap(each => [...each.values('env')])),
      matrix,
    })
  }
  return [...found.values()].toSorted((one, other) => one.range[0] - other.range[0])
}

/** Without quotes. */
function rangeOf({ range }: Scalar, text: string): readonly [number, number] {
  const [start = 0, end = 0] = range ?? []
  return /["']/.test(text[start] ?? '') ? [start + 1, end - 1] : [start, end]
}

function versionOf(name: string, comment: string): number | undefined {
  const tag = /@v(\d+)(?:\.|$)/.exec(name) ?? /^\s*v?(\d+)(?:\.\d+)*\b/.exec(comment)
  return tag ? Number(tag[1]) : undefined
}

type FoundStep = {
  readonly step: Reader
  readonly environments: readonly Reader[]
  readonly matrix: Use['matrix']
}

function stepsIn(root: Reader): readonly FoundStep[] {
  const ofJobs = root
    .at('jobs')
    .children()
    .flatMap(job =>
      job
        .at('steps')
        .items()
        .map(step => ({
          step,
          environments: [root, job],
          matrix: matrixOf(job.at('strategy').at('matrix')),
        })),
    )
  const ofAction = root
    .at('runs')
    .at('steps')
    .items()
    .map(step => ({ step, environments: [], matrix: new Map() }))
  return [...ofJobs, ...ofAction]
}

function matrixOf(matrix: Reader): Use['matrix'] {
  const values = new Map<string, string[]>()
  const add = (name: string, text: string) => values.set(name, [...(values.get(name) ?? []), text])
  for (const [name, child] of matrix.entries())
    for (const item of child.items()) if (item.text !== undefined) add(name, item.text)
  for (const included of matrix.at('include').items())
    for (const [name, child] of included.entries()) if (child.text !== undefined) add(name, child.text)
  return values
}

/** Reads YAML as GitHub does, through aliases. What is missing, or of another kind, is empty. */
class Reader {
  readonly #document: Document
  readonly #lines: LineCounter
  readonly #node: Node | null

  constructor(document: Document, lines: LineCounter, node: unknown = document.contents) {
    this.#document = document
    this.#lines = lines
    this.#node = (isAlias(node) ? node.resolve(document) : (node as Node | null)) ?? null
  }

  at(name: string): Reader {
    return this.#child(isMap(this.#node) ? this.#node.get(name, true) : null)
  }

  scalar(name: string): Scalar | undefined {
    const node = this.at(name).#node
    return isScalar(node) ? node : undefined
  }

  get text(): string | undefined {
    return isScalar(this.#node) ? String(this.#node.value ?? '') : undefined
  }

  entries(): readonly (readonly [string, Reader])[] {
    if (!isMap(this.#node)) return []
    const { items }: YAMLMap = this.#node
    return items.flatMap(({ key, value }) =>
      isScalar(key) ? [[String(key.value), this.#child(value)] as const] : [],
    )
  }

  children(): readonly Reader[] {
    return this.entries().map(([, child]) => child)
  }

  items(): readonly Reader[] {
    return isSeq(this.#node) ? this.#node.items.map(item => this.#child(item)) : []
  }

  /** The scalars of a mapping. */
  values(name: string): Values {
    return new Map(
      this.at(name)
        .entries()
        .flatMap(([key, child]) =>
          child.text === undefined ? [] : [[key, { text: child.text, line: child.#line() }] as const],
        ),
    )
  }

  #child(node: unknown): Reader {
    return new Reader(this.#document, this.#lines, node ?? null)
  }

  #line(): number {
    return this.#lines.linePos(this.#node?.range?.[0] ?? 0).line
  }
}
