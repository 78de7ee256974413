import { startRelay } from './relay.ts'

/** Takes ports and the Unix sockets they lead to, by turns, and runs until its standard input ends. */
async function main([port, path, ...others]: readonly string[]): Promise<void> {
  if (port === undefined || path === undefined) return void console.log('ready')
  await startRelay(Number(port), path)
  await main(others)
}

process.stdin.resume().on('end', () => process.exit())
main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error)
  process.exit(1)
})
