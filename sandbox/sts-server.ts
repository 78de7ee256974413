import { escapeControls } from '../src/core/base/text.ts'
import { startSts } from './sts/sts.ts'
import { stsOptionsOf, USAGE } from './sts-options.ts'

async function serve(args: readonly string[]): Promise<void> {
  const options = readOptions(args)
  if (options) console.log((await startSts(options)).url)
}

function readOptions(args: readonly string[]) {
  try {
    const options = stsOptionsOf(args)
    if (!options) console.log(USAGE)
    return options
  } catch (error) {
    fail(error, 2)
    return undefined
  }
}

function fail(error: unknown, status: 1 | 2): void {
  console.error(escapeControls(error instanceof Error ? error.message : String(error)))
  console.error('npm run sts -- --help shows what it takes')
  process.exitCode = status
}

serve(process.argv.slice(2)).catch((error: unknown) => fail(error, 1))
