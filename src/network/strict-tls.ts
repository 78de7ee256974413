import { createSecureContext, getCACertificates, rootCertificates, type SecureContext } from 'node:tls'

/**
 * TLS that trusts the public roots of Node, further ones given in PEM, and nothing else: NODE_EXTRA_CA_CERTS and
 * NODE_USE_SYSTEM_CA don't widen an explicit list, nor does NODE_TLS_REJECT_UNAUTHORIZED open an explicit refusal.
 */
export class StrictTls {
  readonly #roots: readonly string[]
  #secureContext: SecureContext | undefined

  constructor(furtherRoots: readonly string[]) {
    this.#roots = [...rootCertificates, ...furtherRoots]
  }

  /** Options for Node's connections. One context serves them all: reading the roots takes longer than all else. */
  get options(): { readonly secureContext: SecureContext; readonly rejectUnauthorized: true } {
    this.#secureContext ??= contextOf(this.#roots)
    return { secureContext: this.#secureContext, rejectUnauthorized: true }
  }
}

/**
 * TLS that trusts these roots alone. Node has its own list read already: where that is the very same, it is used, as to
 * read another takes 10 ms.
 */
function contextOf(roots: readonly string[]): SecureContext {
  const isNodes = isSameList(getCACertificates('default'), roots)
  return createSecureContext(isNodes ? {} : { ca: [...roots] })
}

function isSameList<T>(one: readonly T[], other: readonly T[]): boolean {
  return one.length === other.length && one.every((element, index) => element === other[index])
}
