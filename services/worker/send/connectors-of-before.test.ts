// Connectors that were written before a connector could say how its requests are made keep their meaning: the folders are taken as they
// were, and made.json holds what the program of then made of them, to the byte. Whoever sees this fail mends the program, not the file.
import { readFileSync } from 'node:fs';
import { outgoingOf } from '@ess/domain/connector/outgoing.ts';
import { isWithdrawn } from '@ess/domain/values/withdrawn.ts';
import { listConnectors, loadConnector } from '@ess/runtime/connectors/connector-folder.ts';
import { closeWire, FACTS, openWire, port, sent } from '@ess/test/harness/data/wire.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';

const ROOT = new URL('../../../test/fixtures/connectors-of-before/', import.meta.url).pathname;
const read = (name: string) => JSON.parse(readFileSync(`${ROOT}${name}`, 'utf8'));
const {
  env,
  rules,
  rings,
}: {
  readonly env: Record<string, string>;
  readonly rules: Record<string, Record<string, unknown>>;
  readonly rings: readonly object[];
} = read('given.json');
const MADE: Record<string, object> = read('made.json');

beforeAll(openWire);
afterAll(closeWire);

test('all folders of then are here', () => {
  expect(listConnectors(ROOT)).toEqual(Object.keys(MADE));
  expect(FACTS).toEqual(read('given.json').facts);
});

test.each(Object.keys(MADE))('what %s is sent, shown and takes is the same to the byte', async (partner) => {
  const connector = loadConnector(ROOT, partner, { env: (name) => env[name]?.replace('PORT', String(port)) });
  const madeOf = async (rule: Record<string, unknown>): Promise<unknown> => {
    if (!connector.inScope(rule)) return 'out of scope';
    const isOver = isWithdrawn(connector.source.key, rule);
    if (isOver && connector.onLeave === 'alert') return 'a person is alerted';
    const made = outgoingOf(connector, rule, isOver);
    if (!made.ok) return made.reason;
    if (connector.deliver === undefined) return JSON.stringify(made.document);
    return (await sent(connector, rule)).replaceAll(String(port), 'PORT').split('\r\n');
  };
  const ofRules: Record<string, unknown> = {};
  for (const [name, rule] of Object.entries(rules)) ofRules[name] = await madeOf(rule);
  const ofRings = connector.inbound.map(({ path, mapping }) => [path, rings.map((ring) => mapping.inverse(ring))]);
  expect({ rules: ofRules, rings: Object.fromEntries(ofRings) }).toEqual(MADE[partner]);
});
