import { escapeControls } from '../core/base/text.ts'
import { EXPLAIN_HELP, explain } from './explain.ts'
import { LINT_HELP, lint } from './lint.ts'
import { MIGRATE_HELP, migrate } from './migrate.ts'
import { EXIT, type Output, UnusableInput } from './usage.ts'

type Command = {
  readonly help: string
  readonly run: (args: readonly string[], output: Output) => number
}

const COMMANDS: Readonly<Record<string, Command>> = {
  explain: { help: EXPLAIN_HELP, run: explain },
  lint: { help: LINT_HELP, run: lint },
  migrate: { help: MIGRATE_HELP, run: migrate },
}

const HELP = `Checks IAM trust policies for GitHub Actions and other OIDC issuers, and migrates workflows. Makes no network requests.

  explain   whether a trust policy allows a token, and why
  lint      what is weak in one or more trust policies
  migrate   what changes for workflows that use aws-actions/configure-aws-credentials

Each command has --help.`

/** The command line. @returns the exit status */
export function main([name = '', ...args]: readonly string[], output: Output): number {
  const { print, warn } = output
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  if (!command) {
    const isHelp = name === '--help' && args.length === 0
    if (isHelp) print(HELP)
    else warn(`${name === '' ? 'no command' : `unknown command ${escapeControls(name)}`}\n\n${HELP}`)
    return isHelp ? EXIT.ok : EXIT.unusable
  }
  if (args.includes('--help')) {
    print(command.help)
    return EXIT.ok
  }
  try {
    return command.run(args, output)
  } catch (error) {
    if (!(error instanceof UnusableInput)) throw error
    warn(`${escapeControls(error.message)}\n${name} --help lists the options`)
    return EXIT.unusable
  }
}
