const CERTIFICATE_CODES =
  /^(CERT_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA|ERR_TLS_CERT_)/

/**
 * Whether Node's code of a failed connection says that the other side's certificate isn't trusted. Source: Node's TLS
 * documentation, "X509 certificate error codes".
 */
export function isCertificateError(code: string): boolean {
  return CERTIFICATE_CODES.test(code)
}
