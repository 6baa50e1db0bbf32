// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a variable is written in a connector
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import { findSubject } from '@ess/schemas/catalog.ts';
import { describe, expect, test } from '@jest/globals';
import { formatProblem } from '../../text/problem.ts';
import { compileConnector } from '../compile.ts';

function digestIn(
  files: Record<string, string>,
  sourceSchema: (subject: string) => AvroSchemaJson | undefined,
): string {
  const folder = { path: 'connectors/h', partner: 'h', files: new Map(Object.entries(files)) };
  const { connector, problems } = compileConnector(folder, { env: () => 'https://h.example', sourceSchema });
  if (connector === undefined) throw new Error(problems.map(formatProblem).join('\n'));
  return connector.connectorDigest;
}

/** Some value for each variable, for a URL too. */
const value = (name: string) => (name.endsWith('_URL') ? 'https://127.0.0.1:9/x' : undefined);

const DELIVER = { url: '${H_URL}/rules' };

function digestWith(more: Record<string, unknown>, files: Record<string, string> = {}): string {
  const yaml = { partner: 'h', source: { topic: 'rules' }, mapping: 'mapping.json', deliver: DELIVER, ...more };
  return digestIn(
    {
      'connector.yaml': JSON.stringify(yaml),
      'mapping.json': '{ "fields": { "ruleId": "id", "minIcuBeds": "beds" } }',
      ...files,
    },
    findSubject,
  );
}

describe('a connector digest', () => {
  test('is what it was: another one for the same connector would show every rule as sent by another mapping', () => {
    expect(digestWith({})).toBe('171cb8da8568d5ab20fc6924323d70188927e31c09abea8a2a6081b56f852304');
  });

  test.each<[string, Record<string, unknown>]>([
    ['another topic', { source: { topic: 'rules.latest' } }],
    ['a key of its own', { source: { topic: 'rules', key: 'eventId' } }],
    ['a version of its own', { source: { topic: 'rules', version: 'minIcuBeds' } }],
    ['rules as a list', { deliver: { ...DELIVER, batch: { maxRecords: 5, maxWaitMs: 5 } } }],
    ['a form', { deliver: { ...DELIVER, body: 'form' } }],
    ['another variable in the url', { deliver: { ...DELIVER, url: '${H_URL}/v2' } }],
  ])('changes with %s', (_, more) => {
    expect(digestWith(more)).not.toBe(digestWith({}));
  });

  test.each<[string, Record<string, unknown>]>([
    ['what is as ever', { deliver: { ...DELIVER, method: 'POST', body: 'json', contentType: 'application/json' } }],
    ['another subject that has the same schema', { source: { topic: 'rules', subject: 'rules.latest-value' } }],
    [
      'what is as ever of a source of rules',
      { source: { topic: 'rules', key: 'ruleId', version: 'version', where: {} } },
    ],
    ['alert, which is what happens anyway', { onLeave: 'alert' }],
    ['a stream beside it', { stream: { enabled: true } }],
  ])('does not change with %s', (_, more) => {
    expect(digestWith(more)).toBe(digestWith({}));
  });

  test('of a batch does not change with how many records it has, or how its answer is read', () => {
    const batch = (more: object) =>
      digestWith({ deliver: { ...DELIVER, batch: { maxRecords: 5, maxWaitMs: 5, ...more } } });
    expect(batch({ maxRecords: 50, maxWaitMs: 90, answer: { items: 'items', status: 'status' } })).toBe(batch({}));
  });

  test('of a withdrawal is the same whether its request is named or follows from that of a rule', () => {
    const leaving = (more: object) =>
      digestWith(
        { onLeave: { send: 'withdrawal.json', ...more } },
        { 'withdrawal.json': '{ "fields": { "ruleId": "id" } }' },
      );
    expect(leaving({ method: 'POST', url: DELIVER.url })).toBe(leaving({}));
    expect(leaving({ method: 'PUT' })).not.toBe(leaving({}));
  });

  test('can be told by whoever has the files and none of the variables', () => {
    const root = 'connectors';
    for (const partner of readdirSync(root)) {
      const names = readdirSync(join(root, partner)).filter((name) => /\.(ya?ml|json)$/.test(name));
      const texts = new Map(names.map((name) => [name, readFileSync(join(root, partner, name), 'utf8')]));
      const folder = { path: join(root, partner), partner, files: texts };
      const digests = [
        { env: value, withoutEnv: true },
        { env: () => undefined, withoutEnv: true },
      ].map(
        (options) => compileConnector(folder, { sourceSchema: findSubject, ...options }).connector?.connectorDigest,
      );
      expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
      expect(digests[1]).toBe(digests[0]);
    }
  });
});

