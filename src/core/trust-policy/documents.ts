import { type Node as JsonNode, type ParseError, parseTree } from 'jsonc-parser'
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Node as YamlNode } from 'yaml'
import type { PolicyPath } from './policy.ts'

/** Where a part of a policy stands in its file, counted from 1. */
export type Position = { readonly line: number; readonly column: number }

export type FoundPolicy = {
  /** Of the role or the resource; empty for a file that is a policy. */
  readonly name: string
  /** The policy as JSON; undefined where it is not known yet, or can't be read. */
  readonly text: string | undefined
  /** Why there is no text. */
  readonly problem?: string
  /** Terraform knows it only after apply. */
  readonly isPending?: boolean
  /** Of the nearest part that is there; of the whole where the policy is written in a string. */
  readonly at: (path: PolicyPath) => Position
}

/** Why a file holds no policy that could be read. */
export class UnreadableDocument extends Error {}

/** A file of another kind: no policy, and nothing that may hold some. */
export class NoPolicy extends UnreadableDocument {}

/** A value of JSON or YAML, with its place. An object may have a key twice. */
type Value =
  | { readonly kind: 'object'; readonly offset: number; readonly entries: readonly Entry[] }
  | { readonly kind: 'array'; readonly offset: number; readonly items: readonly Value[] }
  | { readonly kind: 'scalar'; readonly offset: number; readonly value: unknown }

type Entry = { readonly key: string; readonly offset: number; readonly value: Value }

/**
 * The trust policies in a text: a policy itself, what the AWS CLI prints of roles, `terraform show -json`, a
 * CloudFormation template, and any JSON that holds these.
 * @throws UnreadableDocument, and NoPolicy where a text is none of these
 */
export function policiesIn(text: string, path: string): readonly FoundPolicy[] {
  try {
    const { root, positionOf } = parse(text, path)
    const found = [...search(root, { name: '', isRoot: true }, positionOf)]
    if (found.length === 0 && !FORMS.some(key => entry(root, key)))
      throw new NoPolicy('it contains no trust policy')
    const seen = new Set<string>()
    // A plan holds a resource several times.
    return found.filter(({ name, text: policy, problem }) => {
      const id = JSON.stringify([name, policy, problem])
      const isNew = name === '' || !seen.has(id)
      seen.add(id)
      return isNew
    })
  } catch (error) {
    if (error instanceof RangeError) throw new UnreadableDocument('it is nested too deeply')
    throw error
  }
}

/** Keys of documents that may hold policies, and need not. */
const FORMS = ['Roles', 'RoleDetailList', 'Resources', 'format_version', 'planned_values', 'resource_changes']

type PositionOf = (offset: number) => Position
type Parsed = { readonly root: Value; readonly positionOf: PositionOf }

function parse(text: string, path: string): Parsed {
  const errors: ParseError[] = []
  const tree = parseTree(text, errors, { disallowComments: true })
  if (tree && errors.length === 0) return { root: fromJson(tree), positionOf: positionsIn(text) }
  if (/^\s*%7B/i.test(text) && decoded(text) !== undefined)
    return { root: { kind: 'scalar', offset: 0, value: text }, positionOf: positionsIn(text) }
  if (/\.(?:ya?ml|template)$/i.test(path)) return parseYaml(text)
  const [error] = errors
  const { line, column } = positionsIn(text)(error?.offset ?? 0)
  throw new UnreadableDocument(`it is not JSON: line ${line}, column ${column}`)
}

function parseYaml(text: string): Parsed {
  const lines = new LineCounter()
  // Tags such as !Sub are CloudFormation's own.
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'silent', uniqueKeys: false })
  const [error] = document.errors
  if (error || !document.contents)
    throw new UnreadableDocument(
      `it is neither JSON nor YAML${error ? `: ${error.message.split('\n')[0]}` : ''}`,
    )
  const positionOf = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  return { root: fromYaml(document.contents as YamlNode), positionOf }
}

