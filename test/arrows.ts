// Checks the arrows of ARCHITECTURE.md: who may import whom, who may know Kafka's client, that each workspace declares what it
// imports, and that the command line writes to a terminal in one place. Inside a workspace the arrows between folders run one way
// (rooms.ts). `node test/arrows.ts` prints every violation as file:line and exits 1.
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { roomViolations } from './rooms.ts';
import type { SourceFile } from './source-files.ts';
import { importsOf, join, ROOT, sourceFiles, workspaceOf } from './source-files.ts';

/** Statically imported workspaces, by importer. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  schemas: [],
  domain: ['schemas'],
  stream: ['schemas', 'domain'],
  runtime: ['schemas', 'domain'],
  view: ['schemas', 'domain', 'stream'],
  orders: ['schemas', 'domain', 'stream'],
  observer: ['schemas', 'domain', 'stream', 'runtime', 'view'],
  worker: ['schemas', 'domain', 'stream', 'runtime'],
  inbound: ['schemas', 'domain', 'stream', 'runtime'],
  bridge: ['schemas', 'domain', 'stream', 'runtime'],
  console: ['schemas', 'domain', 'stream', 'runtime', 'view', 'orders'],
  cli: ['schemas', 'domain', 'stream', 'runtime', 'view', 'orders'],
  infra: ['schemas', 'domain', 'runtime'],
};
/** The `ess` command alone starts programs and the local stack, by dynamic import. */
const MAY_START: Readonly<Record<string, readonly string[]>> = {
  cli: ['worker', 'inbound', 'bridge', 'observer', 'console', 'infra'],
};
const ONLY_STREAM = /^(kafkajs|@kafkajs\/)/;
/** Modules that reach outside the process: the domain is pure. */
const IMPURE = new Set([
  'fs',
  'net',
  'http',
  'https',
  'dns',
  'child_process',
  'undici',
  'process',
  'timers',
  'worker_threads',
]);

/** Write to a terminal through one file alone. */
const QUIET = new Set(['cli', 'orders']);
/** Is given what it needs by whoever asks: the command line and the console have settings of their own. */
const NO_SETTINGS = 'orders';
const READS_SETTINGS = /\bprocess\.env\b/;
/** Shows what others wrote instead of obeying it. */
const ONLY_OUTPUT = 'services/cli/terminal/print.ts';
const WRITES = /\bconsole\.\w+\(|\bprocess\.std(?:out|err)\.write\(/;

/** @param dependencies names in the package.json of a workspace; those of its development too where types alone are asked for */
export function violations(
  files: readonly SourceFile[],
  dependencies: (workspace: string, typeOnly: boolean) => ReadonlySet<string>,
): string[] {
  return files.flatMap(({ path, text }) => {
    const workspace = workspaceOf(path);
    const writes = !QUIET.has(workspace) || path === ONLY_OUTPUT ? [] : linesWith(text, WRITES);
    const allowed = MAY_IMPORT[workspace];
    const isTest = /\.test\.ts$/.test(path);
    const reads = workspace === NO_SETTINGS ? linesWith(text, READS_SETTINGS) : [];
    const strays = [
      ...reads.map((line) => `${path}:${line} ${NO_SETTINGS} may not read the environment`),
      ...writes.map((line) => `${path}:${line} writes to the terminal by itself: use ${ONLY_OUTPUT}`),
    ];
    const imports = importsOf(text).flatMap(({ specifier, line, dynamic, typeOnly }) => {
      const at = `${path}:${line}`;
      const target = /^@ess\/([^/]+)\//.exec(specifier)?.[1];
      const name = packageOf(specifier);
      const found: string[] = [];
      if (specifier.startsWith('.') && workspaceOf(join(path, specifier)) !== workspace)
        found.push(`${at} reaches into another workspace with ${specifier}; import @ess/…`);
      if (allowed && target && !isTest && target !== workspace && !allowed.includes(target)) {
        if (!(dynamic || typeOnly) || !MAY_START[workspace]?.includes(target))
          found.push(`${at} ${workspace} may not import ${target}`);
      }
      if (allowed && ONLY_STREAM.test(specifier) && workspace !== 'stream')
        found.push(`${at} only services/stream imports ${specifier}`);
      if (workspace === 'domain' && !isTest && IMPURE.has(specifier.replace(/^node:/, '').split('/')[0] ?? ''))
        found.push(`${at} the domain is pure: no ${specifier}`);
      if (name && !isTest && workspace !== 'test' && !dependencies(workspace, typeOnly).has(name))
        found.push(`${at} ${name} is not in the dependencies of ${workspace}`);
      return found;
    });
    return [...strays, ...imports];
  });
}

const linesWith = (text: string, pattern: RegExp): number[] =>
  text.split('\n').flatMap((line, index) => (pattern.test(line) ? [index + 1] : []));

/** The npm package of an import; undefined for our own files and for what Node brings. */
function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:') || builtinModules.includes(specifier))
    return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function declared(workspace: string, typeOnly: boolean): ReadonlySet<string> {
  const folder = ['schemas', 'infra', 'test'].includes(workspace) ? workspace : `services/${workspace}`;
  const {
    name,
    dependencies = {},
    devDependencies = {},
  } = JSON.parse(readFileSync(`${ROOT}/${folder}/package.json`, 'utf8')) as {
    name: string;
    dependencies?: object;
    devDependencies?: object;
  };
  return new Set([name, ...Object.keys(dependencies), ...(typeOnly ? Object.keys(devDependencies) : [])]);
}

if (import.meta.main) {
  const files = sourceFiles();
  const found = [...violations(files, declared), ...roomViolations(files)];
  for (const line of found) console.error(line);
  console.error(found.length === 0 ? `arrows hold in ${files.length} files` : `${found.length} arrows are broken`);
  process.exitCode = found.length === 0 ? 0 : 1;
}
