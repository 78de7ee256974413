/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testMatch: ['**/__tests__/**/*.test.ts'],
  transform: { '\\.[cm]?[jt]s$': ['@swc/jest', { jsc: { target: 'es2023' }, module: { type: 'commonjs' } }] },
  // These ship as ES modules only.
  transformIgnorePatterns: ['/node_modules/(?!(jose|fast-check|pure-rand)/)'],
  modulePathIgnorePatterns: ['<rootDir>/build/'],
  collectCoverageFrom: ['src/core/**/*.ts'],
  testTimeout: 30_000,
  reporters: ['default', '<rootDir>/__tests__/closing-line-reporter.cjs'],
}
