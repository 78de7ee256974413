/** Closes a run with one plain line that people and scripts can read alike. */
class ClosingLineReporter {
  onRunComplete(_contexts, results) {
    const broken = results.testResults.filter(file => file.testExecError).length
    const skipped = results.numPendingTests + results.numTodoTests
    const counts = [`${results.numPassedTests} passed`, `${results.numFailedTests + broken} failed`]
    if (skipped > 0) counts.push(`${skipped} skipped`)
    process.once('exit', () => process.stdout.write(`\n${counts.join(', ')}\n`))
  }
}

module.exports = ClosingLineReporter
