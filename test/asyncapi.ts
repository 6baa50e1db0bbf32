// Lints the AsyncAPI documents of the bridge, as `npm run verify` does: against the schema of AsyncAPI 3, and with the
// linter. `node test/asyncapi.ts` prints what is wrong and exits 1.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import specs from '@asyncapi/specs';
import { adminPages, publicPages } from '@ess/bridge/http/interface-pages.ts';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';

const RULES = join(fileURLToPath(new URL('.', import.meta.url)), 'asyncapi-rules.yaml');

/** @returns what is wrong, a line each */
export async function findings(source: string): Promise<string[]> {
  // The schema of AsyncAPI brings that of JSON Schema along, and annotations that ajv does not know.
  const ajv = new Ajv({ strict: false, meta: false, validateSchema: false });
  addFormats.default(ajv);
  const isValid = ajv.compile(specs.schemas['3.0.0'] as object);
  isValid(JSON.parse(source));
  const config = await createConfig(readFileSync(RULES, 'utf8'));
  const linted = await lintFromString({ source, config });
  return [
    ...(isValid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message} (schema)`),
    ...linted.map(({ ruleId, message, location }) => `${location[0]?.pointer ?? ''} ${message} (${ruleId})`),
  ];
}

if (import.meta.main) {
  const documents = [publicPages(false), publicPages(true), adminPages(true)].map(
    (pages) => pages.get('/asyncapi.json')?.body ?? '',
  );
  const found = (await Promise.all(documents.map(findings))).flat();
  for (const line of found) console.error(line);
  console.error(found.length === 0 ? 'the AsyncAPI documents of the bridge are clean' : `${found.length} findings`);
  process.exitCode = found.length === 0 ? 0 : 1;
}
