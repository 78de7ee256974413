/** Connections through a proxy, loaded when there is one: the package brings Node's assert along, which takes its time. */
const tunnel = () => require('../../node_modules/tunnel/index.js')

exports.httpOverHttp = options => tunnel().httpOverHttp(options)
exports.httpsOverHttp = options => tunnel().httpsOverHttp(options)
exports.httpOverHttps = options => tunnel().httpOverHttps(options)
exports.httpsOverHttps = options => tunnel().httpsOverHttps(options)
