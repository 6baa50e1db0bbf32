// A partner with methods, paths and forms of its own: rules, withdrawals, redrives and replays go the way that its connector says.
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { openTestStack } from '../harness/test-stack.ts';

test('PUT with the id of the rule, a withdrawal by DELETE without a body; what has no place in a URL is parked, redriven and replayed', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  const at = (path: string) => ({ url: `http://127.0.0.1:${partner.port}${path}` });
  await using line = await Pipeline.open(stack, at('/Location/{ruleId}?zone={region}'), {
    partitions: 1,
    deliver: {
      method: 'PUT',
      contentType: 'application/fhir+json',
      headers: { 'x-zone': 'zone {region}' },
      // A record in hand takes up a change of the connector.
      retry: { firstMs: 10 },
    },
    onLeave: { method: 'DELETE', ...at('/Location/{ruleId}') },
  });
  const [worker] = await line.start();
  const zone = { region: 'a/b c' };
  await line.source.publish([
    makeRule('r/1', 1, zone),
    makeRule('lost', 1),
    makeRule('r/1', 2, { ...zone, status: 'withdrawn' }),
    makeRule('gone', 1, zone),
    makeRule('gone', 2, { ...zone, scope: 'Ems' }),
  ]);
  await line.drained();
  const sent = () =>
    partner.received.map(({ method, path, headers, text }) => [method, path, headers['content-type'], text]);
  const put = (id: string, version: number, query = '?zone=a%2Fb%20c') => [
    ...['PUT', `/Location/${encodeURIComponent(id)}${query}`, 'application/fhir+json'],
    JSON.stringify({ ruleId: id, version, bedCap: version }),
  ];
  const gone = (id: string) => ['DELETE', `/Location/${encodeURIComponent(id)}`, undefined, ''];
  const byPath = (all: unknown[][]) => all.toSorted((a, b) => (String(a[1]) < String(b[1]) ? -1 : 1));
  // Lanes of different rules are in no order.
  const rules = ['r/1', 'gone'].map((id) => byPath([put(id, 1), gone(id)]));
  for (const [index, id] of ['r/1', 'gone'].entries())
    expect(byPath(sent().filter(([, path]) => String(path).includes(encodeURIComponent(id))))).toEqual(rules[index]);
  expect(partner.received.find(({ method }) => method === 'PUT')?.headers['x-zone']).toBe('zone a/b c');
  expect(await line.deadLetters()).toMatchObject([
    { ruleId: 'lost', reason: 'mapping', detail: 'mapping: region: is null, and deliver.url asks for {region}' },
  ]);
  const logged = await worker?.logged('delivery.attempted', ({ method }) => method === 'DELETE');
  expect(logged).toMatchObject({ path: '/Location/{ruleId}', status: 200, outcome: 'delivered' });
  expect(line.output).not.toContain('a%2Fb');

  const ids = new Map(partner.received.map(({ id, method, path }) => [`${method} ${path}`, id]));
  line.connect(at('/beds/{ruleId}').url, {
    deliver: { body: 'form', contentType: 'application/x-www-form-urlencoded', headers: { accept: '*/*' } },
  });
  await worker?.logged('connector.changed');
  await line.json('dead-letters', 'redrive', '--partner', line.partner, '--reason', 'mapping', '--yes');
  expect(sent().at(-1)).toEqual([
    ...['PUT', '/beds/lost', 'application/x-www-form-urlencoded', 'ruleId=lost&version=1&bedCap=1'],
  ]);
  partner.received.length = 0;
  await line.json('replay', line.partner, '--earliest', '--yes', '--wait');
  const again = partner.received.filter(({ method }) => method === 'DELETE');
  expect(again.map(({ path, text }) => [path, text]).toSorted()).toEqual(
    [gone('gone'), gone('r/1')].map(([, path, , text]) => [path, text]),
  );
  // A replay sends under the ids of the first time.
  for (const { method, path, id } of again) expect(id).toBe(ids.get(`${method} ${path}`));
});
