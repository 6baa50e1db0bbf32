// Writes generated/types.ts from the .avsc files; with --check it only compares and exits 1 when the file is stale.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readSchema, SCHEMAS, schemaPath } from './catalog.ts';
import { declarations } from './typescript.ts';

const TARGET = 'generated/types.ts';

/** The whole text of generated/types.ts. */
export function generatedTypes(): string {
  // Two topics may hold the same record.
  const files = SCHEMAS.filter(({ file }, index) => SCHEMAS.findIndex((other) => other.file === file) === index);
  const parts = files.map(({ topic, file }) => `// ${file}\n\n${declarations(readSchema(topic)).join('\n\n')}\n`);
  return `// Generated from the .avsc files by \`node schemas/generate.ts\`. Do not edit.\n\n${parts.join('\n')}`;
}

if (import.meta.main) {
  const path = schemaPath(TARGET);
  const wanted = generatedTypes();
  const stale = !existsSync(path) || readFileSync(path, 'utf8') !== wanted;
  if (process.argv.includes('--check')) {
    if (stale) console.error(`schemas/${TARGET} is stale: run node schemas/generate.ts and commit it`);
    process.exitCode = stale ? 1 : 0;
  } else if (stale) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, wanted);
    console.error(`wrote schemas/${TARGET}`);
  }
}