function positionsIn(text: string): PositionOf {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return offset => {
    let [low, high] = [0, starts.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
  }
}

function fromJson({ type, offset, children = [], value }: JsonNode): Value {
  if (type === 'array') return { kind: 'array', offset, items: children.map(fromJson) }
  if (type !== 'object') return { kind: 'scalar', offset, value }
  const entries = children.flatMap(({ offset, children: [key, child] = [] }) =>
    key && child ? [{ key: String(key.value), offset, value: fromJson(child) }] : [],
  )
  return { kind: 'object', offset, entries }
}

/** With the short form of CloudFormation's functions written out. */
function fromYaml(node: YamlNode | null): Value {
  const value = plainValueOf(node)
  const [, name] = /^!([A-Z]\w+)$/.exec(node?.tag ?? '') ?? []
  if (name === undefined || value.kind === 'scalar') return value
  const { offset } = value
  return { kind: 'object', offset, entries: [{ key: `Fn::${name}`, offset, value }] }
}

function plainValueOf(node: YamlNode | null): Value {
  const offset = node?.range?.[0] ?? 0
  if (isMap(node))
    return {
      kind: 'object',
      offset,
      entries: node.items.map(({ key, value }) => ({
        key: isScalar(key) ? String(key.value) : '',
        offset: (key as YamlNode | null)?.range?.[0] ?? offset,
        value: fromYaml(value as YamlNode | null),
      })),
    }
  if (isSeq(node)) return { kind: 'array', offset, items: node.items.map(item => fromYaml(item as YamlNode)) }
  return { kind: 'scalar', offset, value: isScalar(node) ? plainOf(node.value, node.tag) : null }
}

/** YAML reads a date where IAM has a text. `!Ref NAME` stands for a value that the template does not hold. */
function plainOf(value: unknown, tag: string | undefined): unknown {
  if (tag === '!Ref' || tag === '!GetAtt') return ['${', String(value), '}'].join('')
  return value instanceof Date ? value.toISOString().slice(0, 10) : value
}

/** A resource of CloudFormation is named by its key, whatever the role is called. */
type Context = { readonly name: string; readonly isNamed?: boolean; readonly isRoot: boolean }

function* search(value: Value, context: Context, positionOf: PositionOf): Generator<FoundPolicy> {
  if (value.kind === 'array') {
    for (const item of value.items) yield* search(item, { ...context, isRoot: false }, positionOf)
    return
  }
  if (value.kind === 'scalar') {
    if (context.isRoot && typeof value.value === 'string') yield policyOf(value, context.name, positionOf)
    return
  }
  const { isNamed = false } = context
  const name = (isNamed ? undefined : nameIn(value)) ?? context.name
  if (isTrustPolicy(value, context.isRoot)) {
    yield policyOf(value, name, positionOf)
    return
  }
  for (const { key, value: child } of value.entries) {
    if (POLICY_KEYS.includes(key)) {
      if (!isNull(child)) yield policyOf(child, name, positionOf)
    } else if (key === 'after_unknown' && isPending(child)) {
      yield {
        name,
        text: undefined,
        problem: 'not known until apply',
        isPending: true,
        at: () => positionOf(child.offset),
      }
    } else if (key === 'json' && isTrustPolicyText(child)) {
      yield policyOf(child, name, positionOf)
    } else if (!UNREAD_KEYS.includes(key)) {
      const isOne = isResource(child)
      const inner = { name: isOne ? key : name, isNamed: isNamed || isOne, isRoot: false }
      yield* search(child, inner, positionOf)
    }
  }
}

const POLICY_KEYS = ['AssumeRolePolicyDocument', 'assume_role_policy', 'assume_role_policy_document']

/** Of Terraform: expressions, and what there was before the plan. */
const UNREAD_KEYS = ['configuration', 'before', 'prior_state', 'resource_drift']

function entry(value: Value, name: string): Value | undefined {
  return value.kind === 'object' ? value.entries.find(({ key }) => key === name)?.value : undefined
}

function textAt(value: Value, name: string): string | undefined {
  const child = entry(value, name)
  return child?.kind === 'scalar' && typeof child.value === 'string' ? child.value : undefined
}

/** Terraform's address, or what IAM calls the role. */
function nameIn(value: Value): string | undefined {
  return textAt(value, 'address') ?? textAt(value, 'Arn') ?? textAt(value, 'RoleName')
}

function isResource(value: Value): boolean {
  return textAt(value, 'Type')?.startsWith('AWS::') ?? false
}

function isNull(value: Value): boolean {
  return value.kind === 'scalar' && (value.value === null || value.value === undefined)
}

function isPending(afterUnknown: Value): boolean {
  const value = entry(afterUnknown, 'assume_role_policy')
  return value?.kind === 'scalar' && value.value === true
}

/** Other policies have Resources, no principals, or actions of other services. What stands alone may be a broken one. */
function isTrustPolicy(value: Value, isRoot: boolean): boolean {
  const statements = entry(value, 'Statement')
  if (!statements) return false
  const list = statements.kind === 'array' ? statements.items : [statements]
  if (isRoot)
    return list.length === 0 || list.some(each => !entry(each, 'Resource') || entry(each, 'Principal'))
  return list.some(each => entry(each, 'Principal') && !entry(each, 'Resource') && isForSts(each))
}

function isForSts(statement: Value): boolean {
  const actions = entry(statement, 'Action')
  if (!actions) return true
  const texts = actions.kind === 'array' ? actions.items : [actions]
  return texts.some(each => each.kind === 'scalar' && /^(?:sts:|\*$)/i.test(String(each.value)))
}

function isTrustPolicyText(value: Value): boolean {
  const text = value.kind === 'scalar' && typeof value.value === 'string' ? decoded(value.value) : undefined
  const tree = text === undefined ? undefined : parseTree(text)
  return tree !== undefined && isTrustPolicy(fromJson(tree), false)
}

function policyOf(value: Value, name: string, positionOf: PositionOf): FoundPolicy {
  if (value.kind === 'scalar') {
    const at = () => positionOf(value.offset)
    const text = typeof value.value === 'string' ? decoded(value.value) : undefined
    return text === undefined ? { name, text, problem: 'it is not JSON', at } : { name, text, at }
  }
  const at = (path: PolicyPath) => positionOf(offsetOf(value, path))
  if (hasOpenConditions(value))
    return { name, text: undefined, problem: 'not known until deployed', isPending: true, at }
  return { name, text: toJson(value), at }
}

/** As it is, or as IAM's API returns it: percent-encoded. Undefined for a text that is no JSON object. */
function decoded(text: string): string | undefined {
  for (const candidate of [text, unescaped(text)]) {
    if (candidate === undefined) continue
    const errors: ParseError[] = []
    const tree = parseTree(candidate, errors, { disallowComments: true })
    if (errors.length > 0 || !tree) continue
    if (tree.type === 'object') return candidate
    if (tree.type === 'string') return decoded(String(tree.value))
  }
  return undefined
}

function unescaped(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', '%20'))
  } catch {
    return undefined
  }
}

