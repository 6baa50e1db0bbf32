// Writes generated/types.ts from the .avsc files; from the JSON Schemas generated/shapes.mjs, and what of docs/connectors.md they say.
// With --check it only compares, and exits 1 when a file is stale.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { readSchema, SCHEMAS, schemaPath } from './catalog.ts';
import connectorSchema from './connector.schema.json' with { type: 'json' };
import { connectorPage } from './connector-page.ts';
import mappingSchema from './mapping.schema.json' with { type: 'json' };
import { generatedShapes, generatedShapeTypes } from './shapes.ts';
import { declarations } from './typescript.ts';

/** File, from the root of the repository → its whole text, made of what is there. */
const TARGETS: Readonly<Record<string, (present: string) => string>> = {
  'schemas/generated/types.ts': generatedTypes,
  'schemas/generated/shapes.mjs': generatedShapes,
  'schemas/generated/shapes.d.mts': generatedShapeTypes,
  'docs/connectors.md': generatedPage,
};

/** The whole text of generated/types.ts. */
export function generatedTypes(): string {
  // Two topics may hold the same record.
  const files = SCHEMAS.filter(({ file }, index) => SCHEMAS.findIndex((other) => other.file === file) === index);
  const parts = files.map(({ topic, file }) => `// ${file}\n\n${declarations(readSchema(topic)).join('\n\n')}\n`);
  return `// Generated from the .avsc files by \`node schemas/generate.ts\`. Do not edit.\n\n${parts.join('\n')}`;
}

/** docs/connectors.md with its contents and its reference as they have to be. */
export function generatedPage(present: string): string {
  return connectorPage(present, [
    { name: 'connector.yaml', schema: connectorSchema },
    { name: 'mapping.json', schema: mappingSchema },
  ]);
}

if (import.meta.main) {
  const isCheck = process.argv.includes('--check');
  for (const [file, textOf] of Object.entries(TARGETS)) {
    const path = schemaPath(`../${file}`);
    const present = existsSync(path) ? readFileSync(path, 'utf8') : '';
    const wanted = textOf(present);
    if (present === wanted) continue;
    if (isCheck) {
      console.error(`${file} is stale: run node schemas/generate.ts and commit it`);
      process.exitCode = 1;
    } else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, wanted);
      console.error(`wrote ${file}`);
    }
  }
}
