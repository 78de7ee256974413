type Environment = Readonly<Record<string, string | undefined>>

/**
 * Names of the variables that would move, open or widen the way to STS in other tools and are ignored here, because an
 * earlier step can set them. Blank ones mean nothing to anyone.
 */
export function ignoredVariables(environment: Environment): readonly string[] {
  return IGNORED.filter(
    ({ name, when }) => (environment[name] ?? '') !== '' && (when?.(environment[name] ?? '') ?? true),
  ).map(({ name }) => name)
}

const isTrue = (value: string) => /^true$/i.test(value)

const IGNORED: readonly { readonly name: string; readonly when?: (value: string) => boolean }[] = [
  { name: 'AWS_ENDPOINT_URL' },
  { name: 'AWS_ENDPOINT_URL_STS' },
  { name: 'AWS_CA_BUNDLE' },
  { name: 'NODE_EXTRA_CA_CERTS' },
  { name: 'NODE_TLS_REJECT_UNAUTHORIZED', when: value => value === '0' },
  { name: 'AWS_USE_FIPS_ENDPOINT', when: isTrue },
  { name: 'AWS_USE_DUALSTACK_ENDPOINT', when: isTrue },
]
