// What Java's own serializer has written (test/java-avro) arrives as Java's own values say, digit for digit: each type of Avro in
// each form that a mapping may ask for, unions whose branches look alike, records of an older schema, a type of another subject.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { framed } from '../fakes/kafka/avro-bytes.ts';
import { FakePartner } from '../fakes/partner.ts';
import { RegistryProxy } from '../fakes/registry-proxy.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';

interface Data {
  /** A type of another subject; schemas are JSON. */
  readonly common: { readonly name: string; readonly schema: string };
  /** Of the topic. */
  readonly older: string;
  readonly newer: string;
  /** What the mapping asks for, by field; empty: nothing. */
  readonly as: Readonly<Record<string, string>>;
  /** Bytes in base64; the document is JSON, whose digits reading it here would round. */
  readonly records: ReadonlyArray<{ readonly isOlder: boolean; readonly bytes: string; readonly document: string }>;
}
const DATA: Data = JSON.parse(readFileSync(new URL('../java-avro/records.json', import.meta.url), 'utf8'));
const TARGETS = Object.entries(DATA.as).map(([name, as]) => [name, as === '' ? name : { to: name, as }]);

let stack: TestStack;
beforeAll(async () => {
  stack = await openTestStack();
});
afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

/** @returns the id */
async function register(subject: string, schema: string, references: readonly object[] = []): Promise<number> {
  const answer = await fetch(`${stack.registry}/subjects/${subject}/versions`, {
    method: 'POST',
    headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
    body: JSON.stringify({ schema, references }),
  });
  const { id, message } = (await answer.json()) as { id: number; message: string };
  if (!answer.ok) throw new Error(`${subject} is not registered: ${message}`);
  return id;
}

/** Apicurio takes no `$` in a namespace, Confluent's registry does: the older schema is known before it alone. */
const OLDER_ID = 900_000;

test('what Java has written arrives as Java reads it, and is what the published schema says', async () => {
  await using proxy = await RegistryProxy.start(stack.registry);
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, {
    partitions: 1,
    source: { key: 'id', version: undefined, where: { audience: 'Hospital' } },
    mapping: { fields: Object.fromEntries(TARGETS) },
    env: () => ({ SCHEMA_REGISTRY_URL: proxy.url() }),
  });
  const { common, older, newer, records } = DATA;
  const subject = `${line.source.name}-common`;
  await register(subject, common.schema);
  const references = [{ name: common.name, subject, version: 1 }];
  const id = await register(`${line.source.name}-value`, newer, references);
  proxy.instead = (path) =>
    path.startsWith(`/schemas/ids/${OLDER_ID}`) ? { status: 200, body: { schema: older } } : undefined;
  for (const { isOlder, bytes } of records)
    await line.source.publishRaw('k', framed(isOlder ? OLDER_ID : id, Buffer.from(bytes, 'base64')));
  expect(await line.json('connector', 'check', line.partner)).toEqual([
    { partner: line.partner, ok: true, problems: [] },
  ]);
  const published = await line.json('connector', 'schema', line.partner);

  await line.start();
  await line.drained();
  const sorted = (texts: string[]) => texts.toSorted();
  expect(sorted(partner.received.map(({ text }) => text))).toEqual(sorted(records.map(({ document }) => document)));
  const ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  const isValid = ajv.compile(published);
  for (const { body } of partner.received) expect([isValid(body), isValid.errors]).toEqual([true, null]);
});
