import { type Constraint, type Parameters, validationError } from './parameter-constraint.ts'

/** A constraint on each member, or on one field of each. */
export type MemberConstraint = Omit<Constraint, 'member' | 'name'>

/** The places of a list's members: of `Tags.member.N.Key`, for instance, each N once, in order. */
export function placesOf(parameters: Parameters, list: string): readonly number[] {
  const form = new RegExp(`^${list}\\.member\\.(\\d+)(?:\\.|$)`)
  const places = Object.keys(parameters).flatMap(name => form.exec(name)?.[1] ?? [])
  return [...new Set(places.map(Number))].sort((one, other) => one - other)
}

/** The values of `LIST.member.N`, or of `LIST.member.N.FIELD`; empty where one is missing. */
export function valuesOf(parameters: Parameters, list: string, field?: string): readonly string[] {
  return placesOf(parameters, list).map(place => parameters[nameOf(list, place, field)] ?? '')
}

/** One constraint for each member there is. */
export function constraintsOn(
  parameters: Parameters,
  list: string,
  field: string | undefined,
  constraint: MemberConstraint,
): readonly Constraint[] {
  return placesOf(parameters, list).map(place => ({
    ...constraint,
    name: nameOf(list, place, field),
    member: nameOf(withSmallInitial(list), place, field && withSmallInitial(field)),
  }))
}

export function assertLength(parameters: Parameters, list: string, maximum: number): void {
  if (placesOf(parameters, list).length <= maximum) return
  const rule = `Member must have length less than or equal to ${maximum}`
  throw validationError(
    `1 validation error detected: Value at '${withSmallInitial(list)}' failed to satisfy constraint: ${rule}`,
  )
}

function nameOf(list: string, place: number, field: string | undefined): string {
  return [list, 'member', place, ...(field === undefined ? [] : [field])].join('.')
}

function withSmallInitial(name: string): string {
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}`
}
