import { GateError } from '../base/failure.ts'
import { InvalidValue } from '../base/invalid-value.ts'
import { matchesPattern } from '../base/pattern.ts'
import { escapeControls, quote } from '../base/text.ts'
import { claimValues } from './claim-values.ts'
import type { Claims } from './id-token.ts'

/** What one claim must be: any of the alternatives, of which a pattern is anchored and knows `*` and `?`. */
export type RequiredClaim = { readonly claim: string; readonly alternatives: readonly Alternative[] }

type Alternative = { readonly kind: 'value' | 'pattern'; readonly text: string }

const LINE = /^(?<claim>[\w.-]+)\s*(?<operator>[=~])\s*(?<text>.+)$/

/** Lines of `claim=value` and `claim~pattern`; those for one claim are alternatives. Blank lines don't count. */
export function parseRequiredClaims(input: string): readonly RequiredClaim[] {
  if (input === 'none') return []
  const lines = input.split(/\r?\n/).map(line => line.trim())
  const required = new Map<string, Alternative[]>()
  for (const line of lines.filter(Boolean)) {
    const parts = LINE.exec(line)?.groups as Record<'claim' | 'operator' | 'text', string> | undefined
    if (!parts) throw new InvalidValue(`${quote(line)} is neither claim=value nor claim~pattern`)
    const { claim, operator, text } = parts
    const alternative: Alternative = { kind: operator === '=' ? 'value' : 'pattern', text }
    const others = required.get(claim)
    if (others) others.push(alternative)
    else required.set(claim, [alternative])
  }
  return Array.from(required, ([claim, alternatives]) => ({ claim, alternatives }))
}

/** A line for each alternative, as `required-claims` takes them. */
export function formatRequiredClaims(required: readonly RequiredClaim[]): readonly string[] {
  return required.flatMap(({ claim, alternatives }) =>
    alternatives.map(({ kind, text }) => `${claim}${kind === 'value' ? '=' : '~'}${text}`),
  )
}

/** Those that the token doesn't satisfy. */
export function failedClaims(required: readonly RequiredClaim[], { all }: Claims): readonly RequiredClaim[] {
  return required.filter(({ claim, alternatives }) => {
    return !claimValues(all, claim).some(value =>
      alternatives.some(({ kind, text }) => isMet(kind, text, value)),
    )
  })
}

/**
 * Holds a token's claims against what they must be, before the token goes to AWS.
 * @throws GateError ERR_CLAIM_MISMATCH that names every claim that is otherwise
 */
export function assertClaims(required: readonly RequiredClaim[], claims: Claims): void {
  const { all } = claims
  const wrong = failedClaims(required, claims)
  if (wrong.length === 0) return
  const lines = wrong.map(({ claim, alternatives }) => {
    const wanted = alternatives
      .map(({ kind, text }) => `${kind === 'pattern' ? 'like ' : ''}${quote(text)}`)
      .join(' or ')
    return `- ${claim}: expected ${wanted}, got ${formatClaim(all, claim)}`
  })
  throw new GateError(
    'ERR_CLAIM_MISMATCH',
    `this run's token doesn't match required-claims\n${lines.join('\n')}`,
    'AWS was not called, and no credentials were exported. If this run should pass, correct required-claims. If not, the gate did its job.',
  )
}

function isMet(kind: 'value' | 'pattern', wanted: string, actual: string): boolean {
  return kind === 'value' ? actual === wanted : matchesPattern(actual, wanted)
}

function formatClaim(all: Claims['all'], claim: string): string {
  if (!Object.hasOwn(all, claim)) return 'no such claim'
  const values = claimValues(all, claim)
  return values.length > 0 ? values.map(value => `"${escapeControls(value)}"`).join(', ') : 'no text'
}