describe('of the schema only what is read counts', () => {
  const PLACE = {
    type: 'record',
    name: 'Place',
    fields: [
      { name: 'city', type: 'string', default: '' },
      { name: 'zip', type: ['null', 'string'], default: null },
      { name: 'in', type: ['null', 'Place'], default: null },
    ],
  };
  const FIELDS = {
    id: { type: 'string' },
    beds: { type: ['null', 'int'], default: null },
    at: { type: { type: 'long', logicalType: 'timestamp-millis' } },
    place: { type: PLACE, default: { city: 'x', zip: 'y', in: null } },
    tags: { type: { type: 'map', values: 'string' }, default: {} },
    list: { type: { type: 'array', items: 'Place' }, default: [] },
    unread: { type: 'string', default: '' },
    zone: { type: { type: 'enum', name: 'Zone', symbols: ['N', 'S'] }, default: 'N' },
    status: { type: 'string', default: 'active' },
  };

  type Fields = Readonly<Record<string, object | undefined>>;

  function digestOf(fields: Fields, more: object = {}, order = <T>(all: T[]) => all): string {
    const there = order(Object.entries({ ...FIELDS, ...fields })).filter(([, field]) => field !== undefined);
    const schema = { type: 'record', name: 'R', ...more, fields: there.map(([name, field]) => ({ name, ...field })) };
    const yaml = {
      partner: 'h',
      source: { topic: 'places', key: 'id', where: { zone: 'N' } },
      mapping: 'mapping.json',
      deliver: { url: 'https://h.example/{place.city}' },
    };
    const mapping = {
      fields: {
        id: 'id',
        beds: 'beds',
        at: 'at',
        'list[].city': 'towns[]',
        'tags.color': 'color',
        'place.in.zip': 'code',
      },
    };
    return digestIn({ 'connector.yaml': JSON.stringify(yaml), 'mapping.json': JSON.stringify(mapping) }, (subject) =>
      subject === 'places-value' ? (schema as never) : undefined,
    );
  }

  const place = (more: object) => ({ ...FIELDS.place, ...more });
  const placeType = (change: (fields: typeof PLACE.fields) => object[]) => ({ ...PLACE, fields: change(PLACE.fields) });

  test.each<[string, Fields]>([
    ['another type of a field that nobody reads', { unread: { type: 'int', default: 0 } }],
    ['a field that nobody reads taken away', { unread: undefined }],
    ['one more field', { more: { type: 'string', default: '' } }],
    ['another status, which only rules have', { status: { type: 'int', default: 1 } }],
    ['words for people', { beds: { ...FIELDS.beds, doc: 'Free ones.' } }],
    [
      'a field that nobody reads within one that is read',
      { place: place({ type: placeType((all) => [...all, { name: 'street', type: 'string', default: '' }]) }) },
    ],
    ['the default of that part', { place: place({ default: { city: 'x', zip: 'z', in: null } }) }],
  ])('%s does not change it', (_, fields) => {
    expect(digestOf(fields)).toBe(digestOf({}));
  });

  test('another namespace, words about the record and another order of fields do not change it', () => {
    expect(digestOf({}, { namespace: 'x.y', doc: 'Places.' })).toBe(digestOf({}));
    expect(digestOf({}, {}, (all) => [...all.slice(6), ...all.slice(0, 6)])).toBe(digestOf({}));
  });

  test.each<[string, Fields]>([
    ['the type of a field that is sent', { beds: { type: ['null', 'long'], default: null } }],
    ['its default', { beds: { type: ['int', 'null'], default: 3 } }],
    ['an alias of it', { beds: { ...FIELDS.beds, aliases: ['icuBeds'] } }],
    ['what it means', { at: { type: { type: 'long', logicalType: 'timestamp-micros' } } }],
    [
      'a value that the scope may name',
      { zone: { type: { type: 'enum', name: 'Zone', symbols: ['N', 'S', 'W'] }, default: 'N' } },
    ],
    [
      'the type of a field that only a template reads',
      {
        place: place({
          type: placeType(([city, ...rest]) => [{ ...city, type: 'int', default: 1 }, ...rest]),
          default: { city: 1, zip: 'y', in: null },
        }),
      },
    ],
    ['an alias on the way to one', { place: place({ aliases: ['town'] }) }],
    ['the default on the way to one', { place: place({ default: { city: 'z', zip: 'y', in: null } }) }],
    ['the type of the values of a map', { tags: { type: { type: 'map', values: ['null', 'string'] }, default: {} } }],
    ['the default of a list', { list: { ...FIELDS.list, default: [{ city: 'here', zip: null, in: null }] } }],
  ])('%s changes it', (_, fields) => {
    expect(digestOf(fields)).not.toBe(digestOf({}));
  });
});
