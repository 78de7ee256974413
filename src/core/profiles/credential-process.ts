/**
 * A command line for `credential_process`, which some tools split as a shell does and others give to one (on Windows by
 * cmd.exe). Sources: AWS SDKs and Tools Reference Guide, "Process credential provider"; botocore's compat_shell_split.
 * @throws Error for a word that not all of them would understand alike
 */
export function formatCommand(words: readonly string[], platform: NodeJS.Platform): string {
  return words.map(platform === 'win32' ? quoteForWindows : quoteForPosix).join(' ')
}

/** Within single quotes all stands for itself. */
function quoteForPosix(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/**
 * Only where it is needed: the SDKs for Go, .NET and Java give the command to `cmd /c` in ways that lose quotes around
 * the program (aws-sdk-go-v2 #3208). Percent signs would name variables, and an end in \ the quote itself.
 */
function quoteForWindows(word: string): string {
  if (/["%]|\\$/.test(word)) throw new Error(`${word} can't stand in a command line of Windows`)
  return /^[\p{L}\p{M}\p{N}_:.\\/@+~-]+$/u.test(word) ? word : `"${word}"`
}
