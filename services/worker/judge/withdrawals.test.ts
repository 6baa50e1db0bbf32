import { compileConnector } from '@ess/domain/connector/compile.ts';
import { findSubject } from '@ess/schemas/catalog.ts';
import { makePartner, makeRecord } from '@ess/test/harness/data/partner.ts';
import { makeRule } from '@ess/test/harness/data/rules.ts';
import { expect, test } from '@jest/globals';

const AFTER_YEAR_9999 = 300_000_000_000_000;
const FILES = {
  'connector.yaml':
    'partner: hospital\nsource: { topic: rules }\nmapping: mapping.json\nonLeave: send\ndeliver: { url: "https://h.example/" }\n',
  'mapping.json': '{ "fields": { "ruleId": "ruleId" } }',
  'withdrawal.json': '{ "fields": { "publishedAt": { "to": "at", "as": "date-time" } } }',
};

test('a withdrawal that cannot be mapped is parked with the reason mapping', async () => {
  const { connector } = compileConnector(
    { path: 'connectors/hospital', partner: 'hospital', files: new Map(Object.entries(FILES)) },
    { env: () => undefined, sourceSchema: findSubject },
  );
  if (!connector) throw new Error('it is valid');
  const rows: Array<Record<string, unknown>> = [];
  const parked = Promise.withResolvers<void>();
  const { partner, hooks } = makePartner({
    connector: { onLeave: connector.onLeave },
    group: { highWatermark: () => 1 },
    shared: {
      outbox: {
        append: async (all) => {
          for (const { value } of all) rows.push(JSON.parse(String(value)) as (typeof rows)[number]);
          if (rows.some(({ outcome }) => outcome === 'deadLettered')) parked.resolve();
        },
        appendAndTell: async (all) => all.map(({ topic }, offset) => ({ topic, partition: 0, offset })),
      },
    },
  });
  const assignment = hooks.openAssignment();
  await assignment.assigned([{ partition: 0, position: 0, metadata: null }]);
  const rule = makeRule('r', 2, { status: 'withdrawn', publishedAt: AFTER_YEAR_9999 });
  await assignment.take(0, [makeRecord({ key: Buffer.from('r'), value: Buffer.from(JSON.stringify(rule)) })], 1);
  await parked.promise;
  await assignment.revoke();
  await partner.stop();
  expect(rows.find(({ outcome }) => outcome === 'deadLettered')?.['reason']).toBe('mapping');
});
