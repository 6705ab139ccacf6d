/** Jest as ESM: SWC compiles TypeScript with the decorator metadata that TypeGraphQL and MikroORM read. */
export default {
  rootDir: '..',
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
          keepClassNames: true,
          // Node wants `with { type: 'json' }` on imports of JSON, and SWC would drop it.
          experimental: { keepImportAttributes: true },
          target: 'es2024',
        },
        sourceMaps: 'inline',
      },
    ],
  },
  globalSetup: '<rootDir>/test/support/global-setup.mjs',
  globalTeardown: '<rootDir>/test/support/global-teardown.mjs',
  // Files are many and wait for their databases, so every core works.
  maxWorkers: '100%',
  testTimeout: 30_000,
};
