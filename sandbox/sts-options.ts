import { createHash } from 'node:crypto'
import { parseArgs } from 'node:util'
import { parseRoleArn, type RoleArn } from '../src/core/identity/arn.ts'
import { withoutScheme } from '../src/core/token/issuer.ts'
import { keysOf } from '../src/core/trust-policy/issuers.ts'
import { githubIssuer } from './job.ts'
import { readNumber } from './number-option.ts'
import { type Accounts, providerArn, type Role } from './sts/account.ts'
import type { StsOptions } from './sts/sts.ts'
import type { TrustPolicy } from './sts/trust-policy.ts'

export const USAGE = `npm run sts -- --role ARN (--subject PATTERN | --claim NAME=VALUE) …

Starts the sandbox's AWS STS alone, on loopback, and prints its URL once it listens. It runs until it is ended.

  --role      ARN of a role that it has; may be repeated, in one partition
  --subject   what sub must be, * and ? as in StringLike; repeated ones are alternatives
  --claim     NAME=VALUE: what a claim that IAM knows must be, such as repository_id, beside the subject if
              there is one; those repeated for one claim are alternatives
  --issuer    whose tokens it takes (default: ${githubIssuer})
  --jwks      URL of the issuer's keys (default: the issuer's, with /.well-known/jwks)
  --audience  what aud must be (default: sts.amazonaws.com)
  --port      port of 127.0.0.1 (default: a free one)

Exit status: 2 unusable options, 1 it could not start`

function readOptions(args: readonly string[]) {
  const text = { type: 'string' } as const
  const list = { type: 'string', multiple: true, default: [] as string[] } as const
  const options = {
    role: list,
    subject: list,
    claim: list,
    issuer: text,
    jwks: text,
    audience: text,
    port: text,
    help: { type: 'boolean' },
  } as const
  return parseArgs({ args: [...args], options }).values
}

/**
 * What the STS is to be like by the command's arguments; undefined where they ask for help.
 * @throws Error that names the option
 */
export function stsOptionsOf(args: readonly string[]): StsOptions | undefined {
  const options = readOptions(args)
  if (options.help) return undefined
  const setting = settingOf(options)
  const { issuer, jwksUri, port } = setting
  return { accounts: accountsOf(setting), trust: [{ issuer, jwksUri }], port }
}

type Options = ReturnType<typeof readOptions>

/** Who is trusted, by whom. */
interface Setting {
  readonly roles: readonly RoleArn[]
  readonly issuer: string
  readonly jwksUri: string
  readonly audience: string
  readonly subjects: readonly string[]
  readonly claims: Readonly<Record<string, readonly string[]>>
  readonly port: number | undefined
}

function settingOf(options: Options): Setting {
  const { subject: subjects, audience = 'sts.amazonaws.com' } = options
  const issuer = urlOf('issuer', options.issuer ?? githubIssuer)
  const claims = claimsOf(options.claim, issuer)
  // A policy without any would let every repository of the world in.
  if (subjects.length === 0 && options.claim.length === 0)
    throw new Error('--subject and --claim are both missing: say whose tokens the roles trust')
  if ([...subjects, audience].includes('')) throw new Error('--subject or --audience is blank')
  return {
    roles: rolesOf(options.role),
    issuer,
    jwksUri: urlOf('jwks', options.jwks ?? `${issuer}/.well-known/jwks`),
    audience,
    subjects,
    claims,
    port: options.port === undefined ? undefined : portOf(options.port),
  }
}

function rolesOf(arns: readonly string[]): readonly RoleArn[] {
  if (arns.length === 0) throw new Error('--role is missing')
  const roles = arns.map(arn => {
    const role = parseRoleArn(arn)
    if (!role) throw new Error(`--role ${arn} is not the ARN of a role`)
    return role
  })
  if (new Set(roles.map(({ partition }) => partition)).size > 1)
    throw new Error('--role: all must be of one partition')
  return roles
}

function claimsOf(texts: readonly string[], issuer: string): Record<string, string[]> {
  const claims: Record<string, string[]> = {}
  for (const text of texts) {
    const [, name = '', value = ''] = /^(\w+)=(.+)$/.exec(text) ?? []
    if (!name) throw new Error(`--claim ${text} is not NAME=VALUE`)
    if (!keysOf(issuer).some(known => known === name && name !== 'aud' && name !== 'sub'))
      throw new Error(`--claim ${name}: IAM knows no such condition key, or it has an option of its own`)
    claims[name] = [...(claims[name] ?? []), value]
  }
  return claims
}

function urlOf(option: string, text: string): string {
  if (/^https?:\/\/[^/]/.test(text) && URL.canParse(text)) return text.replace(/\/$/, '')
  throw new Error(`--${option} ${text} is not a URL`)
}

function portOf(text: string): number {
  const port = readNumber('port', text, 0)
  if (port > 65535) throw new Error(`--port ${text} is above 65535`)
  return port
}

function accountsOf(setting: Setting): Accounts {
  const { roles, issuer, audience } = setting
  const ids = [...new Set(roles.map(({ accountId }) => accountId))]
  const accounts = ids.map(id => {
    const own = roles.filter(({ accountId }) => accountId === id)
    const partition = own[0]?.partition ?? 'aws'
    const providers = [{ issuer, audiences: [audience] }]
    return [id, { partition, providers, roles: own.map(role => roleOf(role, setting)) }] as const
  })
  return Object.fromEntries(accounts)
}

function roleOf(role: RoleArn, setting: Setting): Role {
  const { roleName: name, path, accountId } = role
  // The same at every start.
  const digest = createHash('sha256').update(`${accountId}${path}${name}`).digest('hex')
  const id = `AROA${digest.slice(0, 17).toUpperCase()}`
  return { name, path, id, trustPolicy: trustPolicyOf(role, setting) }
}

function trustPolicyOf(
  { accountId, partition }: RoleArn,
  { issuer, audience, subjects, claims }: Setting,
): TrustPolicy {
  const key = (claim: string) => `${withoutScheme(issuer)}:${claim}`
  const exact = Object.entries(claims).map(([name, values]) => [key(name), values] as const)
  return {
    Version: '2012-10-17',
    Statement: {
      Effect: 'Allow',
      Principal: { Federated: providerArn(accountId, issuer, partition) },
      Action: 'sts:AssumeRoleWithWebIdentity',
      Condition: {
        StringEquals: { [key('aud')]: audience, ...Object.fromEntries(exact) },
        ...(subjects.length > 0 ? { StringLike: { [key('sub')]: subjects } } : {}),
      },
    },
  }
}
