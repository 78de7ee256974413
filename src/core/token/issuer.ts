/** An issuer as AWS writes it in provider ARNs and condition keys. */
export function withoutScheme(issuer: string): string {
  return issuer.replace(/^https:\/\//, '')
}
