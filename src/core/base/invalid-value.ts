/** What is wrong with one value and what to write instead. The input's name is put before it. */
export class InvalidValue extends Error {
  override readonly name = 'InvalidValue'
}
