// A partner's contract is a program that others run: it must end, whatever it says and whatever it is asked about.
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { compilePartner } from '@ess/runtime/connectors/connector-folder.ts';
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { openTestStack } from '../harness/test-stack.ts';

test.each<[string, string, number, string]>([
  ['a promise instead of an answer', '{\n  "$async": true\n}', 2, '$async'],
  ['itself', '{\n  "type": "object",\n  "$ref": "#"\n}', 3, '$ref'],
  [
    'itself, by another name',
    '{ "$ref": "#/$defs/a", "$defs": {\n "a": { "anyOf": [\n{ "$ref": "#/$defs/a" } ] } } }',
    3,
    '$defs.a.anyOf[0].$ref',
  ],
  [
    'itself where the body is as deep as before',
    '{ "properties": { "x": {\n "$ref": "#/definitions/y" } },\n"definitions": { "y": { "if": true,\n"else": { "$ref": "#/definitions/y" } } } }',
    4,
    'definitions.y.else.$ref',
  ],
  [
    'a pattern that looks ahead',
    '{ "properties": {\n "bedCap": { "pattern": "^(?!a)" } } }',
    2,
    'properties.bedCap.pattern',
  ],
  ['a name that refers back', '{ "patternProperties": {\n "(a)\\\\1": {} } }', 2, 'patternProperties["(a)\\\\1"]'],
  ['another file', '{ "$ref": "https://partner.example/contract.json" }', 1, ''],
  ['the address of what judges schemas', '{ "$id": "http://json-schema.org/draft-07/schema" }', 1, ''],
  ['nothing but depth', `${'{"not":'.repeat(5_000)}{}${'}'.repeat(5_000)}`, 1, ''],
])('a contract that says %s is refused with file, line and remedy', async (_name, contract, line, field) => {
  await using cleanup = new Cleanup();
  const root = temporaryFolder(cleanup);
  cpSync('connectors/hospital', join(root, 'hospital'), { recursive: true });
  writeFileSync(join(root, 'hospital', 'contract.schema.json'), contract);
  const { connector, problems } = compilePartner(root, 'hospital', { withoutEnv: true });
  expect(connector).toBeUndefined();
  expect(problems).toContainEqual({
    file: join(root, 'hospital', 'contract.schema.json'),
    line,
    field,
    message: expect.any(String),
    remedy: expect.stringMatching(/\w/),
  });
});

/** The first runs for ever with backtracking; all together take more steps than a body may. */
const NASTY = {
  properties: {
    title: {
      allOf: ['^(a+)+$', ...[1, 2, 3].map((at) => `(?:a?b?c?){300}x{${at}}`)].map((pattern) => ({ not: { pattern } })),
    },
  },
};
const OTHERS = 20;

test('a contract that would keep a worker for ever parks what it cannot judge, and the partner beside it gets everything', async () => {
  await using stack = await openTestStack();
  await using nasty = await FakePartner.start();
  await using good = await FakePartner.start();
  const mapping = { fields: { ruleId: 'ruleId', version: 'version', title: 'title' } };
  await using line = await Pipeline.open(stack, nasty, { mapping });
  writeFileSync(join(line.connectors, line.partner, 'contract.schema.json'), JSON.stringify(NASTY));
  const beside = line.addPartner(good.url, { mapping });
  const worker = line.spawn({}, [beside]);
  await worker.logged('worker.started');
  const rules = [
    makeRule('nasty', 1, { title: `${'a'.repeat(60_000)}!` }),
    makeRule('long', 1, { title: 'a'.repeat(70_000) }),
    ...Array.from({ length: OTHERS }, (_, at) => makeRule(`r${at}`, 1)),
  ];
  await line.source.publish(rules);
  await good.until((received) => received.length === rules.length);
  await nasty.until((received) => received.length === OTHERS);
  for (const ruleId of ['nasty', 'long'])
    await worker.logged(
      'delivery.attempted',
      (said) => said['ruleId'] === ruleId && said['outcome'] === 'deadLettered',
    );
  const parked = await eventually('two dead letters', async () => {
    const letters = await line.deadLetters();
    return letters.length === 2 ? letters : undefined;
  });
  expect(new Map(parked.map(({ ruleId, reason, detail }) => [ruleId, `${reason}: ${detail}`]))).toEqual(
    new Map([
      ['nasty', expect.stringContaining('contract: cannot be judged')],
      ['long', expect.stringContaining('title is longer than 65536 characters, which a pattern may meet')],
    ]),
  );
  await worker.signal('SIGTERM');
  expect(worker.ended).toBe(0);
});
