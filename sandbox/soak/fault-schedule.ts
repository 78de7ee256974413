import type { Alterations, Fault, FaultEffect, Operation } from '../fault.ts'

/** A fault that befell a request; times are in milliseconds since the epoch. */
export interface BefallenFault {
  readonly at: number
  readonly name: string
}

/** The name of the fault that hands out the credentials of another role. */
export const IMPOSTOR = 'another role'

const UNAVAILABLE: FaultEffect = { kind: 'error', status: 503, code: 'ServiceUnavailable', message: 'x' }
const TOO_MANY: FaultEffect = { kind: 'error', status: 429, code: 'TooManyRequestsException', message: 'x' }
const LOGIN_PAGE: FaultEffect = { kind: 'raw', status: 200, body: '<html><h1>Please sign in</h1></html>' }
const BAD_GATEWAY: FaultEffect = { kind: 'raw', status: 502, body: '<html><h1>Bad Gateway</h1></html>' }

/** What the SDKs retry, too. */
const TRANSIENT: readonly (readonly [string, FaultEffect])[] = [
  ['503', UNAVAILABLE],
  ['429', TOO_MANY],
  ['reset', { kind: 'reset' }],
  ['late', { kind: 'delay', ms: 400 }],
]
const MALFORMED: readonly (readonly [string, FaultEffect])[] = [
  ['half', { kind: 'half' }],
  ['cut', { kind: 'cut' }],
  ['slow', { kind: 'slow' }],
  ['login page', LOGIN_PAGE],
  ['502', BAD_GATEWAY],
]

/** Only renewals request tokens and assume roles. GetCallerIdentity is what the consumers call as well. */
const KINDS: readonly (readonly [Operation, string, FaultEffect])[] = [
  ...[...TRANSIENT, ...MALFORMED].flatMap(([name, effect]) => [
    ['id-token', name, effect] as const,
    ['AssumeRoleWithWebIdentity', name, effect] as const,
  ]),
  ...TRANSIENT.map(([name, effect]) => ['GetCallerIdentity', name, effect] as const),
]

/** Faults as a seed says, the same for the same seed. Each waits for the next request of its operation. */
export class FaultSchedule {
  /** For a world: those so far. */
  readonly faults: Fault[] = []
  readonly befallen: BefallenFault[] = []
  readonly #random: () => number

  constructor(seed: number) {
    this.#random = randomNumbers(seed)
  }

  add(): void {
    const kind = KINDS[Math.floor(this.#random() * KINDS.length)]
    if (kind) this.faults.push(this.#fault(...kind, 1 + Math.floor(this.#random() * 2)))
  }

  /** STS hands out the keys of another role, once, before any other fault. */
  addImpostor(keys: Alterations): void {
    const effect = { kind: 'alter', fields: keys } as const
    this.faults.unshift(this.#fault('AssumeRoleWithWebIdentity', IMPOSTOR, effect, 1))
  }

  /** No more of them. */
  end(): void {
    this.faults.length = 0
  }

  #fault(on: Operation, name: string, effect: FaultEffect, times: number): Fault {
    const onUse = () => void this.befallen.push({ at: Date.now(), name })
    return { on, effect, times, onUse }
  }
}

/** Numbers from 0 to 1: a linear congruential generator with Knuth's constants for MMIX, its upper half. */
function randomNumbers(seed: number): () => number {
  let state = BigInt(seed)
  return () => {
    state = BigInt.asUintN(64, state * 6364136223846793005n + 1442695040888963407n)
    return Number(state >> 32n) / 2 ** 32
  }
}
