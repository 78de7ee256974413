/**
 * What must not compile. Nothing here runs: `tsc` fails where a line marked as an error is none, so the file proves that
 * a session can't reach the later steps around the verdict.
 */
import type { CallerIdentity, Session } from '../../src/core/identity/session.ts'
import type { Target } from '../../src/core/identity/target.ts'
import type {
  Difference,
  Match,
  Mismatch,
  Verdict,
  verifyIntermediate,
} from '../../src/core/identity/verdict.ts'
import type { profileSettings } from '../../src/core/profiles/settings.ts'
import type { formatProcessCredentials, KeptCredentials } from '../../src/core/renewal/outcome.ts'
import type { exportMatches } from '../../src/flow/export.ts'

type MatchClass = typeof import('../../src/core/identity/verdict.ts').Match

declare const match: Match
declare const mismatch: Mismatch
declare const verdict: Verdict
declare const session: Session
declare const caller: CallerIdentity
declare const identity: Match['identity']
declare const differences: readonly Difference[]
declare const target: Target
declare const ConstructibleMatch: MatchClass
declare function accept(match: Match): void
declare const exportIt: (match: Parameters<typeof exportMatches>[0][0]) => void

export function aMatchIsExported(): void {
  exportIt(match)
  if (verdict.kind === 'match') exportIt(verdict)
}

export function nothingElseIsExported(): void {
  // @ts-expect-error a session alone was not verified
  exportIt(session)
  // @ts-expect-error credentials alone were not verified
  exportIt(session.credentials)
  // @ts-expect-error a verdict may be a mismatch
  exportIt(verdict)
  // @ts-expect-error a mismatch is the opposite
  exportIt(mismatch)
  // @ts-expect-error not a mismatch any more, but not a match either
  if (verdict.kind !== 'match') exportIt(verdict)
  // @ts-expect-error no match at all
  exportIt(undefined)
  // @ts-expect-error parts that belong together are not their proof
  exportIt({ target, session, caller, identity })
}

export function aMatchIsNotConstructed(): void {
  // @ts-expect-error the constructor is private
  accept(new ConstructibleMatch(target, session, caller, identity))
  // @ts-expect-error an object literal that claims to be one is not a match
  accept({ kind: 'match', target, session, caller, identity })
  // @ts-expect-error nor is one with all that a match shows
  accept({ kind: match.kind, session: match.session, caller: match.caller, identity: match.identity })
  // @ts-expect-error nor is a mismatch that was renamed
  accept({ ...mismatch, kind: 'match', session, identity })
  // @ts-expect-error nor is a copy of a match
  accept({ ...match })
  // @ts-expect-error nor is a match with another session in it
  accept({ ...match, session })
}

// @ts-expect-error a class with a private constructor is not extended
export class Forged extends ConstructibleMatch {}

export function aMatchIsNotChanged(): void {
  // @ts-expect-error its session is read only
  match.session = session
  // @ts-expect-error its caller is read only
  match.caller = caller
  // @ts-expect-error its identity is read only
  match.identity = identity
  // @ts-expect-error the credentials of its session are read only
  match.session.credentials = session.credentials
  // @ts-expect-error each of them is
  match.session.credentials.accessKeyId = 'other'
}

declare function judge(verdict: Verdict): void

export function aVerdictThatSaysMatchIsOne(): void {
  judge(match)
  judge(mismatch)
  // @ts-expect-error a word alone proves nothing
  judge({ kind: 'match', caller, differences })
  // @ts-expect-error nor with a session beside it
  judge({ kind: 'match', target, session, caller, identity })
}

declare const toProfile: typeof profileSettings
declare const keep: typeof KeptCredentials.of
declare const toStandardOutput: typeof formatProcessCredentials
declare const intermediate: ReturnType<typeof verifyIntermediate>

export function everyExitTakesAMatch(): void {
  toProfile(match, 'eu-west-1')
  toStandardOutput(keep(match, new Date()))
  // @ts-expect-error a profile takes no credentials that were not verified
  toProfile(session.credentials, 'eu-west-1')
  // @ts-expect-error nor a session
  toProfile(session, 'eu-west-1')
  // @ts-expect-error a renewal keeps no credentials that were not verified
  keep(session.credentials, new Date())
  // @ts-expect-error nor a session: without its verification a renewal does not compile
  keep(session, new Date())
  // @ts-expect-error a renewal prints no credentials that were not kept
  toStandardOutput(session.credentials)
  // @ts-expect-error nor an object that only looks like kept ones
  toStandardOutput({ ...keep(match, new Date()) })
  // @ts-expect-error an intermediate role is verified, and not exported
  exportIt(intermediate)
}
