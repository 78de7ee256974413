/** A refusal as AWS words it: the client sees `code` as the error's name. */
export class StsError extends Error {
  override readonly name = 'StsError'
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, message: string) {
    super(message)
    this.status = status
    this.code = code
  }
}
