// Preloaded into every Node of a consumer: counts in a file how often a renewing profile's command is run.
const { appendFileSync } = require('node:fs')

if (process.argv[1]?.endsWith('/renew/index.js')) appendFileSync(process.env.RENEWAL_COUNT, '.')
