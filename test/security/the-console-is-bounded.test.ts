// One real console at which one has to sign in: what one person may ask of it, and how often. docs/console.md#security names each row.
import type { Connector } from '@ess/domain/connector/connector.ts';
import { previewReplay } from '@ess/orders/replay/replay-preview.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import type { GroupView } from '@ess/stream/group/group-view.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import type { Answer } from '../harness/guarded-console.ts';
import { GuardedConsole, TOKENS } from '../harness/guarded-console.ts';

const cleanup = new Cleanup();
let guarded: GuardedConsole;
let partner: string;

const json = ({ text }: Answer) => JSON.parse(text);
const asViewer = () => ({ authorization: `Bearer ${TOKENS.viewer.key}` });
const found = async (part: string) =>
  json(await guarded.ask(`/api/v1/rules?part=${part}`, { headers: asViewer() })).rules as string[];

beforeAll(async () => {
  guarded = await GuardedConsole.open(cleanup, () => 'http://127.0.0.1:1');
  partner = guarded.line.partner;
  const rules = ['own-1', 'own-2', 'own-3'].map((id) => makeRule(id, 1));
  await guarded.line.source.publish([...rules, makeRule('of-others', 1, { scope: 'Species' })]);
  await eventually('the view and the index have them', async () => {
    const attempts = await guarded.ask('/api/v1/attempts', { headers: asViewer() });
    return (await found('o')).length === 4 && attempts.status === 200 ? true : undefined;
  });
});
afterAll(() => cleanup[Symbol.asyncDispose]());

test('a parameter that is given twice, a list or a prototype in a question or a body is refused, or changes nothing', async () => {
  for (const path of ['/cells?all=true', '/attempts?limit=9', '/letters?x=', '/replays?x=', '/redrives?x='])
    for (const more of [
      'partner=OWN&partner=OTHER',
      'partner[]=OTHER',
      '__proto__[partner]=OTHER',
      'constructor.prototype=OTHER',
    ]) {
      const query = more.replace('OWN', partner).replace('OTHER', guarded.other);
      const { status, text } = await guarded.ask(`/api/v1${path}&${query}`, { headers: asViewer() });
      expect([path, more, [200, 400].includes(status), text.includes(guarded.other)]).toEqual([
        path,
        more,
        true,
        false,
      ]);
    }
  const path = `/api/v1/partners/${partner}/signature`;
  for (const more of ['"__proto__":{"isGuestAt":1}', '"constructor":{"prototype":{}}'])
    for (const body of [`{"body":"a","headers":{},${more}}`, `{"headers":{${more}},"body":"a"}`]) {
      const headers = { ...asViewer(), 'content-type': 'application/json' };
      const { status } = await guarded.ask(path, { method: 'POST', headers, body });
      expect([body, status]).toEqual([body, 400]);
    }
  expect(json(await guarded.ask('/api/v1/me', { headers: asViewer() })).partners).toEqual([
    { partner, actions: ['view'] },
  ]);
});

test('whoever has the role of a partner is told what a link tells: nothing of what was never meant for the partner', async () => {
  guarded.grant('', 'partner');
  const paths = [
    '/cells?all=true&limit=200',
    '/rules?part=of-others',
    '/rules/of-others',
    '/labels',
    '/attempts?limit=200',
  ];
  for (const path of paths) {
    const { status, text } = await guarded.ask(`/api/v1${path}`, { headers: asViewer() });
    expect([path, status, /"of-others"(?!,"cells":\[\])|Species/.test(text)]).toEqual([path, 200, false]);
  }
  guarded.grant();
  expect(await found('of-o')).toEqual(['of-others']);
});

test('tokens are not guessed without end, nobody elsewhere is kept out by it, and the log has who came and from where', async () => {
  const ask = (key: string, from: string) =>
    guarded.ask('/api/v1/me', { headers: { authorization: `Bearer ${key}` }, from });
  const answers: Answer[] = [];
  while (answers.length < 40 && answers.at(-1)?.status !== 429)
    answers.push(await ask(`guess-${answers.length}`, '127.0.0.9'));
  expect(answers.at(-1)).toMatchObject({ status: 429, text: expect.stringContaining('too many tries') });
  expect(Number(answers.at(-1)?.headers['retry-after'])).toBeGreaterThan(0);
  expect((await ask(TOKENS.operator.key, '127.0.0.1')).status).toBe(200);
  await guarded.signIn(TOKENS.operator.key);
  expect(await guarded.program.logged('console.signed-in')).toMatchObject({
    ...{ subject: 'token operator', address: '127.0.0.1', way: 'token' },
  });
  const refused = { address: '127.0.0.9', way: 'token', error: 'no such token' };
  expect(guarded.program.lines.find(({ address }) => address === '127.0.0.9')).toMatchObject(refused);
  expect(guarded.program.output).not.toContain('guess-');
});

test('a preview counts no further than it is told and says so, and ends when nobody waits for it', async () => {
  const { stack, source } = guarded.line;
  const ends = await stack.admin.fetchTopicOffsets(source.name);
  const targets = ends.map(({ partition, high }) => ({
    ...{ partition, before: Number(high), target: 0, until: Number(high), cut: undefined },
  }));
  const connector = { source: { topic: source.name, key: 'ruleId' }, inScope: () => true } as unknown as Connector;
  const view = { members: [], partitions: [] } as unknown as GroupView;
  const of = { kafka: stack.kafka, codec: new Codec(stack.registry), connector, view };
  const count = (bounds: object) =>
    previewReplay(targets, { ...of, key: null, current: false, ratePerSecond: null, ...bounds });
  const all = await count({ countedMax: 1_000 });
  expect([all.records > 1, all.isMore]).toEqual([true, undefined]);
  expect(await count({ countedMax: all.records })).toEqual(all);
  expect(await count({ countedMax: 1 })).toMatchObject({ records: 1, isMore: true, etaSeconds: null });
  const over = new AbortController();
  over.abort(new Error('left'));
  await expect(count({ signal: over.signal })).rejects.toThrow('left');
});
