/** Closes a run with one plain line that people and scripts can read alike. */
class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    const broken = results.testResults.filter(file => file.testExecError).length
    const skipped = results.numPendingTests + results.numTodoTests
    const missing = skipped > 0 ? `${skipped} skipped, as what they need is not installed here\n` : ''
    const closing = `${results.numPassedTests} passed, ${results.numFailedTests + broken} failed\n`
    process.once('exit', () => process.stdout.write(`\n${missing}${closing}`))
  }
}

module.exports = ClosingLineReporter
