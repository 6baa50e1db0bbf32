// The licences of what runs in production, from package-lock.json: docs/licences.md lists them. `node test/licences.ts` writes it,
// `--check` compares it; a licence that nobody has agreed to ends both with 1.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const PAGE = at('docs/licences.md');

/** They ask for their text to be kept, and for no more. */
const AGREED: ReadonlySet<string> = new Set([
  ...['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'ISC', 'MIT', 'Unlicense'],
]);
/** Packages whose package.json says none: what their own LICENSE file says. */
const BY_FILE: Readonly<Record<string, string>> = { '@kafkajs/confluent-schema-registry': 'MIT' };

interface LockEntry {
  readonly link?: boolean;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly version?: string;
  readonly license?: string;
}

export interface Licensed {
  readonly name: string;
  readonly version: string;
  /** SPDX. */
  readonly licence: string;
}

/** @param packages of a lock file of version 3, by their place. @returns those that run, by name and version, each once */
export function licensedIn(packages: Readonly<Record<string, LockEntry>>): Licensed[] {
  const found = Object.entries(packages).flatMap(([place, { link, dev, devOptional, version = '', license }]) => {
    const [, name] = /.*node_modules\/(.+)$/.exec(place) ?? [];
    if (name === undefined || link || dev || devOptional) return [];
    return [[`${name}@${version}`, { name, version, licence: license ?? BY_FILE[name] ?? 'none' }] as const];
  });
  return [...new Map(found.toSorted(([a], [b]) => (a < b ? -1 : 1))).values()];
}

export const notAgreed = (all: readonly Licensed[]): string[] =>
  all
    .filter(({ licence }) => !AGREED.has(licence))
    .map(
      ({ name, version, licence }) =>
        `${name}@${version} has the licence ${licence}: agree to it in test/licences.ts, or do without it`,
    );

function pageOf(all: readonly Licensed[]): string {
  const kinds = Object.entries(Object.groupBy(all, ({ licence }) => licence)).map(
    ([kind, some]) => `${some?.length} ${kind}`,
  );
  return `# Licences

ESS is under the Apache License 2.0 (\`LICENSE\`). These packages run with it in production; \`node test/licences.ts\` writes this page from
\`package-lock.json\`, and \`npm run verify\` compares it. What only builds and tests is not in the list. In all: ${kinds.sort().join(', ')}.

| package | version | licence |
|---|---|---|
${all.map(({ name, version, licence }) => `| ${name} | ${version} | ${licence} |`).join('\n')}
`;
}

if (import.meta.main) {
  const { packages } = JSON.parse(readFileSync(at('package-lock.json'), 'utf8')) as {
    packages: Record<string, LockEntry>;
  };
  const all = licensedIn(packages);
  const faults = notAgreed(all);
  if (!process.argv.includes('--check')) writeFileSync(PAGE, pageOf(all));
  else if (readFileSync(PAGE, 'utf8') !== pageOf(all))
    faults.push('docs/licences.md is not of this lock: run node test/licences.ts');
  for (const fault of faults) console.error(fault);
  console.error(`${all.length} packages run, ${faults.length} faults`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
