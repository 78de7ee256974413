import { readFileSync, readlinkSync } from 'node:fs'
import { hostname } from 'node:os'

/** A process that holds a lock, as the lock's file names it. */
export type LockHolder = {
  /** Where the process id means this process: a boot of a machine, and its namespaces. */
  readonly machine: string
  readonly pid: number
  /** In ticks since the boot. Tells the process from a later one with its id; absent where that isn't known. */
  readonly started?: string | undefined
}

/** Nothing is known of a process of another machine or container. */
export type HolderState = 'running' | 'gone' | 'unknown'

/** This process. */
export function ownHolder(): LockHolder {
  return { machine: thisMachine(), pid: process.pid, started: processStatus(process.pid)?.started }
}

/** The state of the holder that the text of a lock file names. */
export function holderState(text: string): HolderState {
  const holder = parseHolder(text)
  if (holder?.machine !== thisMachine()) return 'unknown'
  return isRunning(holder) ? 'running' : 'gone'
}

function parseHolder(text: string): LockHolder | undefined {
  try {
    const { machine, pid, started } = JSON.parse(text)
    return Number.isSafeInteger(pid) && pid > 0 ? { machine, pid, started } : undefined
  } catch {
    return undefined
  }
}

/** A zombie runs no more, and a process that started at another time only has the same id. */
function isRunning({ pid, started }: LockHolder): boolean {
  if (!hasProcess(pid)) return false
  const status = processStatus(pid)
  if (!status) return true
  return !status.isZombie && (started === undefined || started === status.started)
}

function hasProcess(pid: number): boolean {
  try {
    return process.kill(pid, 0) // asks only whether it is there
  } catch (error) {
    return Object(error).code !== 'ESRCH'
  }
}

/** Source: proc(5), /proc/PID/stat: the name stands in parentheses and may hold any character, field 22 is the start. */
function processStatus(
  pid: number,
): { readonly started: string | undefined; readonly isZombie: boolean } | undefined {
  try {
    if (readlinkSync('/proc/self') !== String(process.pid)) return undefined // its ids are of another namespace
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const [state = '', ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { started: fields[18], isZombie: /[ZX]/.test(state) }
  } catch {
    return undefined
  }
}

/** Containers of one machine may share its name, so on Linux the boot and the namespaces are compared instead. */
function thisMachine(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim()
    return [boot, readlinkSync('/proc/self/ns/pid'), timeNamespace()].join(' ')
  } catch {
    return hostname()
  }
}

/** Another one counts the ticks since the boot differently. Kernels before 5.6 have none. */
function timeNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/time')
  } catch {
    return ''
  }
}
