import { InvalidValue } from '../base/invalid-value.ts'
import { duplicateKeysIn, parseJsonObject } from '../base/json-object.ts'
import { quote } from '../base/text.ts'

/** A session tag of AssumeRole. A droppable one is left out when all together are too large for AWS. */
export type Tag = { readonly key: string; readonly value: string; readonly droppable: boolean }

/** Who ran what: keys of the tags, and the variables that their values come from. */
const ESSENTIAL = {
  Repository: 'GITHUB_REPOSITORY',
  Workflow: 'GITHUB_WORKFLOW',
  Action: 'GITHUB_ACTION',
  Actor: 'GITHUB_ACTOR',
  Commit: 'GITHUB_SHA',
  Branch: 'GITHUB_REF',
} as const

const DROPPABLE = {
  EventName: 'GITHUB_EVENT_NAME',
  BaseRef: 'GITHUB_BASE_REF',
  HeadRef: 'GITHUB_HEAD_REF',
  RunId: 'GITHUB_RUN_ID',
  Job: 'GITHUB_JOB',
  TriggeringActor: 'GITHUB_TRIGGERING_ACTOR',
} as const

type TagVariable = (typeof ESSENTIAL)[keyof typeof ESSENTIAL] | (typeof DROPPABLE)[keyof typeof DROPPABLE]

/** What GitHub tells the step of its run, under the names of its variables. */
export type TagSource = { readonly [Variable in TagVariable]?: string | undefined }

/** Of an environment what can become tags; blank where it is not there, so that nothing else takes its place. */
export function tagSourceOf(environment: TagSource): TagSource {
  const names = [...Object.values(ESSENTIAL), ...Object.values(DROPPABLE)]
  return Object.fromEntries(names.map(name => [name, environment[name] ?? '']))
}

const GITHUB_TAG: Tag = { key: 'GitHub', value: 'Actions', droppable: false }
const OWN_KEYS = [GITHUB_TAG.key, ...Object.keys(ESSENTIAL), ...Object.keys(DROPPABLE)]

/** Limits of the `Tag` type in the STS API reference. Lengths are UTF-16 units, the stricter way to count. */
const MAX_TAGS = 50
const MAX_KEY_LENGTH = 128
const MAX_VALUE_LENGTH = 256
const NOT_ALLOWED = /[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu

/** The tags of a session: those that configure-aws-credentials v6 sends, in its order. Blank variables give none. */
export function sessionTags(run: TagSource, custom: readonly Tag[]): readonly Tag[] {
  return [GITHUB_TAG, ...runTags(run, ESSENTIAL, false), ...runTags(run, DROPPABLE, true), ...custom]
}

function runTags(run: TagSource, variables: Record<string, TagVariable>, droppable: boolean): Tag[] {
  return Object.entries(variables).flatMap(([key, variable]) => {
    const value = run[variable]
    return value ? [{ key, value: toTagValue(value), droppable }] : []
  })
}

function toTagValue(text: string): string {
  const cut = text.replaceAll(NOT_ALLOWED, '_').slice(0, MAX_VALUE_LENGTH)
  return cut.replace(/[\ud800-\udbff]$/, '') // half of a pair that the cut went through
}

/** What is left to try when AWS finds the tags too large (PackedPolicyTooLarge). */
export function essentialTags(tags: readonly Tag[]): readonly Tag[] {
  return tags.filter(({ droppable }) => !droppable)
}

/**
 * The keys to hand on along a chain of roles: AWS takes only keys of tags that are sent with them, so ask anew when
 * tags were dropped. `unknown` are keys of no tag, for a warning.
 */
export function transitiveTagKeys(
  wanted: readonly string[],
  tags: readonly Tag[],
): { readonly keys: readonly string[]; readonly unknown: readonly string[] } {
  const present = new Set(tags.map(({ key }) => key))
  const distinct = [...new Set(wanted)]
  return {
    keys: distinct.filter(key => present.has(key)),
    unknown: distinct.filter(key => !present.has(key)),
  }
}

/**
 * Tags from a JSON object of strings, numbers and booleans. Keys that differ in case alone are one key to AWS, which
 * refuses both together (STS API reference, AssumeRole), so no key may be one of the action's own in any case.
 * @throws InvalidValue that names every problem
 */
export function parseCustomTags(text: string): readonly Tag[] {
  const object = parseJsonObject(text)
  const entries = Object.entries(object)
  const problems = [
    ...entries.flatMap(([key, value]) => [...keyProblems(key), ...valueProblems(key, value)]),
    ...repeatedKeys(text, object),
    ...spellingsOfOneKey(Object.keys(object)),
    ...countProblems(entries.length),
  ]
  if (problems.length > 0) throw new InvalidValue(problems.join('; '))
  return entries.map(([key, value]) => ({ key, value: String(value), droppable: false }))
}

function keyProblems(key: string): string[] {
  if (key === '') return ['a key is empty: give the tag a name']
  const what = `the key ${quote(key)}`
  const own = OWN_KEYS.find(candidate => candidate.toLowerCase() === key.toLowerCase())
  return [
    ...textProblems(what, key, MAX_KEY_LENGTH),
    ...(own ? [`${what} is that of a tag that the action sends itself (${own}): choose another`] : []),
  ]
}

function valueProblems(key: string, value: unknown): string[] {
  const what = `the value of ${quote(key)}`
  if (typeof value === 'object')
    return [`${what} is ${kindOf(value)}: write a string, a number, true or false`]
  // JSON.parse has changed its digits already.
  if (typeof value === 'number' && Math.abs(value) > Number.MAX_SAFE_INTEGER)
    return [`${what} is a number too large to be kept as it is: write it in quotes`]
  return textProblems(what, String(value), MAX_VALUE_LENGTH)
}

function kindOf(value: object | null): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'a list' : 'an object'
}

/** Rules that keys and values share. The prefix: IAM User Guide, "Rules for tagging in IAM and AWS STS". */
function textProblems(what: string, text: string, longest: number): string[] {
  const problems: string[] = []
  if (text.length > longest) problems.push(`${what} has ${text.length} characters: AWS takes ${longest}`)
  if (text.startsWith('aws:')) problems.push(`${what} begins with aws:, which AWS keeps for itself`)
  const found = new Set(text.match(NOT_ALLOWED))
  if (found.size > 0) {
    problems.push(
      `${what} holds ${quote([...found].join(''))}: AWS takes letters, digits, blanks and _.:/=+-@ in tags`,
    )
  }
  return problems
}

/** Keys that stand twice as they are, of which `JSON.parse` keeps the last and says nothing. */
function repeatedKeys(text: string, object: Readonly<Record<string, unknown>>): string[] {
  const repeated = new Set(duplicateKeysIn(text).filter(key => Object.hasOwn(object, key)))
  return [...repeated].map(key => `the key ${quote(key)} stands twice: take one of them out`)
}

function spellingsOfOneKey(keys: readonly string[]): string[] {
  const first = new Map<string, string>()
  return keys.flatMap(key => {
    const other = first.get(key.toLowerCase())
    if (other === undefined) first.set(key.toLowerCase(), key)
    return other === undefined
      ? []
      : [
          `the keys ${quote(other)} and ${quote(key)} differ in case alone, and are one to AWS: keep one of them`,
        ]
  })
}

function countProblems(count: number): string[] {
  const most = MAX_TAGS - OWN_KEYS.length
  if (count <= most) return []
  return [
    `has ${count} tags: AWS takes ${MAX_TAGS}, of which the action sends ${OWN_KEYS.length}, so write ${most} at most`,
  ]
}
