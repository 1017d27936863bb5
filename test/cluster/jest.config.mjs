export default {
  rootDir: '../..',
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/test/cluster/**/*.cluster.test.ts'],
  transform: { '^.+\\.ts$': '<rootDir>/test/strip-types.mjs' },
  reporters: ['default', '<rootDir>/test/closing-line.mjs'],
  testTimeout: 900_000,
}
