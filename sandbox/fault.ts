import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export type Operation = 'id-token' | 'AssumeRole' | 'AssumeRoleWithWebIdentity' | 'GetCallerIdentity'

/** Something that goes wrong with an operation: `times` times, or always. Of a list, the first with uses left applies. */
export interface Fault {
  readonly on: Operation
  readonly times?: number
  readonly effect: FaultEffect
}

export type FaultEffect =
  /** The service's own form of error: XML from STS, JSON from the token endpoint. */
  | ServiceError
  /** Any answer at all: HTML of a proxy, half an XML document. */
  | RawAnswer
  /** The connection breaks once the request is read. */
  | { readonly kind: 'reset' }
  /** No answer, ever. */
  | { readonly kind: 'hang' }
  /** The proper answer, late. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The proper answer, with elements of these names replaced, or left out where null. */
  | { readonly kind: 'alter'; readonly fields: Alterations }

export interface ServiceError {
  readonly kind: 'error'
  readonly status: number
  readonly code: string
  readonly message: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface RawAnswer {
  readonly kind: 'raw'
  readonly status: number
  readonly body: string
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
}

export type Alterations = Readonly<Record<string, string | null>>

/** Counts the uses of a list of faults. The list is read anew each time, so that a running server can be given more. */
export class FaultPlan {
  readonly #faults: readonly Fault[]
  readonly #uses = new Map<Fault, number>()

  constructor(faults: readonly Fault[]) {
    this.#faults = faults
  }

  /** Uses up one application of the next fault for this operation. */
  take(operation: string): FaultEffect | undefined {
    const fault = this.#faults.find(candidate => candidate.on === operation && this.#isLeft(candidate))
    if (fault) this.#uses.set(fault, this.#usesOf(fault) + 1)
    return fault?.effect
  }

  #isLeft(fault: Fault): boolean {
    return fault.times === undefined || this.#usesOf(fault) < fault.times
  }

  #usesOf(fault: Fault): number {
    return this.#uses.get(fault) ?? 0
  }
}

/**
 * Lets a fault befall a response. Either the exchange is over with that ('finished'), or the server goes on to its
 * proper answer with the alterations returned.
 */
export async function befall(
  effect: FaultEffect | undefined,
  response: ServerResponse,
  writeError: (error: ServiceError) => void,
): Promise<'finished' | Alterations> {
  switch (effect?.kind) {
    case undefined:
      return {}
    case 'alter':
      return effect.fields
    case 'delay':
      // Unreferenced: a late answer must not keep the process of a test alive.
      await sleep(effect.ms, undefined, { ref: false })
      return {}
    case 'error':
      writeError(effect)
      return 'finished'
    case 'raw':
      writeRaw(response, effect)
      return 'finished'
    case 'reset':
      response.socket?.destroy()
      return 'finished'
    case 'hang':
      return 'finished'
  }
}

function writeRaw(response: ServerResponse, { status, body, contentType, headers }: RawAnswer): void {
  response.writeHead(status, { 'content-type': contentType ?? 'text/html', ...headers }).end(body)
}

/** A copy of an answer's fields in which those named are replaced or, where null, left out; at any depth. */
export function alter(fields: AnswerFields, alterations: Alterations): AnswerFields {
  const altered: Record<string, AnswerValue> = {}
  for (const [name, value] of Object.entries(fields)) {
    const replacement = alterations[name]
    if (replacement === null) continue
    altered[name] = replacement ?? (typeof value === 'object' ? alter(value, alterations) : value)
  }
  return altered
}

export type AnswerValue = string | number | AnswerFields

export interface AnswerFields {
  readonly [name: string]: AnswerValue
}
