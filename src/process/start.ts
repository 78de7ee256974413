// What each entry imports first: what an earlier step can do to a process of Node by variables in GITHUB_ENV is undone
// here, as far as Node gets to this line.
import { writeSync } from 'node:fs'

/** Told of every error that nobody waits for. */
type Handler = (cause: unknown) => void

const STDERR = 2

let handler: Handler = cause => writeSync(STDERR, `${oneLineOf(cause)}\n`)

/** Names what is called for an error that nobody waits for; until then it is printed in one line. */
export function onUncaught(next: Handler): void {
  handler = next
}

/** Node prints a stack, and this much before our own code is loaded is no place for its tools. */
function oneLineOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : 'an error without a message'
  return text.replaceAll(/[^ -~]/g, ' ')
}

/**
 * NODE_CHANNEL_FD and NODE_UNIQUE_ID make Node take this process for a child, or a worker of a cluster, with a channel to
 * a parent. Whatever that descriptor is, nothing is read from it, its errors are not ours, and its end is not the end of
 * this process, which for a worker would be a success.
 */
function leaveParent(): void {
  for (const event of ['disconnect', 'error', 'internalMessage']) process.removeAllListeners(event)
  process.on('error', () => {})
  // No API stops the reading without closing the descriptor, which may be one that Node itself needs.
  for (const name of Object.getOwnPropertySymbols(process)) {
    if (name.description === 'kChannelHandle') Reflect.get(process, name)?.readStop?.()
  }
}

/** Settings of the C library: a name look-up may last for minutes by them, search foreign domains, or read a pipe. */
const C_LIBRARY_VARIABLES = ['RES_OPTIONS', 'LOCALDOMAIN', 'HOSTALIASES', 'RESOLV_HOST_CONF', 'TZ']

function resetCLibrary(): void {
  for (const name of C_LIBRARY_VARIABLES) delete process.env[name]
}

/** NODE_V8_COVERAGE names a folder that Node makes as the process ends, which for some paths takes it for ever. */
function stopCoverage(): void {
  if (process.env.NODE_V8_COVERAGE) process.getBuiltinModule?.('node:v8').stopCoverage()
}

process.on('uncaughtException', cause => handler(cause))
leaveParent()
resetCLibrary()
stopCoverage()
