import { InvalidValue } from '../base/invalid-value.ts'
import { DECLARED_INPUTS, INPUT_NAMES, type InputName } from '../inputs/declared-inputs.ts'
import type { Given, Use } from './workflow.ts'

/** What changes for a step. A decision needs a person; a note needs nobody, but may surprise. */
export type Remark = {
  readonly kind: 'decision' | 'note'
  readonly line: number
  /** The first cell of a row in docs/migration.md, without backticks. */
  readonly row: string
  readonly message: string
}

const WITHOUT_ROLE = 'has no role-to-assume: access keys or existing credentials alone'
const MASKED_ID = 'is on v1 or v2 and relies on the masked account ID'
const REGION_ALONE = 'gets the region from a step that has neither a role nor access keys'
const THROUGH_VARIABLES = 'sets inputs through variables: AWS_REGION, ROLE_TO_ASSUME, AUDIENCE and the like'
const MAY_BE_UNSET =
  'sets role-to-assume, a guard (allowed-account-ids) or a session policy from a variable that may be unset'

/** Rows that no workflow shows. A person must know whether they apply. */
export const UNSEEN_ROWS = [
  'may take longer than two minutes',
  'uses the profile after the job, on a persistent runner',
  'assumes a role that the same run has just created',
  // Of other steps, and of whoever calls a composite action.
  THROUGH_VARIABLES,
]

/** Everything that changes for a step, in the order of its lines. */
export function remarksOn(use: Use): readonly Remark[] {
  const remarks = [
    ...missing(use),
    ...[...use.inputs].flatMap(([name, given]) => ofInput(name, given, use)),
    ...together(use),
    ...ofEnvironment(use),
    ...ofOldVersions(use),
  ]
  return remarks.toSorted((one, other) => one.line - other.line)
}

function decision(line: number, row: string, message: string): Remark {
  return { kind: 'decision', line, row, message }
}

function note(line: number, row: string, message: string): Remark {
  return { kind: 'note', line, row, message }
}

function missing(use: Use): Remark[] {
  const { inputs, environment, line } = use
  const isGuarded = inputs.has('allowed-account-ids')
  const hasRole = inputs.has('role-to-assume') || (readsVariables(use) && environment.has('ROLE_TO_ASSUME'))
  return [
    ...(inputs.has('aws-region') || environment.has('AWS_REGION')
      ? []
      : [decision(line, 'aws-region', 'aws-region is missing')]),
    ...(hasRole || isGuarded
      ? []
      : [
          decision(
            line,
            WITHOUT_ROLE,
            'no role is assumed: say in allowed-account-ids or expected-role who the credentials must belong to',
          ),
        ]),
    ...(hasRole || inputs.has('aws-access-key-id')
      ? []
      : [note(line, REGION_ALONE, 'the step only verifies: it exports no region to later steps')]),
  ]
}

/** By the same parsers that the action has. */
function ofInput(name: string, { text, line }: Given, use: Use): Remark[] {
  if (!isInput(name))
    return [
      decision(
        line,
        'Misspelled inputs',
        `${name} isn't an input, which is an error here: remove or correct it`,
      ),
    ]
  const { blankIsError, parse } = DECLARED_INPUTS[name]
  return valuesOf(text, use).flatMap(value => {
    const [, fallback] = FALLBACK.exec(value) ?? []
    const isWhole = /^\s*\$\{\{.*\}\}\s*$/s.test(value) && value.split('${{').length === 2
    if (value.includes('${{') && !fallback)
      return isWhole && blankIsError && name !== 'aws-region'
        ? [note(line, MAY_BE_UNSET, `${name} is ${value}: if that is blank, the step fails`)]
        : []
    if (value.trim() === '')
      return blankIsError ? [decision(line, 'Blank inputs', `${name} is blank, which is an error here`)] : []
    const problem = problemOf(parse, fallback ?? value)
    return problem === undefined ? [] : [decision(line, name, `${name}: ${problem}`)]
  })
}

function isInput(name: string): name is InputName {
  return (INPUT_NAMES as readonly string[]).includes(name)
}

function problemOf(parse: (text: string) => unknown, value: string): string | undefined {
  try {
    parse(value)
    return undefined
  } catch (error) {
    if (error instanceof InvalidValue) return error.message
    throw error
  }
}