/** With keys that stand twice. A function of CloudFormation becomes its text, which no token has. */
function toJson(value: Value): string {
  if (value.kind === 'scalar') return JSON.stringify(value.value ?? null)
  if (value.kind === 'array') return `[${value.items.flatMap(branchesOf).map(toJson).join(',')}]`
  const branches = branchesOf(value)
  if (branches[0] !== value) return `[${branches.map(toJson).join(',')}]`
  const [first, ...others] = value.entries
  if (first && others.length === 0 && /^(?:Fn::\w+|Ref)$/.test(first.key))
    return JSON.stringify(functionText(first))
  return `{${value.entries.map(({ key, value: child }) => `${JSON.stringify(key)}:${toJson(child)}`).join(',')}}`
}

/** All that `Fn::If` may come to, without AWS::NoValue. */
function branchesOf(value: Value): readonly Value[] {
  const choice = entry(value, 'Fn::If')
  if (choice?.kind !== 'array') return isNoValue(value) ? [] : [value]
  return choice.items.slice(1).flatMap(branchesOf)
}

/** `!Ref AWS::NoValue`, as `plainOf` writes it. */
const NO_VALUE = ['${', 'AWS::NoValue', '}'].join('')

function isNoValue(value: Value): boolean {
  return textAt(value, 'Ref') === 'AWS::NoValue' || (value.kind === 'scalar' && value.value === NO_VALUE)
}

/** Whether a function of CloudFormation decides what a statement's conditions or principals are. */
function hasOpenConditions(policy: Value): boolean {
  const statements = entry(policy, 'Statement')
  const list =
    statements?.kind === 'array' ? statements.items.flatMap(branchesOf) : statements ? [statements] : []
  return list.some(statement => {
    const condition = entry(statement, 'Condition')
    const operators = condition?.kind === 'object' ? condition.entries.map(({ value }) => value) : []
    return [condition, entry(statement, 'Principal'), ...operators].some(isChoice)
  })
}

function isChoice(value: Value | undefined): boolean {
  return value !== undefined && entry(value, 'Fn::If') !== undefined
}

/** As far as the template tells: a name in `${}` stands for the rest. */
function functionText({ key, value }: Entry): string {
  const [first, second] = value.kind === 'array' ? value.items : [value]
  if (key === 'Fn::Join' && first && second?.kind === 'array')
    return second.items.map(plainText).join(plainText(first))
  const plain = first ? plainText(first) : ''
  return key === 'Fn::Sub' ? plain : ['${', plain || key, '}'].join('')
}

function plainText(value: Value): string {
  if (value.kind === 'scalar') return String(value.value ?? '')
  const [only] = value.kind === 'object' ? value.entries : []
  return only ? functionText(only) : ''
}

/** Of the part that a path leads to, as far as it leads. */
function offsetOf(value: Value, path: PolicyPath): number {
  const [step, ...rest] = path
  if (step === undefined) return value.offset
  if (value.kind === 'array' && typeof step === 'number') {
    const item = value.items[step]
    return item ? offsetOf(item, rest) : value.offset
  }
  // A single statement or value stands without its list.
  if (typeof step === 'number') return step === 0 ? offsetOf(value, rest) : value.offset
  const found = value.kind === 'object' ? value.entries.find(({ key }) => key === step) : undefined
  if (!found) return value.offset
  return rest.length === 0 ? found.offset : Math.max(found.offset, offsetOf(found.value, rest))
}
