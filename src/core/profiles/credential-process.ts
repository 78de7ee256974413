/**
 * A command line for `credential_process`, which some tools split as a shell does and others give to one (on Windows by
 * cmd.exe). Sources: AWS SDKs and Tools Reference Guide, "Process credential provider"; botocore's compat_shell_split.
 * @throws Error for a word that not all of them would understand alike
 */
export function formatCommand(words: readonly string[], platform: NodeJS.Platform): string {
  const isWindows = platform === 'win32'
  const unusable = words.find(word => UNUSABLE.test(word) || (isWindows && UNUSABLE_ON_WINDOWS.test(word)))
  if (unusable !== undefined)
    throw new Error(`${unusable} contains characters that can't be used in a profile's command`)
  return words.map(isWindows ? quoteForWindows : quoteForPosix).join(' ')
}

/** Tools read other characters than those of ASCII by different encodings, and may find a comment. */
const UNUSABLE = /[^ -~]|(?:^| )[#;]/

/** No name of a file holds a double quote there. Percent signs would name variables, and an end in \ the quote itself. */
const UNUSABLE_ON_WINDOWS = /["%]|\\$/

/** Within single quotes all stands for itself. */
function quoteForPosix(word: string): string {
  if (/^[\w@%+=:,./-]+$/.test(word)) return word
  return `'${word.replaceAll("'", `'\\''`)}'`
}

/**
 * Only where it is needed: the SDKs for Go, .NET and Java give the command to `cmd /c` in ways that lose quotes around
 * the program (aws-sdk-go-v2 #3208).
 */
function quoteForWindows(word: string): string {
  return /^[\w:.\\/@+~-]+$/.test(word) ? word : `"${word}"`
}