/** What the job's matrix lists, where the whole value is one of its names. */
function valuesOf(text: string, { matrix }: Use): readonly string[] {
  const [, name = ''] = /^\s*\$\{\{\s*matrix\.([\w-]+)\s*\}\}\s*$/.exec(text) ?? []
  return matrix.get(name) ?? [text]
}

/** A text that stands for a blank value. */
const FALLBACK = /^\s*\$\{\{.*\|\|\s*'([^']+)'\s*\}\}\s*$/s

function together({ inputs, line }: Use): Remark[] {
  const textOf = (name: string) => inputs.get(name)?.text ?? ''
  const lineOf = (name: string) => inputs.get(name)?.line ?? line
  const isTrue = (name: string) => /^true$/i.test(textOf(name).trim())
  const hasKeys = textOf('aws-access-key-id') !== ''
  const usesToken =
    !hasKeys &&
    !isTrue('role-chaining') &&
    !isTrue('force-skip-oidc') &&
    !inputs.has('web-identity-token-file')
  return [
    ...(['aws-secret-access-key', 'aws-session-token'] as const)
      .filter(name => !hasKeys && textOf(name) !== '')
      .map(name => decision(lineOf(name), name, `${name} without aws-access-key-id is an error here`)),
    ...(hasKeys && textOf('web-identity-token-file') !== ''
      ? [
          decision(
            lineOf('web-identity-token-file'),
            'has access keys and web-identity-token-file in one step',
            'access keys and web-identity-token-file are two sources: remove one',
          ),
        ]
      : []),
    ...(isTrue('role-chaining') && Number(textOf('role-duration-seconds')) > 3600
      ? [
          decision(
            lineOf('role-duration-seconds'),
            "has role-chaining with a user's keys and sessions of more than an hour",
            'a session that is obtained with another lasts an hour at most: for the keys of a user, write force-skip-oidc: true instead of role-chaining',
          ),
        ]
      : []),
    ...(inputs.has('http-proxy') && usesToken && !/githubusercontent\.com|\*/.test(textOf('no-proxy'))
      ? [
          decision(
            lineOf('http-proxy'),
            "sets http-proxy, and the proxy doesn't let GitHub's hosts through",
            "the request for GitHub's token uses the proxy too: if the proxy doesn't allow it, add the host to no-proxy",
          ),
        ]
      : []),
    ...(/^false$/i.test(textOf('use-existing-credentials').trim())
      ? [
          decision(
            lineOf('use-existing-credentials'),
            'use-existing-credentials',
            'false means false here; configure-aws-credentials treats any value as true',
          ),
        ]
      : []),
    ...(isTrue('use-existing-credentials')
      ? [
          note(
            lineOf('use-existing-credentials'),
            'use-existing-credentials',
            'existing credentials are kept only if they satisfy every guard',
          ),
        ]
      : []),
    ...(/^cn-/.test(textOf('aws-region')) && usesToken && !inputs.has('audience')
      ? [note(lineOf('aws-region'), 'audience', 'the audience is sts.amazonaws.com.cn unless you set it')]
      : []),
    ...(['custom-tags', 'transitive-tag-keys'] as const)
      .filter(name => usesToken && textOf(name) !== '')
      .map(name =>
        note(
          lineOf(name),
          name,
          `AWS doesn't accept session tags with GitHub's token: ${name} is ignored with a warning`,
        ),
      ),
    ...(textOf('role-external-id') !== '' && usesToken
      ? [
          note(
            lineOf('role-external-id'),
            'role-external-id',
            "AWS doesn't accept an external ID with GitHub's token: it is ignored with a warning",
          ),
        ]
      : []),
  ]
}

/** The variables that configure-aws-credentials 6 reads as inputs, by its README. */
const INPUT_VARIABLES = [
  'AWS_REGION',
  'ROLE_TO_ASSUME',
  'WEB_IDENTITY_TOKEN_FILE',
  'ROLE_CHAINING',
  'AUDIENCE',
  'MASK_AWS_ACCOUNT_ID',
  'ROLE_DURATION_SECONDS',
  'ROLE_EXTERNAL_ID',
  'ROLE_SESSION_NAME',
  'ROLE_SKIP_SESSION_TAGGING',
  'TRANSITIVE_TAG_KEYS',
  'INLINE_SESSION_POLICY',
  'MANAGED_SESSION_POLICIES',
  'OUTPUT_CREDENTIALS',
  'UNSET_CURRENT_CREDENTIALS',
  'DISABLE_RETRY',
  'RETRY_MAX_ATTEMPTS',
  'SPECIAL_CHARACTERS_WORKAROUND',
  'USE_EXISTING_CREDENTIALS',
  'OVERWRITE_AWS_PROFILE',
]

