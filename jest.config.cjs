/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['**/__tests__/**/*.test.ts'],
  transform: { '\\.[cm]?[jt]s$': ['@swc/jest', { jsc: { target: 'es2023' }, module: { type: 'commonjs' } }] },
  // These ship as ES modules only.
  transformIgnorePatterns: ['/node_modules/(?!(jose|fast-check|pure-rand|@actions)/)'],
  // Their exports know no `require`.
  moduleNameMapper: {
    '^@actions/(languageservice|workflow-parser|expressions)$':
      '<rootDir>/node_modules/@actions/$1/dist/index.js',
    '^@actions/(languageservice|workflow-parser|expressions)/(.+?)(?:\\.js)?$':
      '<rootDir>/node_modules/@actions/$1/dist/$2.js',
    '^@actions/(core|exec|io)$': '<rootDir>/node_modules/@actions/$1/lib/$1.js',
    // As in the bundle (bundle/tsconfig.json).
    '^@actions/http-client$': '<rootDir>/src/github/http-client.ts',
    '^@actions/(http-client|io)/lib/(.+)$': '<rootDir>/node_modules/@actions/$1/lib/$2.js',
  },
  modulePathIgnorePatterns: ['<rootDir>/build/'],
  collectCoverageFrom: ['src/core/**/*.ts'],
  testTimeout: 30_000,
  reporters: ['default', '<rootDir>/__tests__/closing-line-reporter.cjs'],
}
