// Keeps a file open until it has been about to be replaced for some time, or its signal is taken away. Arguments: the
// file, the signal, milliseconds.
const { existsSync, openSync, readdirSync, writeFileSync } = require('node:fs')
const { basename, dirname } = require('node:path')

const [path, signal, milliseconds] = process.argv.slice(2)
openSync(path, 'r')
writeFileSync(signal, '')
let isExpected = false
setInterval(() => {
  if (!existsSync(signal)) process.exit()
  if (isExpected || !readdirSync(dirname(path)).some(isReplacement)) return
  isExpected = true
  setTimeout(() => process.exit(), Number(milliseconds))
}, 20)

function isReplacement(name) {
  return name.startsWith(`${basename(path)}.role-gate.`) && name.endsWith('.tmp')
}
