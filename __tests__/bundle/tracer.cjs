// Preloaded into a run of the bundle: tells on standard error which files of it are loaded when a connection is opened and
// when a request leaves.
const { subscribe } = require('node:diagnostics_channel')
const http = require('node:http')

function tell(event) {
  const files = Object.keys(require.cache).filter(path => path.includes('/dist/'))
  process.stderr.write(`${event}: ${JSON.stringify(files)}\n`)
}

const { request } = http
http.request = (...given) => {
  tell('request')
  return request(...given)
}
subscribe('net.client.socket', () => tell('connection'))
