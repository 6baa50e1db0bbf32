// Every project runs the .ts files as native ES modules; swc only strips the types (see CONTRIBUTING.md).
const base = {
  testEnvironment: 'node',
  // The last version is kept there, with packages of the same names (test/harness/programs/last-version.ts).
  modulePathIgnorePatterns: ['<rootDir>/.ess/'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2024', parser: { syntax: 'typescript' }, experimental: { keepImportAttributes: true } },
        module: { type: 'es6' },
      },
    ],
  },
};

const project = (displayName, ...globs) => ({
  ...base,
  displayName,
  testMatch: globs.map((glob) => `<rootDir>/${glob}`),
});

/** One Kafka and one registry for all files of a project that harm neither. */
const SHARED_STACK = {
  globalSetup: '<rootDir>/test/harness/shared-stack.ts',
  globalTeardown: '<rootDir>/test/harness/shared-stack-down.ts',
};

const config = {
  // What a test waits for may come late on a busy machine: a test fails when it does not come, not when it is slow.
  testTimeout: 300_000,
  testSequencer: '<rootDir>/test/harness/longest-first.mjs',
  projects: [
    project(
      'unit',
      'schemas/**/*.test.ts',
      'services/**/*.test.ts',
      'infra/**/*.test.ts',
      'test/*.test.ts',
      'test/{fakes,harness,judges,monitoring,mutants,bench}/**/*.test.ts',
      'test/chaos/**/*.test.ts',
    ),
    { ...project('flows', 'test/flows/*.test.ts'), ...SHARED_STACK },
    {
      ...project('integrity', 'test/integrity/*.test.ts', 'test/security/*.test.ts', 'test/browser/*.test.ts'),
      ...SHARED_STACK,
    },
  ],
};
// biome-ignore lint/style/noDefaultExport: Jest reads the default export
export default config;
