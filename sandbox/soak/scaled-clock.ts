import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * A clock that runs faster than the real one, from Debian's faketime: for this process and all that it starts with
 * `environment`. Only the time of day runs faster. Timers, and with them every wait and time limit, stay real.
 */
export class ScaledClock {
  /** How many seconds pass in a real one. */
  readonly speed: number
  readonly environment: Readonly<Record<string, string>>

  private constructor(speed: number, environment: Readonly<Record<string, string>>) {
    this.speed = speed
    this.environment = environment
  }

  /** The clock of this process; undefined where that is the real one. */
  static ofThisProcess(): ScaledClock | undefined {
    const speed = /^\+0 x(\d+)$/.exec(process.env.FAKETIME ?? '')?.[1]
    if (speed === undefined) return undefined
    const names = ['LD_PRELOAD', 'FAKETIME', 'FAKETIME_SHARED', ...Object.keys(SETTINGS)]
    const variables = names.map(name => [name, process.env[name] ?? ''])
    return new ScaledClock(Number(speed), { ...Object.fromEntries(variables), ...SLEEPING_PYTHON })
  }

  /** Lets a time of this clock pass. */
  async pass(milliseconds: number): Promise<void> {
    await sleep(milliseconds / this.speed)
  }

  /** Until a moment of this clock, in milliseconds since the epoch. */
  async reach(moment: number): Promise<void> {
    await this.pass(Math.max(0, moment - Date.now()))
  }
}

const SETTINGS = { FAKETIME_DONT_FAKE_MONOTONIC: '1', NO_FAKE_STAT: '1' }
/** Its `sitecustomize.py`, which leaves no compiled copy beside it. */
const SLEEPING_PYTHON = { PYTHONPATH: join(import.meta.dirname, 'python'), PYTHONDONTWRITEBYTECODE: '1' }

/** Starts this very process anew with such a clock, and ends with its exit status. */
export function restartWithClock(speed: number): void {
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  const child = spawn('faketime', ['-f', `+0 x${speed}`, ...command], {
    env: { ...process.env, ...SETTINGS },
    stdio: 'inherit',
  })
  child.once('error', error => {
    console.error(`faketime can't be started (Debian: apt-get install faketime): ${error.message}`)
    process.exitCode = 2
  })
  child.once('exit', status => {
    process.exitCode = status ?? 1
  })
}
