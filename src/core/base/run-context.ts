/** The run that the step belongs to, as GitHub tells it to the step. */
export type RunContext = {
  /** `OWNER/NAME`; empty where GitHub did not say. */
  readonly repository: string
  /** Such as `refs/heads/main`. */
  readonly ref: string
  /** A pull request from another repository than the one it is for. */
  readonly fork: boolean
}
