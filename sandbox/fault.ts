import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export type Operation = 'id-token' | 'AssumeRole' | 'AssumeRoleWithWebIdentity' | 'GetCallerIdentity'

/** Something that goes wrong with an operation: `times` times, or always. Of a list, the first with uses left applies. */
export interface Fault {
  readonly on: Operation
  readonly times?: number
  readonly effect: FaultEffect
  /** Called at each use. */
  readonly onUse?: () => void
}

export type FaultEffect =
  /** The service's own form of error: XML from STS, JSON from the token endpoint. */
  | ServiceError
  /** Any answer at all: HTML of a proxy, half an XML document. */
  | RawAnswer
  /** The connection breaks as soon as it is made, with nothing read. */
  | Refusal
  /** The connection breaks once the request is read. */
  | { readonly kind: 'reset' }
  /** No answer, ever. */
  | { readonly kind: 'hang' }
  /** The proper answer, late. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The proper answer, delivered badly. */
  | { readonly kind: Delivery }
  /** The proper answer, with elements of these names replaced, or left out where null. */
  | { readonly kind: 'alter'; readonly fields: Alterations }

/** What a new connection is for can't be known: it is taken to be for this operation once the one before it was asked for. */
export interface Refusal {
  readonly kind: 'refuse'
  readonly after?: Operation
}

export type Delivery =
  /** Half of it under the length of the whole; then the connection breaks. */
  | 'half'
  /** Half of it, complete as HTTP sees it. */
  | 'cut'
  /** All of it, in ten pieces a tenth of a second apart. */
  | 'slow'
  /** Spaces before it, one each second, for ever. */
  | 'drip'

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
  readonly #asked = new Set<string>()
  /** A client gets a new connection for each operation, so that one can break before it is used. */
  readonly keepsConnections: boolean

  constructor(faults: readonly Fault[]) {
    this.#faults = faults
    this.keepsConnections = faults.every(({ effect }) => effect.kind !== 'refuse')
  }

  /** Uses up one application of the next fault for this operation. */
  take(operation: string): Exclude<FaultEffect, Refusal> | undefined {
    this.#asked.add(operation)
    for (const fault of this.#faults) {
      const { on, effect } = fault
      if (on === operation && effect.kind !== 'refuse' && this.#use(fault)) return effect
    }
    return undefined
  }

  /** Whether the connection that was just made breaks, which uses up one application of a fault for these operations. */
  takesConnection(operations: readonly Operation[]): boolean {
    return this.#faults.some(fault => {
      const { on, effect } = fault
      if (effect.kind !== 'refuse' || !operations.includes(on)) return false
      return (effect.after === undefined || this.#asked.has(effect.after)) && this.#use(fault)
    })
  }

  /** Whether there was a use left. */
  #use(fault: Fault): boolean {
    const uses = this.#uses.get(fault) ?? 0
    if (fault.times !== undefined && uses >= fault.times) return false
    this.#uses.set(fault, uses + 1)
    fault.onUse?.()
    return true
  }
}

/** How a server is to answer properly: its answer's fields changed, its body sent in this way. */
export interface Answering {
  readonly alterations: Alterations
  readonly delivery: Delivery | 'whole'
}

const properly: Answering = { alterations: {}, delivery: 'whole' }

/** Lets a fault befall a response. Either the exchange is over with that ('finished'), or the server goes on as returned. */
export async function befall(
  effect: Exclude<FaultEffect, Refusal> | undefined,
  response: ServerResponse,
  writeError: (error: ServiceError) => void,
): Promise<'finished' | Answering> {
  switch (effect?.kind) {
    case undefined:
      return properly
    case 'alter':
      return { ...properly, alterations: effect.fields }
    case 'half':
    case 'cut':
    case 'slow':
    case 'drip':
      return { ...properly, delivery: effect.kind }
    case 'delay':
      // Unreferenced: a late answer must not keep the process of a test alive.
      await sleep(effect.ms, undefined, { ref: false })
      return properly
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

export interface Message {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** Sends an answer. What takes time for it is unreferenced: it must not keep the process of a test alive. */
export async function deliver(
  response: ServerResponse,
  { status, headers, body }: Message,
  delivery: Delivery | 'whole' = 'whole',
): Promise<void> {
  const bytes = Buffer.from(body)
  const half = bytes.subarray(0, Math.floor(bytes.length / 2))
  const sent = delivery === 'cut' ? half : bytes
  const length = delivery === 'drip' ? {} : { 'content-length': String(sent.length) }
  response.writeHead(status, { ...headers, ...length })
  switch (delivery) {
    case 'whole':
    case 'cut':
      response.end(sent)
      return
    case 'half':
      response.write(half, () => response.socket?.destroy())
      return
    case 'slow':
      for (const piece of inPieces(sent, 10)) {
        response.write(piece)
        await sleep(100, undefined, { ref: false })
      }
      response.end()
      return
    case 'drip':
      while (!response.destroyed) {
        response.write(' ')
        await sleep(1000, undefined, { ref: false })
      }
  }
}

function inPieces(bytes: Buffer, count: number): Buffer[] {
  const size = Math.ceil(bytes.length / count)
  return Array.from({ length: count }, (_, index) => bytes.subarray(index * size, (index + 1) * size))
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
