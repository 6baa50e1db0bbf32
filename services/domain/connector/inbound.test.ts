// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a variable is written in a connector
import { findSubject } from '@ess/schemas/catalog.ts';
import { expect, test } from '@jest/globals';
import { formatProblem } from '../text/problem.ts';
import { compileConnector } from './compile.ts';

const env = (name: string) => (name.endsWith('_HASH') ? undefined : 'a-long-secret');

function compile(yaml: string) {
  const files = new Map([
    ['connector.yaml', `partner: p\nsource: { topic: rules }\nmapping: m.json\n${yaml}`],
    ['m.json', '{ "fields": { "title": "title" } }'],
    ['b.json', '{ "fields": { "bedsFree": "free" } }'],
  ]);
  const folder = { path: 'p', partner: 'p', files };
  const { connector, problems } = compileConnector(folder, {
    env,
    sourceSchema: findSubject,
  });
  return { connector, problems: problems.map(formatProblem) };
}
const door = (auth: string, more = '') =>
  `inbound: [{ path: /b, topic: hospital.bedChange, mapping: b.json, auth: ${auth}${more} }]\n`;
const KEYS = 'access: { apiKeyHashes: ["${P_API_KEY_HASH:-none}"] }\n';

test('a door takes JSON unless the connector says otherwise', () => {
  expect(compile(door('{ header: { x: "${P_SECRET}" } }')).connector?.inbound[0]?.accept).toEqual(['json']);
  const both = compile(door('{ header: { x: "${P_SECRET}" } }', ', accept: [form, json]'));
  expect(both.connector?.inbound[0]?.accept).toEqual(['form', 'json']);
});

test('a key that is not made yet closes a door only when there is no other way in', () => {
  expect(compile(door('{ header: { x: "${P_SECRET}" }, apiKey: true }') + KEYS).problems).toEqual([]);
  for (const wrong of [door('{ apiKey: true }') + KEYS, door('{ header: { x: "${P_SECRET}" }, apiKey: true }')])
    expect(compile(wrong).problems).toEqual([expect.stringContaining('no API key is known')]);
});

test('stampRequired keeps rules without a stamp from a partner that gets deliveries, and from nobody else', () => {
  const stamp = { id: 's', approvedBy: 'board', approvedAt: 1_795_000_000_000 };
  const strict = compile('deliver: { url: "https://x.example/" }\nstampRequired: true\n').connector;
  const lax = compile('deliver: { url: "https://x.example/" }\n').connector;
  for (const auditStamp of [null, { ...stamp, id: '' }]) {
    expect(strict?.map({ title: 'Beds', auditStamp })).toEqual({
      ok: false,
      reason: expect.stringMatching(/^mapping: auditStamp.*: the connector says stampRequired$/),
    });
    expect(lax?.map({ title: 'Beds', auditStamp })).toEqual({ ok: true, document: { title: 'Beds' } });
  }
  expect(strict?.map({ title: 'Beds', auditStamp: stamp })).toEqual({ ok: true, document: { title: 'Beds' } });
});

test('which clients may stream, how requests travel, and which partner is critical', () => {
  expect(compile('stream: { enabled: true, clients: all }\n')).toMatchObject({
    problems: [],
    connector: { stream: { clients: 'all' } },
  });
  const all = 'deliver: { url: "https://x.example/", http2: auto, pipelining: 2, trace: off }\ncritical: true\n';
  expect(compile(all)).toMatchObject({
    problems: [],
    connector: { critical: true, deliver: { http2: true, pipelining: 2, trace: 'off' } },
  });
});
