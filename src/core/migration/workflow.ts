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
  visit,
  type YAMLMap,
} from 'yaml'
import { PLACEHOLDER } from './release.ts'

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

/** Or the placeholder that an earlier move has written. */
const ACTION = new RegExp(
  `^(?:aws-actions/configure-aws-credentials@.+|aws-role-gate/aws-role-gate@${PLACEHOLDER})$`,
  'i',
)

/**
 * The steps of a workflow or a composite action that use configure-aws-credentials, in their order. One that an alias
 * repeats with other values is found again, at the same place.
 * @throws UnreadableWorkflow
 */
export function usesIn(text: string): readonly Use[] {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false })
  const [error] = document.errors
  if (error) throw new UnreadableWorkflow(error.message.split('\n')[0])
  const uses = stepsIn(new Reader(document, lines)).flatMap(({ step, environments, matrix }) => {
    const use = step.scalar('uses')
    const name = String(use?.value ?? '').trim()
    if (!use || !ACTION.test(name)) return []
    const range = rangeOf(use, name, text)
    const { line, col: column } = lines.linePos(range[0])
    const inputs = new Map(
      [...step.values('with')].map(([key, given]) => [key.toLowerCase(), given] as const),
    )
    const environment = new Map([...environments, step].flatMap(each => [...each.values('env')]))
    return [
      { line, column, range, name, version: versionOf(name, use.comment ?? ''), inputs, environment, matrix },
    ]
  })
  const isNew = (use: Use, index: number) => uses.findIndex(each => isSame(each, use)) === index
  return uses.filter(isNew).toSorted((one, other) => one.range[0] - other.range[0])
}

/** One that an alias repeats, with the same values. */
function isSame(one: Use, other: Use): boolean {
  const { range, inputs, environment, matrix } = one
  return (
    range[0] === other.range[0] &&
    sameValues(inputs, other.inputs) &&
    sameValues(environment, other.environment) &&
    JSON.stringify([...matrix]) === JSON.stringify([...other.matrix])
  )
}

function sameValues(one: Values, other: Values): boolean {
  return JSON.stringify([...one]) === JSON.stringify([...other])
}

/** Of the name alone, without quotes and the marks of a block. */
function rangeOf({ range }: Scalar, name: string, text: string): readonly [number, number] {
  const start = text.indexOf(name, range?.[0] ?? 0)
  if (start < 0 || start >= (range?.[1] ?? 0)) throw new UnreadableWorkflow(`${name} is written in escapes`)
  return [start, start + name.length]
}

/** `v1-node16` is a tag too. Tools write the version behind a commit as `v4.0.2`, `tag=v4` or `pin@v4`. */
function versionOf(name: string, comment: string): number | undefined {
  const tag = /@v(\d+)(?:[.-]|$)/.exec(name) ?? /^\s*(?:\S*[=@])?v(\d+)(?:\.|\s|$)/.exec(comment)
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
          environments: [root, job, job.at('container')],
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

/** Without what `exclude` removes by that name alone. A row of `include` that lacks a name leaves it blank. */
function matrixOf(matrix: Reader): Use['matrix'] {
  const included = matrix.at('include').items()
  const excluded = matrix.at('exclude').items()
  const listed = matrix.entries().flatMap(([name, child]) => {
    const texts = textsOf(child.items())
    const isExcluded = (text: string) =>
      excluded.some(row => row.entries().length === 1 && row.at(name).text === text)
    return texts.length === 0 ? [] : [[name, texts.filter(text => !isExcluded(text))] as const]
  })
  const values = new Map(listed)
  for (const name of new Set(included.flatMap(row => row.entries().map(([key]) => key)))) {
    const texts = textsOf(included.map(row => row.at(name)))
    const isLacking = listed.length === 0 && texts.length < included.length
    values.set(name, [...(values.get(name) ?? []), ...texts, ...(isLacking ? [''] : [])])
  }
  return values
}

function textsOf(items: readonly Reader[]): string[] {
  return items.flatMap(({ text }) => text ?? [])
}

type Anchors = ReadonlyMap<string, Node>

/** Anchors that stand once: those need no search. */
function anchorsIn(document: Document): Anchors {
  const all = new Map<string, Node[]>()
  visit(document, {
    Value: (_, node) => {
      if (node.anchor) all.set(node.anchor, [...(all.get(node.anchor) ?? []), node])
    },
  })
  return new Map([...all].flatMap(([name, [node, other]]) => (node && !other ? [[name, node] as const] : [])))
}

/** Reads YAML as GitHub does, through aliases. What is missing, or of another kind, is empty. */
class Reader {
  readonly #document: Document
  readonly #lines: LineCounter
  readonly #anchors: Anchors
  readonly #node: Node | null

  constructor(
    document: Document,
    lines: LineCounter,
    node: unknown = document.contents,
    anchors = anchorsIn(document),
  ) {
    this.#document = document
    this.#lines = lines
    this.#anchors = anchors
    this.#node =
      (isAlias(node) ? (anchors.get(node.source) ?? node.resolve(document)) : (node as Node | null)) ?? null
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
    return new Reader(this.#document, this.#lines, node ?? null, this.#anchors)
  }

  #line(): number {
    return this.#lines.linePos(this.#node?.range?.[0] ?? 0).line
  }
}
