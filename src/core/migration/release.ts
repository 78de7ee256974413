/** What `migrate` writes unless told otherwise: the last published release. docs/pins.json has the same one. */
export const PUBLISHED_SHA: string | undefined = undefined

/** Until the first release. Not a commit, so that a workflow with it fails. */
export const PLACEHOLDER = 'full-sha-of-a-release'
