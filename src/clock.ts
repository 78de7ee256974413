/** Milliseconds since the step began, by a clock that nobody sets. (`performance` would load modules of Node for it.) */
export function elapsedMs(): number {
  return process.uptime() * 1000
}
