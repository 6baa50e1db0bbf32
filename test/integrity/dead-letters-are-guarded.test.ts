// What a person can do with dead letters, and what keeps it harmless: filters say which, a preview says how many, what is
// older than what the partner has is not sent, what is refused over and over needs --force, and a redrive can be ended.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DeadLetter } from '@ess/schemas/generated/types.ts';
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { openControl, replayEnd } from '../harness/data/control.ts';
import { writeLetters } from '../harness/data/letters.ts';
import { makeRule } from '../harness/data/rules.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { openTestStack } from '../harness/test-stack.ts';

const HOUR_MS = 3_600_000;
const CONCURRENCY = 4;
const SLOW = 60;
/** All of them take two minutes, so the redrive still runs when the commands that end it have started, on any machine. */
const SLOW_MS = 2_000;
const REFUSED = 400;
/** Letters in lanes at once (worker/redrive/redrive.ts): so many may be on their way when the tenth row is acknowledged. */
const OPEN_MAX = 256;

test('dead letters: filters, preview, cap, loop guard, superseded, forced, dropped, stopped and cancelled', async () => {
  await using stack = await openTestStack();
  await using control = await openControl(stack);
  await using partner = await FakePartner.start(({ body }) => {
    const ruleId = String(body['ruleId']);
    if (ruleId.startsWith('bad')) return ruleId === 'bad' ? 422 : 400;
    return { status: 200, afterMs: ruleId === 'slow' ? SLOW_MS : 0 };
  });
  await using line = await Pipeline.open(stack, partner, { deliver: { timeoutMs: 60_000, concurrency: CONCURRENCY } });
  const received = (ruleId: string) =>
    partner.received.filter(({ body }) => body['ruleId'] === ruleId).map(({ body }) => body['version']);

  const park = async (ruleId: string, version = 1, more: Partial<DeadLetter> = {}): Promise<string> => {
    const [letter] = await writeLetters(line, [makeRule(ruleId, version)], more);
    return `${letter?.topic}:${letter?.partition}:${letter?.offset}`;
  };
  const letters = async (action: string, ...args: string[]) => {
    const { code, stdout, stderr } = await line.run(
      'dead-letters',
      action,
      '--partner',
      line.partner,
      ...args,
      '--json',
    );
    const rows = stdout.split('\n').filter((row) => row !== '');
    return { code, stderr, rows: rows.map((row) => JSON.parse(row) as Record<string, unknown>) };
  };
  const rulesOf = async (...args: string[]) => (await letters('list', ...args)).rows.map(({ ruleId }) => ruleId);

  await line.start();
  await line.source.publish([1, 2, 3].map((version) => makeRule('acked', version)));
  await line.drained();
  await park('old', 1, { reason: 'mapping', parkedAt: Date.now() - 2 * HOUR_MS });
  const fresh = await park('fresh');
  await park('acked', 2);
  await park('bad');
  await park('gone', 1, { reason: 'tombstone' });

  const [byRule, byReason, since, until, all, shown] = await Promise.all([
    rulesOf('--rule', 'fresh'),
    rulesOf('--reason', 'mapping'),
    rulesOf('--since', '1h', '--reason', 'status-422'),
    rulesOf('--until', '1h'),
    rulesOf('--limit', '2'),
    line.json('dead-letters', 'show', fresh),
  ]);
  expect([byRule, byReason, since.sort(), until, all.length]).toEqual([
    ['fresh'],
    ['old'],
    ['acked', 'bad', 'fresh'],
    ['old'],
    2,
  ]);
  expect(shown).toMatchObject({
    state: 'parked',
    redriven: 0,
    record: { ruleId: 'fresh', version: 1, title: 'Rule fresh' },
  });

  const [preview, none, tooMany] = await Promise.all([
    letters('redrive', '--reason', 'status-422', '--limit', '1', '--dry-run'),
    letters('redrive', '--limit', '0', '--yes'),
    letters('redrive', '--limit', '50001', '--yes'),
  ]);
  expect(preview.rows).toMatchObject([{ letters: 1, beyondLimit: 2, needForce: 0 }]);
  expect([none.code, tooMany.code, tooMany.stderr]).toEqual([2, 2, expect.stringContaining('from 1 to 50000')]);
  expect(partner.received).toHaveLength(3); // a preview sends nothing

  // One gets through, one is older than what the partner has, one is refused once more.
  const first = await letters('redrive', '--reason', 'status-422', '--yes');
  expect([first.code, first.rows]).toEqual([
    1,
    [expect.objectContaining({ status: 'completed', selected: 3, redriven: 1, failed: 1, passed: 1 })],
  ]);
  expect([received('fresh'), received('acked'), received('bad')]).toEqual([[1], [1, 2, 3], [1]]);
  expect(await rulesOf('--state', 'superseded')).toEqual(['acked']);

  // The same again, forced; and a letter that comes back three times is left alone unless it is forced too.
  const acked = await park('acked', 2);
  const forced = await line.json('dead-letters', 'redrive', acked, '--force', '--yes');
  expect([forced['redriven'], received('acked')]).toEqual([1, [1, 2, 3, 2]]);
  for (const times of [2, 3])
    expect([(await letters('redrive', '--rule', 'bad', '--yes')).code, received('bad').length]).toEqual([1, times]);
  const guarded = await letters('redrive', '--rule', 'bad', '--yes');
  expect([guarded.code, guarded.rows, received('bad').length]).toEqual([
    0,
    [expect.objectContaining({ letters: 0, needForce: 1 })],
    3,
  ]);
  expect(guarded.stderr).toContain('need --force');
  await letters('redrive', '--rule', 'bad', '--force', '--yes');
  expect(received('bad')).toHaveLength(4);

  // Only a worker drops letters: nobody waits for one that there cannot be.
  const pulling = await mkdtemp(join(tmpdir(), 'ess-pulling-'));
  await mkdir(join(pulling, line.partner));
  await writeFile(join(pulling, line.partner, 'connector.yaml'), 'source:\n  topic: rules\nstream: {}\n');
  const nobody = await letters('drop', '--reason', 'tombstone', '--connectors', pulling, '--yes');
  await rm(pulling, { recursive: true });
  expect([nobody.code, nobody.stderr]).toEqual([2, expect.stringContaining('no worker would drop the letters')]);
  const dropped = await letters('drop', '--reason', 'tombstone', '--why', 'test data', '--yes');
  expect(dropped.code).toBe(0);
  expect((await letters('list', '--state', 'dropped')).rows).toMatchObject([
    { ruleId: 'gone', stateReason: 'test data' },
  ]);

  // Nothing but refusals: the cause has not been mended, and the rest stays where it is.
  const worse = Array.from({ length: REFUSED }, (_, index) => makeRule(`bad-${index}`, 1));
  await writeLetters(line, worse, { reason: 'status-400' });
  const stopped = await letters('redrive', '--reason', 'status-400', '--yes');
  expect([stopped.code, stopped.rows[0]?.['stopped']]).toEqual([1, [expect.stringContaining('in a row were refused')]]);
  expect(Number(stopped.rows[0]?.['failed'])).toBeLessThanOrEqual(10 + OPEN_MAX);
  expect(await rulesOf('--reason', 'status-400', '--limit', '0')).toHaveLength(REFUSED);

  // In the middle of a redrive: a second one is refused, and cancelling leaves parked what was not sent.
  const slow = Array.from({ length: SLOW }, (_, index) => makeRule('slow', 1 + index));
  await writeLetters(line, slow, { reason: 'exhausted' });
  const { rows } = await letters('redrive', '--reason', 'exhausted', '--no-wait', '--yes');
  const id = String(rows[0]?.['id']);
  await partner.until(() => received('slow').length > 0);
  expect((await rulesOf('--state', 'redriving')).length).toBeGreaterThan(0);
  const second = await letters('redrive', '--rule', 'old', '--yes');
  expect([second.code, second.stderr]).toEqual([1, expect.stringContaining(`ess dead-letters cancel ${id}`)]);
  await line.json('dead-letters', 'cancel', id);
  expect(await replayEnd(control, id)).toBe('cancelled');
  const sent = received('slow').length;
  expect(received('slow')).toEqual(slow.slice(0, sent).map(({ version }) => version)); // through the lane of its key, in order
  expect(await rulesOf('--reason', 'exhausted', '--state', 'parked')).toHaveLength(SLOW - sent);
});
