// Holds the subjects of commits to CONTRIBUTING.md: a Conventional Commit of at most 72 characters.
import { spawnSync } from 'node:child_process'

/** The last commit before the rule. */
const SINCE = '8e4a9e33ca830337bd6334a2c7557e9e9c5af3bf'
const MAX_LENGTH = 72
const FORM = /^(build|ci|docs|feat|fix|perf|refactor|revert|style|test)(\([a-z-]+\))?!?: \S/

const [base = SINCE] = process.argv.slice(2)
const { status, stdout, stderr } = spawnSync('git', ['log', '--no-merges', '--format=%s', `${base}..HEAD`], {
  encoding: 'utf8',
})
if (status !== 0) {
  // A shallow clone, for one.
  console.log(`The subjects of commits were not checked: ${stderr.trim()}`)
  process.exit(0)
}
const wrong = stdout.split('\n').filter(subject => subject && !isRight(subject))
for (const subject of wrong) console.error(`${subject.length} characters: ${subject}`)
if (wrong.length > 0) {
  console.error(
    `Write a Conventional Commit of at most ${MAX_LENGTH} characters, such as: fix: retry 408 from STS`,
  )
  process.exitCode = 1
}

function isRight(subject) {
  return subject.length <= MAX_LENGTH && FORM.test(subject)
}
