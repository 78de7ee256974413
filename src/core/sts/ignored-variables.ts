import type { Environment } from '../base/environment.ts'

/**
 * Names of the variables that would move, open or widen the way to STS in other tools and are ignored here, because an
 * earlier step can set them. Blank ones mean nothing to anyone. `endpoint` is the user's own, where there is one.
 */
export function ignoredVariables(environment: Environment, endpoint: URL | undefined): readonly string[] {
  const ignored = endpoint ? [...IGNORED, ...IGNORED_WITH_ENDPOINT] : IGNORED
  return ignored.filter(({ name, when = isGiven }) => when(environment[name])).map(({ name }) => name)
}

/** For the end of a hint: a failure in which they may have had a part. */
export function ignoredNote(names: readonly string[]): string {
  if (names.length === 0) return ''
  return ` These variables were ignored because an earlier step could have set them: ${names.join(', ')}.`
}

type Test = (value: string | undefined) => boolean

const isGiven: Test = value => Boolean(value)
const isTrue: Test = value => value?.toLowerCase() === 'true'

type Ignored = { readonly name: string; readonly when?: Test }

const IGNORED: readonly Ignored[] = [
  { name: 'AWS_ENDPOINT_URL' },
  { name: 'AWS_ENDPOINT_URL_STS' },
  { name: 'AWS_CA_BUNDLE' },
  { name: 'NODE_EXTRA_CA_CERTS' },
  { name: 'NODE_TLS_REJECT_UNAUTHORIZED', when: value => value === '0' },
  { name: 'NODE_USE_SYSTEM_CA', when: value => value === '1' },
  { name: 'AWS_STS_REGIONAL_ENDPOINTS', when: value => value?.toLowerCase() === 'legacy' },
]

/** They choose among AWS's own hosts, so they mean nothing to an endpoint of one's own. */
const IGNORED_WITH_ENDPOINT: readonly Ignored[] = [
  { name: 'AWS_USE_FIPS_ENDPOINT', when: isTrue },
  { name: 'AWS_USE_DUALSTACK_ENDPOINT', when: isTrue },
]
