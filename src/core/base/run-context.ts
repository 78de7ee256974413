/** The run that the step belongs to, as GitHub tells it to the step. What GitHub did not say is empty. */
export type RunContext = {
  /** Without a slash at its end, such as `https://github.com`. */
  readonly serverUrl: string
  /** `OWNER/NAME` */
  readonly repository: string
  readonly repositoryId: string
  readonly runId: string
  readonly runNumber: string
  readonly runAttempt: string
  /** `OWNER/NAME/PATH@REF` */
  readonly workflowRef: string
  /** Such as `refs/heads/main`. */
  readonly ref: string
  readonly sha: string
  readonly actor: string
  /** The action's own repository and ref; empty for an action in the workspace. */
  readonly action: { readonly repository: string; readonly ref: string }
  /** A pull request from another repository than the one it is for. */
  readonly fork: boolean
}
