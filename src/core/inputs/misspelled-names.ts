import { distance } from 'fastest-levenshtein'
import { quote } from '../base/text.ts'
import { INPUT_NAMES, type RawInputs, rawName } from './declared-inputs.ts'

/** Names that sound like a guard: with a word of a guard, or one that allows or denies something a guard is about. */
const GUARD_WORD = /(^|-)(expected|allowed|forbidden|required)-/
const GUARD_VERB = /allow|forbid|den(y|ie)|expect|requir/
const GUARD_SUBJECT = /role|account|claim/

function soundsLikeGuard(name: string): boolean {
  return GUARD_WORD.test(name) || (GUARD_VERB.test(name) && GUARD_SUBJECT.test(name))
}

/** A name of no input that is nearly one of an input, or sounds like a guard, is a guard that its author believes in. */
export function misspelledNames(raw: RawInputs): string[] {
  const declaredNames = INPUT_NAMES.map(rawName)
  const undeclared = Object.keys(raw).filter(name => !declaredNames.includes(name))
  return undeclared.flatMap(name => {
    const asked = name.toLowerCase().replaceAll('_', '-')
    const meant = nearestTo(asked)
    if (meant.length === 0 && !soundsLikeGuard(asked)) return []
    const fix = meant.length > 0 ? `did you mean ${meant.join(' or ')}?` : 'see docs/inputs.md for the guards'
    return [`${quote(name.toLowerCase())} is not an input: ${fix}`]
  })
}

const MOST_EDITS = 2

function nearestTo(asked: string): readonly string[] {
  const edits = INPUT_NAMES.map(name => distance(asked, name))
  const least = Math.min(...edits)
  return least > MOST_EDITS ? [] : INPUT_NAMES.filter((_, index) => edits[index] === least)
}
