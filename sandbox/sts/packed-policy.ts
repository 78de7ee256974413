import type { AnswerFields } from '../fault.ts'
import { StsError } from './sts-error.ts'

/** Characters: AWS packs by a rule it does not tell, so the sandbox counts plainly. */
export const defaultPackedPolicyLimit = 4096

/** How much of the allotted space these texts take, as a field of the answer: none where nothing was passed. */
export function packedPolicySize(texts: readonly string[], limit: number): AnswerFields {
  const length = texts.reduce((sum, text) => sum + text.length, 0)
  const percent = Math.ceil((100 * length) / limit)
  if (length > limit) {
    const message = `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`
    throw new StsError(400, 'PackedPolicyTooLarge', message)
  }
  return length === 0 ? {} : { PackedPolicySize: percent }
}
