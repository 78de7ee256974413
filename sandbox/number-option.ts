/**
 * The value of an option that takes a whole number.
 * @throws Error
 */
export function readNumber(name: string, text: string, least: number): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) < least)
    throw new Error(`--${name} takes a whole number from ${least}, not ${text}`)
  return Number(text)
}
