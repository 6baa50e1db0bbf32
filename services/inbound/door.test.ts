// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a variable is written in a connector
// A door whose topic answers as told: what a ring is answered when Kafka is slow, away or full, and what counts as its key.
import { compileConnector } from '@ess/domain/connector/compile.ts';
import { RateLimit } from '@ess/domain/delivery/rate-limit.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { findSubject, readSchema } from '@ess/schemas/catalog.ts';
import { afterEach, expect, jest, test } from '@jest/globals';
import type { Door, DoorAnswer } from './door.ts';
import { knock, openDoor } from './door.ts';
import { createGate, createWall } from './gate.ts';
import type { HookTopic, Ring } from './hook-topic.ts';

afterEach(() => {
  jest.useRealTimers();
});

const SECRET = 'the-secret-of-the-clinic';
const wall = createWall(undefined);

function makeDoor(
  publish: (ring: Ring) => Promise<'published' | 'repeated'>,
  perSecond = Number.POSITIVE_INFINITY,
): Door {
  const files = new Map([
    [
      'connector.yaml',
      'partner: clinic\nsource: { topic: rules }\nmapping: m.json\ninbound: [{ path: /b, topic: hospital.bedChange, auth: { body: { auth: "${CLINIC_SECRET}" } }, mapping: b.json }]\n',
    ],
    ['m.json', '{"fields":{"title":"title"}}'],
    ['b.json', '{"fields":{"bedsFree":"bedsFree"}}'],
  ]);
  const { connector, problems } = compileConnector(
    { path: 'clinic', partner: 'clinic', files },
    { env: () => SECRET, sourceSchema: findSubject },
  );
  if (connector === undefined) throw new Error(JSON.stringify(problems));
  const [hook] = connector.inbound;
  return openDoor(connector, hook!, readSchema('hospital.bedChange'), {
    gate: createGate(hook!.auth, connector.access, undefined),
    rate: new RateLimit(perSecond, 1_000),
    encode: () => Buffer.from('record'),
    topic: { publish } as HookTopic,
  });
}
const ring = (
  door: Door | undefined,
  headers: Record<string, string> = {},
  body: object = { auth: SECRET, bedsFree: 1 },
): Promise<DoorAnswer> => knock(door, wall, { headers, body: Buffer.from(JSON.stringify(body)) });

test('a topic that cannot be read or written now is answered 503 with a time to come back, and the key is named', async () => {
  const door = makeDoor(() => Promise.reject(new EssError('ESS_BROKER', 'away')));
  const answer = await ring(door, { 'idempotency-key': 'k' });
  expect(answer).toMatchObject({
    outcome: 'kafka-away',
    key: 'k',
    problem: { status: 503, detail: expect.not.stringContaining('away:') },
  });
  expect(Number(answer.problem?.headers?.['retry-after'])).toBeGreaterThanOrEqual(1);
});

test('a topic that does not answer is answered 503 after its time', async () => {
  jest.useFakeTimers();
  const answer = ring(makeDoor(() => new Promise(() => undefined)));
  await jest.advanceTimersByTimeAsync(7_900);
  await expect(Promise.race([answer, 'open'])).resolves.toBe('open');
  await jest.advanceTimersByTimeAsync(200);
  expect(await answer).toMatchObject({ outcome: 'kafka-away', problem: { status: 503 } });
});

test('a failure that is not of Kafka is no 503 in disguise', async () => {
  await expect(ring(makeDoor(() => Promise.reject(new TypeError('a bug'))))).rejects.toThrow('a bug');
});

test.each<[string, Record<string, string>, string | undefined]>([
  ['none', {}, undefined],
  ['Idempotency-Key', { 'idempotency-key': 'k1' }, 'k1'],
  ['in quotes, as the draft writes it', { 'idempotency-key': '"k1"' }, 'k1'],
  ['webhook-id goes first', { 'webhook-id': 'w', 'idempotency-key': 'k' }, 'w'],
])('the idempotency key: %s', async (_, headers, key) => {
  const rung: Ring[] = [];
  const door = makeDoor(async (one) => {
    rung.push(one);
    return 'published';
  });
  expect(await ring(door, headers)).toMatchObject({ outcome: 'published' });
  const digest = key === undefined ? undefined : expect.stringMatching(/^[\w-]{43}$/);
  const records = [{ key: 'clinic', value: Buffer.from('record') }];
  expect(rung).toEqual([{ partner: 'clinic', door: 'clinic /b', key, digest, records }]);
});

test.each([
  ['empty', ''],
  ['only quotes', '""'],
  ['too long', 'x'.repeat(256)],
  ['with a space', 'a b'],
  ['not ASCII', 'é'],
])('an idempotency key that is %s is refused', async (_, key) => {
  const door = makeDoor(() => Promise.reject(new Error('must not be reached')));
  expect(await ring(door, { 'idempotency-key': key })).toMatchObject({
    outcome: 'malformed',
    problem: { status: 400 },
  });
});

test('who has no credentials learns nothing of the fields and uses up no rate', async () => {
  const door = makeDoor(async () => 'published', 1);
  const refused = await Promise.all([
    ring(door, {}, { bedsFree: 'x' }),
    ring(undefined),
    ring(door, {}, { auth: 'wrong' }),
  ]);
  expect(refused.map(({ refusal }) => refusal)).toEqual(['missing', 'unknown-hook', 'body-secret']);
  expect(new Set(refused.map(({ problem }) => JSON.stringify(problem))).size).toBe(1);
  expect((await ring(door)).outcome).toBe('published');
});

test('an event that its topic will never take is answered 413, not 503 for ever', async () => {
  const answer = await ring(
    makeDoor(() => Promise.reject(new EssError('ESS_RECORD', 'hospital.bedChange does not take it'))),
  );
  expect(answer).toMatchObject({ outcome: 'too-large', problem: { status: 413 } });
  expect(answer.problem?.headers).toBeUndefined();
});
