import { main } from './cli/main.ts'

process.exitCode = main(process.argv.slice(2), {
  print: text => process.stdout.write(`${text}\n`),
  warn: text => process.stderr.write(`${text}\n`),
})
