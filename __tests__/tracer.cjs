// Preloaded into a run of the bundle: tells on standard error which files of it are loaded when a request leaves.
const http = require('node:http')

const { request } = http
http.request = (...given) => {
  const files = Object.keys(require.cache).filter(path => path.includes('/dist/'))
  process.stderr.write(`request: ${JSON.stringify(files)}\n`)
  return request(...given)
}
