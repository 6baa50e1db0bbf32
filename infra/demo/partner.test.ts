import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { startClinic } from './clinic-fhir.ts';
import { startCountyEms } from './county-ems.ts';
import { startHospital } from './hospital.ts';

const TOKEN = 'token-for-this-test';
const SIGNING = `whsec_${Buffer.from('signing-secret-for-this-test').toString('base64')}`;
/** For what does come. */
const PATIENT_MS = 60_000;
const RESERVATION = { token: TOKEN, bedCap: 10, start: '2026-11-24', priority: 'HIGH' };

function post(
  url: string,
  body: unknown,
  { id = 'msg-1', secret = SIGNING, method = 'POST', headers = {} } = {},
): Promise<Response> {
  const text = JSON.stringify(body);
  const now = new Date();
  return fetch(url, {
    method,
    body: text,
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, now, text),
      'ess-event-id': 'evt-wildfire-1',
      'ess-rule-version': '1',
      ...headers,
    },
  });
}

describe('the demo hospital', () => {
  const start = (print?: (line: string) => void) =>
    startHospital({ port: 0, token: TOKEN, signingSecret: SIGNING, ...(print ? { print } : {}) });

  test('keeps a reservation without its token, and prints one line about it', async () => {
    const lines: string[] = [];
    await using hospital = await start((line) => lines.push(line));
    expect((await post(hospital.url, RESERVATION)).status).toBe(200);
    expect(lines).toEqual(['hospital   ← reserveBeds bedCap 10 from 2026-11-24 (evt-wildfire-1 v1)']);
    const list = await (await fetch(hospital.listUrl)).text();
    expect(JSON.parse(list)).toEqual([
      { event: 'evt-wildfire-1', version: '1', bedCap: 10, start: '2026-11-24', priority: 'HIGH' },
    ]);
    expect(list).not.toContain(TOKEN);
  });

  test('asked for an outage it is gone for so long, and keeps what it had', async () => {
    const lines: string[] = [];
    await using hospital = await start((line) => lines.push(line));
    await post(hospital.url, RESERVATION);
    const { origin } = new URL(hospital.url);
    const told = await fetch(`${origin}/outage?seconds=1`, { method: 'POST' });
    expect([told.status, await told.json()]).toEqual([200, { awayForSeconds: 1 }]);
    expect((await fetch(`${origin}/outage?seconds=-1`, { method: 'POST' }).catch(() => ({ status: 0 }))).status).toBe(
      0,
    );
    while (lines.length < 3) await delay(10);
    expect(await (await fetch(hospital.listUrl)).json()).toHaveLength(1);
    expect(lines.slice(1)).toEqual(['hospital   · is away for 1 s', 'hospital   · is back']);
    expect((await fetch(`${origin}/outage?seconds=-1`, { method: 'POST' })).status).toBe(400);
  });

  test.each([
    ['a wrong token', { ...RESERVATION, token: 'other' }, {}, 401, 'credentials'],
    ['no token', { bedCap: 10, priority: 'HIGH' }, {}, 401, 'credentials'],
    ['a signature by another secret', RESERVATION, { secret: `whsec_${'A'.repeat(32)}` }, 401, 'webhook-signature'],
    ['a text for a number', { ...RESERVATION, bedCap: '10' }, {}, 400, 'bedCap must be integer'],
    ['a field it does not know', { ...RESERVATION, beds: 10 }, {}, 400, 'beds is not a field'],
    ['a missing field', { token: TOKEN, bedCap: 1 }, {}, 400, 'priority is missing'],
  ])('refuses %s and says why', async (_name, body, how, status, why) => {
    await using hospital = await start();
    const answer = await post(hospital.url, body, how);
    expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining(why)]);
    expect([hospital.received.length, hospital.refused.length]).toEqual([0, 1]);
  });

  test('counts a repeated webhook-id once as a reservation and once as a duplicate', async () => {
    await using hospital = await start();
    await post(hospital.url, RESERVATION);
    await post(hospital.url, RESERVATION);
    expect([hospital.received.length, hospital.duplicates]).toEqual([2, 1]);
  });

  test('is away while stopped, comes back on its port and remembers', async () => {
    await using hospital = await start();
    await post(hospital.url, RESERVATION);
    await hospital.stop();
    await expect(post(hospital.url, RESERVATION)).rejects.toThrow();
    await hospital.restart();
    const both = hospital.waitFor((received) => received.length === 2, PATIENT_MS);
    await post(hospital.url, RESERVATION, { id: 'msg-2' });
    expect((await both).map(({ id }) => id)).toEqual(['msg-1', 'msg-2']);
  });

  test('a wait that is not fulfilled says what did arrive', async () => {
    await using hospital = await start();
    await post(hospital.url, RESERVATION);
    await expect(hospital.waitFor((received) => received.length === 2, 20)).rejects.toThrow('1 accepted, 0 refused');
  });
});

test.each(['PUT', 'POST'])('the county EMS takes a hold by %s in its own words', async (method) => {
  await using county = await startCountyEms({ port: 0, bearer: TOKEN });
  const hold = { resource: 'resource_55', capacity: 10, from: '2026-11-24' };
  expect((await post(county.url, hold, { method })).status).toBe(401);
  expect((await post(county.url, hold, { method, headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(200);
  expect(county.received.map(({ body }) => body)).toEqual([hold]);
});

test('the clinic keeps a Location under its id, and keeps it no more when it is deleted without a body', async () => {
  const lines: string[] = [];
  await using clinic = await startClinic({ port: 0, bearer: TOKEN, print: (line) => lines.push(line) });
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/fhir+json' };
  const location = {
    ...{ resourceType: 'Location', id: 'r-1', status: 'active', meta: { lastUpdated: '2026-11-24T10:00:00Z' } },
    extension: [{ url: 'urn:hms:min-icu-beds', valueInteger: 10 }],
  };
  const url = `${clinic.url}/Location/r-1`;
  expect((await post(url, location, { method: 'PUT' })).status).toBe(415);
  expect((await post(url, location, { method: 'PUT', headers })).status).toBe(200);
  expect(await (await fetch(clinic.listUrl)).json()).toMatchObject([{ id: 'r-1', version: '1' }]);
  const gone = { authorization: headers.authorization, 'ess-event-id': 'e-2', 'ess-rule-version': '2' };
  expect((await fetch(url, { method: 'DELETE', headers: gone })).status).toBe(200);
  expect(await (await fetch(clinic.listUrl)).json()).toEqual([]);
  expect(lines.slice(1)).toEqual([
    'clinic     ← put Location/r-1, 10 ICU beds (evt-wildfire-1 v1)',
    'clinic     ← delete r-1 (e-2 v2)',
  ]);
});
