const { availableParallelism } = require('node:os')

const shared = {
  testEnvironment: 'node',
  transform: {
    '\\.[cm]?[jt]s$': [
      'babel-jest',
      {
        babelrc: false,
        configFile: false,
        presets: [['@babel/preset-typescript', { onlyRemoveTypeImports: true }]],
        plugins: [
          '@babel/plugin-transform-dynamic-import',
          '@babel/plugin-transform-export-namespace-from',
          '@babel/plugin-transform-modules-commonjs',
        ],
      },
    ],
  },
  // These ship as ES modules only.
  transformIgnorePatterns: ['/node_modules/(?!(jose|fast-check|pure-rand|github-slugger|marked|@actions)/)'],
  // Their exports know no `require`.
  moduleNameMapper: {
    '^@actions/(languageservice|workflow-parser|expressions)$':
      '<rootDir>/tools/node_modules/@actions/$1/dist/index.js',
    '^@actions/(languageservice|workflow-parser|expressions)/(.+?)(?:\\.js)?$':
      '<rootDir>/tools/node_modules/@actions/$1/dist/$2.js',
    '^@actions/(core|exec|io)$': '<rootDir>/node_modules/@actions/$1/lib/$1.js',
    // As in the bundle (bundle/tsconfig.json).
    '^@actions/http-client$': '<rootDir>/src/github/http-client.ts',
    '^@actions/(http-client|io)/lib/(.+)$': '<rootDir>/node_modules/@actions/$1/lib/$2.js',
  },
  modulePathIgnorePatterns: ['<rootDir>/build/', '<rootDir>/real/.installed/'],
}

/** @type {import('jest').Config} */
module.exports = {
  projects: [
    // Before a push: the core, the adapters, and every guarantee and feature on the bundle.
    { ...shared, displayName: 'push', testMatch: ['<rootDir>/__tests__/**/!(*.full|*.real).test.ts'] },
    // The whole matrices, the real tools, the browser and the bundle's build. `npm run tools` installs what they need.
    {
      ...shared,
      displayName: 'full',
      testMatch: ['<rootDir>/__tests__/**/*.full.test.ts', '<rootDir>/tools/__tests__/*.test.ts'],
    },
    // Software by other people beside the bundle. `real/install.sh` installs it.
    { ...shared, displayName: 'real', testMatch: ['<rootDir>/__tests__/real/*.real.test.ts'] },
  ],
  // The tests wait for processes and clocks more than they compute.
  maxWorkers: Math.min(2 * availableParallelism(), 8),
  collectCoverageFrom: ['src/core/**/*.ts'],
  testTimeout: 30_000,
  reporters: ['default', '<rootDir>/__tests__/closing-line-reporter.cjs'],
}
