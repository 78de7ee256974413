import { reasonOf } from '../core/base/failure.ts'
import { tokenFileUnusable } from '../core/outcome/explanation.ts'
import { type IdToken, readIdToken } from '../core/token/id-token.ts'
import { readTokenFile } from '../runner/workspace-file.ts'
import type { TokenRequest } from '../sts/token-cache.ts'

/** The token in a file. It is read anew near its end, and when AWS finds it expired. */
export function fileTokens(path: string): TokenRequest {
  return async refused => {
    const idToken = read(path)
    if (idToken.jwt === refused?.jwt)
      throw tokenFileUnusable(path, 'its token has expired, and no newer one is there')
    return idToken
  }
}

function read(path: string): IdToken {
  const idToken = readIdToken(textOf(path).trim())
  if (typeof idToken === 'string') throw tokenFileUnusable(path, idToken)
  return agedSinceItsIssue(idToken)
}

function textOf(path: string): string {
  try {
    return readTokenFile(path)
  } catch (error) {
    throw tokenFileUnusable(path, reasonOf(error))
  }
}

/**
 * With its remaining lifetime by the local clock, at least a second: the clock may be wrong, so AWS decides. The file is
 * read again before each retry.
 */
function agedSinceItsIssue(idToken: IdToken): IdToken {
  const left = Number(idToken.claims.all.exp) - Date.now() / 1000
  return { ...idToken, lifetimeSeconds: Math.max(1, Math.min(idToken.lifetimeSeconds, left)) }
}
