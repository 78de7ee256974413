// Keeps a file open for some time, or until its signal is taken away. Arguments: the file, the signal, milliseconds.
const { existsSync, openSync, writeFileSync } = require('node:fs')

const [path, signal, milliseconds] = process.argv.slice(2)
openSync(path, 'r')
writeFileSync(signal, '')
setTimeout(() => process.exit(), Number(milliseconds))
setInterval(() => existsSync(signal) || process.exit(), 100)
