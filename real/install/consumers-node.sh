# The SDK for JavaScript and the CDK's command line.
mkdir -p .installed/node
cp node/* .installed/node
npm ci --prefix .installed/node --cache .installed/node/cache
