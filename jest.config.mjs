export default {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  testPathIgnorePatterns: ['/node_modules/', '\\.cluster\\.test\\.ts$'],
  transform: { '^.+\\.ts$': '<rootDir>/test/strip-types.mjs' },
  reporters: ['default', '<rootDir>/test/closing-line.mjs'],
  coverageProvider: 'v8',
  // A test that fails before its afterAll leaves servers open, and a run that never ends hides why.
  forceExit: true,
}
