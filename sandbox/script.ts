/**
 * Starts a script of package.json. With `--help` it prints the usage; for options that can't be used, the reason, the
 * usage and exit status 2.
 */
export function startScript<Options extends { readonly help: boolean }>(
  usage: string,
  readOptions: () => Options,
  run: (options: Options) => unknown,
): void {
  try {
    const options = readOptions()
    if (options.help) console.log(usage)
    else void run(options)
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
    process.exitCode = 2
  }
}
