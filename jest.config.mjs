// Every project runs the .ts files as native ES modules; swc only strips the types (see CONTRIBUTING.md).
const base = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }] },
};

const project = (displayName, ...globs) => ({ ...base, displayName, testMatch: globs.map((glob) => `<rootDir>/${glob}`) });

const config = {
  projects: [
    project('unit', 'schemas/**/*.test.ts', 'services/**/*.test.ts', 'infra/**/*.test.ts', 'test/fakes/*.test.ts'),
    project('flows', 'test/flows/*.test.ts'),
    project('integrity', 'test/integrity/*.test.ts'),
  ],
};
// biome-ignore lint/style/noDefaultExport: Jest reads the default export
export default config;