/** Before version 6, variables set no inputs but the region. */
function readsVariables({ version, inputs }: Use): boolean {
  return (version ?? 6) >= 6 && !/^false$/i.test(inputs.get('translate-env-variables')?.text.trim() ?? '')
}

function ofEnvironment(use: Use): Remark[] {
  const { inputs, environment } = use
  return [...environment].flatMap(([name, { text, line }]) => {
    if (text.trim() === '') return []
    const input = name.toLowerCase().replaceAll('_', '-')
    const isRead = name === 'AWS_REGION' || readsVariables(use)
    if (INPUT_VARIABLES.includes(name) && isRead && !inputs.has(input))
      return [
        decision(
          line,
          THROUGH_VARIABLES,
          `the variable ${name} doesn't set an input here: write ${input} under with:`,
        ),
      ]
    if (name === 'AWS_PROFILE' && !isProfileKept(use, text))
      return [
        decision(
          line,
          'has AWS_PROFILE set where the step exports keys',
          'AWS_PROFILE and exported keys contradict each other: clear it, name the profile in aws-profile, or set output-env-credentials: false',
        ),
      ]
    if (/^AWS_ENDPOINT_URL(?:_STS)?$/.test(name) && !inputs.has('sts-endpoint'))
      return [
        decision(
          line,
          'has AWS_ENDPOINT_URL or AWS_ENDPOINT_URL_STS set for this step',
          `${name} is ignored: if AWS STS is to be called there, write the URL into sts-endpoint`,
        ),
      ]
    if (/^(?:NODE_EXTRA_CA_CERTS|AWS_CA_BUNDLE)$/.test(name) && !inputs.has('ca-bundle'))
      return [
        decision(
          line,
          'needs a private CA for AWS STS: NODE_EXTRA_CA_CERTS, AWS_CA_BUNDLE',
          `${name} is ignored: if AWS STS needs that CA, name the file in ca-bundle`,
        ),
      ]
    if (/^https?_proxy$/i.test(name) && /^socks/i.test(text))
      return [
        decision(
          line,
          'uses a proxy other than http or https, such as SOCKS',
          `${name} is ${text}, an error here: use an http proxy`,
        ),
      ]
    if (name === 'NODE_TLS_REJECT_UNAUTHORIZED')
      return [
        note(
          line,
          'NODE_EXTRA_CA_CERTS, AWS_CA_BUNDLE, NODE_TLS_REJECT_UNAUTHORIZED',
          `${name} is ignored for AWS STS`,
        ),
      ]
    return []
  })
}

/** No keys are exported beside it: none at all, or to a profile alone. */
function isProfileKept({ inputs }: Use, profile: string): boolean {
  const exports = inputs.get('output-env-credentials')?.text.trim() ?? ''
  if (/^false$/i.test(exports) || inputs.get('aws-profile')?.text === profile) return true
  const hasSource = inputs.has('role-to-assume') || inputs.has('aws-access-key-id')
  return !hasSource || (inputs.has('aws-profile') && exports === '')
}

/** Source: configure-aws-credentials, CHANGELOG, 3.0.0. */
function ofOldVersions({ inputs, version, line, name }: Use): Remark[] {
  if (version === undefined && /@[\da-f]{40}$/i.test(name))
    return [note(line, MASKED_ID, 'the version of this commit is not known: v1 and v2 mask the account ID')]
  if (version === undefined || version > 2) return []
  const hasKeys = (inputs.get('aws-access-key-id')?.text ?? '') !== ''
  return [
    ...(inputs.has('mask-aws-account-id')
      ? []
      : [
          decision(
            line,
            MASKED_ID,
            `v${version} masks the account ID in the log: set mask-aws-account-id: true to keep that`,
          ),
        ]),
    ...(hasKeys && inputs.has('role-to-assume') && !inputs.has('role-duration-seconds')
      ? [
          decision(
            line,
            'is on v1 or v2 and has access keys and no role-duration-seconds',
            `v${version} gets sessions of six hours: set role-duration-seconds: 21600 to keep that, or accept an hour`,
          ),
        ]
      : []),
  ]
}
