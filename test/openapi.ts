// Lints the OpenAPI documents, as `npm run verify` does: of the doors of connectors/ as they are and of a door with every kind
// of credential, and of the bridge. `node test/openapi.ts` prints what is wrong and exits 1.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { streamOpenApi } from '@ess/bridge/http/openapi.ts';
import { compileConnector } from '@ess/domain/connector/compile.ts';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { doorOpenApi } from '@ess/inbound/docs/openapi.ts';
import { compilePartner, listConnectors } from '@ess/runtime/connectors/connector-folder.ts';
import { findSubject } from '@ess/schemas/catalog.ts';
import { createConfig, lintFromString } from '@redocly/openapi-core';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const EVERY_WAY = `
partner: clinic
source: { topic: rules }
mapping: mapping.json
inbound:
  - path: /clinic/beds
    topic: hospital.bedChange
    auth:
      body: { auth.secret: "\${CLINIC_SECRET}" }
      header: { x-one: "\${CLINIC_SECRET}", x-two: "\${CLINIC_SECRET}" }
      sign: { secrets: ["\${CLINIC_SECRET}"] }
      apiKey: true
      jwt: true
      clientCertificate: { subject: CN=clinic }
    mapping: beds.json
access: { apiKeyHashes: ["sha256:${'0'.repeat(64)}"], jwtSubject: clinic }
`;

/** A connector that may be described but not run: its variables are not set. */
function everyWay(): Connector {
  const files = new Map([
    ['connector.yaml', EVERY_WAY],
    ['mapping.json', '{ "fields": { "title": "title" } }'],
    [
      'beds.json',
      '{ "fields": { "bedsFree": "beds.free", "ward": "unit", "changedAt": "at" }, "values": { "ward": { "ICU": "U1" } } }',
    ],
  ]);
  const folder = { path: 'clinic', partner: 'clinic', files };
  const options = { env: () => undefined, sourceSchema: findSubject, withoutEnv: true };
  const { connector, problems } = compileConnector(folder, options);
  if (connector === undefined) throw new Error(JSON.stringify(problems));
  return connector;
}

const hooksOf = (connectors: readonly Connector[]) =>
  connectors.flatMap(({ partner, inbound }) => inbound.map((hook) => ({ partner, hook })));

if (import.meta.main) {
  const root = join(ROOT, 'connectors');
  const shipped = listConnectors(root).flatMap(
    (name) => compilePartner(root, name, { sourceSchema: findSubject, withoutEnv: true }).connector ?? [],
  );
  const config = await createConfig(readFileSync(join(ROOT, 'test/openapi-rules.yaml'), 'utf8'));
  const documents = {
    doors: doorOpenApi(hooksOf([...shipped, everyWay()]), 'https://doors.agency.example'),
    bridge: streamOpenApi({ tokens: true }),
    'bridge without tokens': streamOpenApi({ tokens: false }),
  };
  for (const [name, document] of Object.entries(documents)) {
    const problems = await lintFromString({ source: JSON.stringify(document), config });
    for (const { ruleId, message, location } of problems)
      console.error(`${location[0]?.pointer ?? ''} ${message} (${ruleId})`);
    const verdict = problems.length === 0 ? 'is clean' : `has ${problems.length} findings`;
    console.error(`the OpenAPI document of the ${name} ${verdict}`);
    if (problems.length > 0) process.exitCode = 1;
  }
}
