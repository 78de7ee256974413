import { main } from './cli/main.ts'

const { stdout, stderr } = process
/** A line on a terminal, written over itself and gone in the end. */
let isShowingProgress = false

process.exitCode = main(process.argv.slice(2), {
  print: text => {
    clearProgress()
    stdout.write(`${text}\n`)
  },
  warn: text => {
    clearProgress()
    stderr.write(`${text}\n`)
  },
  progress: done => {
    if (!stderr.isTTY || done % 500 !== 0) return
    stderr.write(`\r${done} checked`)
    isShowingProgress = true
  },
})

function clearProgress(): void {
  if (isShowingProgress) stderr.write('\r\u001b[K')
  isShowingProgress = false
}
