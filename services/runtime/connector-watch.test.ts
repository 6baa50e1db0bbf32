import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Connector } from '@ess/domain/connector.ts';
import { temporaryFolder } from '@ess/test/fakes/temporary-folder.ts';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { loadConnector } from './connector-folder.ts';
import { watchConnector } from './connector-watch.ts';

const root = temporaryFolder({ defer: afterAll });
cpSync('connectors/hospital', join(root, 'hospital'), { recursive: true });
const file = (name: string): string => join(root, 'hospital', name);
const env = (name: string): string | undefined => {
  if (name.endsWith('API_KEY_HASH')) return undefined;
  return name.endsWith('SIGNING_SECRET') ? `whsec_${Buffer.alloc(32).toString('base64')}` : 'http://127.0.0.1:1/x';
};

const stops: Array<() => void> = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
});

/** Resolves with what happens next: a connector, or the fields that are wrong. */
function watching(): () => Promise<Connector | string[]> {
  const events: Array<Connector | string[]> = [];
  let wake = (): void => undefined;
  const push = (event: Connector | string[]): void => {
    events.push(event);
    wake();
  };
  stops.push(watchConnector(root, 'hospital', push, (problems) => push(problems.map(({ field }) => field)), { env }));
  return async () => {
    while (events.length === 0) await new Promise<void>((resolve) => (wake = resolve));
    return events.shift()!;
  };
}

test('a valid change is handed over; an invalid one is reported and changes nothing; writing the same again is nothing', async () => {
  const before = loadConnector(root, 'hospital', { env });
  const next = watching();
  const mapping = readFileSync(file('mapping.json'), 'utf8');

  writeFileSync(file('mapping.json'), mapping.replace('minIcuBeds', 'minIcuBed'));
  expect(await next()).toEqual(['fields.minIcuBed']);

  writeFileSync(file('mapping.json'), mapping);
  expect(((await next()) as Connector).digest).toBe(before.digest);

  writeFileSync(file('mapping.json'), mapping);
  rmSync(file('samples'), { recursive: true });
  writeFileSync(file('mapping.json'), mapping.replace('HIGH', 'LOW'));
  const changed = (await next()) as Connector;
  expect(changed.digest).not.toBe(before.digest);
  expect(changed.map({ minIcuBeds: 3 })).toEqual({ ok: true, document: { bedCap: 3, priority: 'LOW' } });
});

test('what has changed since the connector was loaded is handed over too', async () => {
  const loaded = loadConnector(root, 'hospital', { env });
  const mapping = readFileSync(file('mapping.json'), 'utf8');
  writeFileSync(file('mapping.json'), mapping.replace('LOW', 'HIGH'));
  const changed = await new Promise<Connector>((resolve) => {
    stops.push(watchConnector(root, 'hospital', resolve, () => undefined, { env }, loaded.digest));
  });
  expect(changed.map({ minIcuBeds: 3 })).toEqual({ ok: true, document: { bedCap: 3, priority: 'HIGH' } });
});
