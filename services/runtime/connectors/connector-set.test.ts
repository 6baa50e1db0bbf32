import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { AvroRecord } from '@ess/schemas/avro-schema.ts';
import { findSubject, readSchema } from '@ess/schemas/catalog.ts';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import type { ConnectorSetOptions, ConnectorTaker } from './connector-set.ts';
import { ConnectorSet } from './connector-set.ts';

const root = temporaryFolder({ defer: afterAll });
const SECRET = `whsec_${Buffer.alloc(32).toString('base64')}`;
const env = (name: string): string | undefined => {
  if (name.endsWith('API_KEY_HASH')) return undefined;
  return name.endsWith('SIGNING_SECRET') ? SECRET : 'http://127.0.0.1:1/x';
};

/** What was logged or handed over, in order; `next` waits for it. */
class Events {
  readonly #events: unknown[] = [];
  #wake = (): void => undefined;
  push = (event: unknown): void => {
    this.#events.push(event);
    this.#wake();
  };
  next = async (): Promise<unknown> => {
    while (this.#events.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#events.shift();
  };
}

const stops: Array<() => void> = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** A folder of connectors of its own. */
function folderOf(name: string, partners: readonly string[]): (partner: string, file?: string) => string {
  const at = (partner: string, file = '') => join(root, name, partner, file);
  mkdirSync(join(root, name));
  for (const partner of partners) write(at(partner));
  return at;
}

function write(folder: string): void {
  cpSync('connectors/hospital', folder, { recursive: true });
  rmSync(join(folder, 'samples'), { recursive: true }); // they say what the mapping makes of a rule
  const partner = folder.split('/').filter(Boolean).at(-1) as string;
  const yaml = join(folder, 'connector.yaml');
  const text = readFileSync(yaml, 'utf8');
  writeFileSync(
    yaml,
    text.replace('partner: hospital', `partner: ${partner}`).replaceAll('HOSPITAL', partner.toUpperCase()),
  );
}

interface Opened {
  readonly set: ConnectorSet;
  readonly events: Events;
  readonly secrets: string[];
}

async function open(at: (partner: string) => string, more: Partial<ConnectorSetOptions> = {}): Promise<Opened> {
  const events = new Events();
  const secrets: string[] = [];
  const tell = (details: object, msg?: string) => events.push([msg, (details as { partner?: string }).partner]);
  const set = await ConnectorSet.open({
    root: join(at('x'), '..'),
    concerns: ({ deliver }) => deliver !== undefined,
    schemas: async () => ({ env }),
    redactor: { add: (added) => secrets.push(...added) },
    log: { info: tell, warn: tell, error: tell } as never,
    lookEveryMs: 20,
    ...more,
  });
  return { set, events, secrets };
}

function follow({ set, events }: Opened, put: ConnectorTaker['put'] = () => undefined): void {
  const taker: ConnectorTaker = {
    put: (connector, signal) => {
      events.push(connector);
      return put(connector, signal);
    },
    remove: (partner) => events.push(`-${partner}`),
  };
  stops.push(set.follow(taker));
}

test('a valid change is handed over; an invalid one is told and changes nothing; writing the same again is nothing', async () => {
  const at = folderOf('change', ['ward']);
  const opened = await open(at, { names: ['ward'] });
  const { events, secrets } = opened;
  const [before] = opened.set.connectors;
  expect(secrets).toContain(SECRET);
  follow(opened);
  const mapping = readFileSync(at('ward', 'mapping.json'), 'utf8');

  writeFileSync(at('ward', 'mapping.json'), mapping.replace('minIcuBeds', 'minIcuBed'));
  expect(await events.next()).toEqual(['connector.refused', 'ward']);

  writeFileSync(at('ward', 'mapping.json'), mapping);
  expect(((await events.next()) as Connector).digest).toBe(before?.digest);
  expect(await events.next()).toEqual(['connector.reloaded', 'ward']);

  writeFileSync(at('ward', 'mapping.json'), mapping);
  writeFileSync(at('ward', 'mapping.json'), mapping.replace('HIGH', 'LOW'));
  const changed = (await events.next()) as Connector;
  expect(changed.map({ minIcuBeds: 3 })).toEqual({ ok: true, document: { bedCap: 3, priority: 'LOW' } });
});

test('what has changed between the beginning and the first look is handed over', async () => {
  const at = folderOf('between', ['ward']);
  const opened = await open(at);
  const mapping = readFileSync(at('ward', 'mapping.json'), 'utf8');
  writeFileSync(at('ward', 'mapping.json'), mapping.replace('HIGH', 'LOW'));
  follow(opened);
  const changed = (await opened.events.next()) as Connector;
  expect(changed.map({ minIcuBeds: 3 })).toEqual({ ok: true, document: { bedCap: 3, priority: 'LOW' } });
});

test('without names the good ones begin; a bad one is told, and taken when its files are mended', async () => {
  const at = folderOf('mended', ['ward', 'clinic']);
  const good = readFileSync(at('clinic', 'connector.yaml'), 'utf8');
  rmSync(at('clinic', 'connector.yaml'));
  const opened = await open(at);
  expect(opened.set.connectors.map(({ partner }) => partner)).toEqual(['ward']);
  expect(await opened.events.next()).toEqual(['connector.refused', 'clinic']);
  writeFileSync(at('clinic', 'connector.yaml'), good); // before anybody watches
  follow(opened);
  expect(await opened.events.next()).toMatchObject({ partner: 'clinic' });
  expect(await opened.events.next()).toEqual(['connector.added', 'clinic']);
});

test('a folder that comes is handed over with its secrets known; one that goes is removed', async () => {
  const at = folderOf('come', ['ward']);
  const opened = await open(at);
  follow(opened);
  write(at('clinic'));
  expect(await opened.events.next()).toMatchObject({ partner: 'clinic' });
  expect(await opened.events.next()).toEqual(['connector.added', 'clinic']);
  rmSync(at('clinic'), { recursive: true });
  let told = await opened.events.next();
  if (String(told) === 'connector.refused,clinic') told = await opened.events.next(); // for a while it is only away
  expect(told).toEqual(['connector.removed', 'clinic']);
  expect(await opened.events.next()).toBe('-clinic');
});

test('one without work for the program needs no secrets and is not told; it is taken when it has some', async () => {
  const at = folderOf('concerns', ['ward', 'clinic']);
  const yaml = readFileSync(at('clinic', 'connector.yaml'), 'utf8');
  writeFileSync(at('clinic', 'connector.yaml'), yaml.replace(/^deliver:[\s\S]*?(?=^\S)/m, ''));
  let isSet = false;
  const some = (name: string) => (name.startsWith('CLINIC_') && !isSet ? undefined : env(name));
  const opened = await open(at, { schemas: async () => ({ env: some }) });
  expect(opened.set.connectors.map(({ partner }) => partner)).toEqual(['ward']);
  isSet = true;
  follow(opened);
  writeFileSync(at('clinic', 'connector.yaml'), yaml);
  let told = await opened.events.next();
  if (String(told) === 'connector.refused,clinic') told = await opened.events.next(); // half written
  expect(told).toMatchObject({ partner: 'clinic' });
  expect(await opened.events.next()).toEqual(['connector.added', 'clinic']);
});

test('a change of one without work is handed over all the same, unless it cannot be read', async () => {
  const at = folderOf('other', ['ward', 'clinic']);
  const some = (name: string) => (name === 'CLINIC_SECRET' ? undefined : env(name));
  const opened = await open(at, { concerns: () => false, schemas: async () => ({ env: some }), lookEveryMs: 60_000 });
  expect(opened.set.connectors).toEqual([]);
  follow(opened);
  for (const partner of ['clinic', 'ward']) {
    const mapping = readFileSync(at(partner, 'mapping.json'), 'utf8');
    writeFileSync(at(partner, 'mapping.json'), mapping.replace('HIGH', 'LOW'));
  }
  expect(await opened.events.next()).toMatchObject({ partner: 'ward' });
  expect(await opened.events.next()).toEqual(['connector.reloaded', 'ward']);
  renameSync(at('ward'), join(at('ward'), '..', '.kept'));
  expect(await opened.events.next()).toEqual(['connector.refused', 'ward']);
  renameSync(join(at('ward'), '..', '.kept'), at('ward'));
  expect(await opened.events.next()).toMatchObject({ partner: 'ward' });
});

test('what cannot take effect is told; a wait for it is given up when the files change again', async () => {
  const at = folderOf('again', ['ward']);
  const opened = await open(at);
  let calls = 0;
  follow(opened, async (_connector, signal) => {
    calls += 1;
    if (calls > 1) throw new Error('no room');
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });
  const mapping = readFileSync(at('ward', 'mapping.json'), 'utf8');
  writeFileSync(at('ward', 'mapping.json'), mapping.replace('HIGH', 'LOW'));
  expect(await opened.events.next()).toMatchObject({ partner: 'ward' });
  writeFileSync(at('ward', 'mapping.json'), mapping);
  expect(await opened.events.next()).toMatchObject({ partner: 'ward' });
  expect(await opened.events.next()).toEqual(['connector.refused', 'ward']); // of the second alone
});

test('a newer schema is handed over with the connector; one that it does not fit leaves it with the one before', async () => {
  const at = folderOf('schemas', ['ward', 'other']);
  const rules = readSchema('rules') as AvroRecord;
  const without = (gone: string) => ({ ...rules, fields: rules.fields.filter(({ name }) => name !== gone) });
  const fits: AvroRecord = { ...rules };
  let newest: AvroRecord = rules;
  let changed = new Set<string>();
  const options = (schema: AvroRecord) => ({
    env,
    sourceSchema: (subject: string) => (subject === 'rules-value' ? schema : undefined),
  });
  const opened = await open(at, {
    names: ['ward'],
    schemas: async () => options(newest),
    olderSchemas: async (partner) => {
      opened.events.push(`older for ${partner}`);
      return options(fits);
    },
    newSchemas: async () => changed,
  });
  const { events, set } = opened;
  follow(opened);
  const look = (schema: AvroRecord, subjects: string[]) => {
    [newest, changed] = [schema, new Set(subjects)];
    return set.lookForSchemas();
  };

  await look(fits, ['elsewhere-value']);
  await look(fits, ['rules-value']);
  expect(((await events.next()) as Connector).source.reads?.schema).toBe(fits);
  expect(await events.next()).toEqual(['connector.reloaded', 'ward']);

  await look(without('minIcuBeds'), ['rules-value']);
  expect(await events.next()).toBe('older for ward');
  await look({ ...rules }, ['rules-value']);
  expect(await events.next()).toMatchObject({ partner: 'ward' });
  expect(await events.next()).toEqual(['connector.reloaded', 'ward']);
});

test('files that were refused for want of a schema are taken when it is there', async () => {
  const at = folderOf('lacking', ['ward']);
  const subjects = ['rules-value'];
  const schemas = { env, subjects, sourceSchema: (subject: string) => findSubject(subject) ?? readSchema('rules') };
  const newSchemas = async () => new Set(['ward.Rule']);
  const opened = await open(at, { names: ['ward'], schemas: async () => schemas, newSchemas });
  const { events, set } = opened;
  follow(opened);
  const yaml = readFileSync(at('ward', 'connector.yaml'), 'utf8');
  writeFileSync(at('ward', 'connector.yaml'), yaml.replace('topic: rules', 'topic: rules\n  subject: ward.Rule'));
  expect(await events.next()).toEqual(['connector.refused', 'ward']);
  subjects.push('ward.Rule');
  await set.lookForSchemas();
  expect(((await events.next()) as Connector).source.subject).toBe('ward.Rule');
});

test('at a start the schema before is taken when the connector does not fit the newest', async () => {
  const at = folderOf('start', ['ward']);
  const rules = readSchema('rules') as AvroRecord;
  const unfit = { ...rules, fields: rules.fields.filter(({ name }) => name !== 'minIcuBeds') };
  const schemas = (schema: AvroRecord) => ({
    env,
    sourceSchema: (subject: string) => (subject === 'rules-value' ? schema : undefined),
  });
  const { set } = await open(at, {
    names: ['ward'],
    schemas: async () => schemas(unfit),
    olderSchemas: async () => schemas(rules),
  });
  expect(set.connectors.map(({ source }) => source.reads?.schema)).toEqual([rules]);
});

test('a file that a variable names is read again when it changes: what is in it takes effect, or is refused', async () => {
  const at = folderOf('variables', ['ward']);
  const file = at('ward', 'secret.txt');
  writeFileSync(file, 'planted-one');
  process.env['WARD_SECRET_FILE'] = file;
  stops.push(() => delete process.env['WARD_SECRET_FILE']);
  const ward = (name: string) => (name === 'WARD_SECRET' ? readFileSync(file, 'utf8') : env(name));
  const opened = await open(at, { names: ['ward'], schemas: async () => ({ env: ward }) });
  const { events, secrets } = opened;
  const [before] = opened.set.connectors;
  follow(opened);
  writeFileSync(file, 'short');
  expect(await events.next()).toEqual(['connector.refused', 'ward']);
  writeFileSync(file, 'planted-two');
  const changed = (await events.next()) as Connector;
  expect([changed.digest, changed.secrets.includes('planted-two')]).toEqual([before?.digest, true]);
  expect(secrets).toContain('planted-two');
  expect(await events.next()).toEqual(['connector.reloaded', 'ward']);
});
