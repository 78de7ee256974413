/**
 * A claim's values as texts, of one value or a list: none where the token lacks the claim, and none for objects, which
 * can't be compared. Names that every object has are no claims.
 */
export function claimValues(claims: Readonly<Record<string, unknown>>, name: string): readonly string[] {
  const claim = Object.hasOwn(claims, name) ? claims[name] : undefined
  const list: readonly unknown[] = Array.isArray(claim) ? claim : [claim]
  return list.filter(value => ['string', 'number', 'boolean'].includes(typeof value)).map(String)
}
