// What the answers of a partner do to the records of an assignment, with all of its pieces and a partner that says what the test wants.
import type { Deliver } from '@ess/domain/connector/connector.ts';
import type { Answer } from '@ess/domain/delivery/outcome.ts';
import { makePartner, makeRecord } from '@ess/test/harness/data/partner.ts';
import { makeRule } from '@ess/test/harness/data/rules.ts';
import { stoppedClock } from '@ess/test/harness/data/sender.ts';
import { expect, test } from '@jest/globals';

const OK: Answer = { kind: 'answered', status: 200 };

interface Row {
  readonly ruleId: string | null;
  readonly outcome: string;
  readonly attempt: number;
  readonly reason: string | null;
}

/** Six records of six rules. @param answer what is said to the nth request, from 0 */
function sixRules(deliver: Partial<Deliver>, answer: (index: number) => Answer) {
  const sent: string[] = [];
  const rows: Row[] = [];
  const { partner, hooks } = makePartner({
    connector: { deliver },
    group: { highWatermark: () => 6 },
    shared: {
      outbox: {
        append: async (all) => void rows.push(...all.map(({ value }) => JSON.parse(String(value)) as Row)),
        appendAndTell: async (all) => all.map(({ topic }, offset) => ({ topic, partition: 0, offset })),
      },
    },
    sender: {
      send: ({ body }, _timeoutMs, _reader, done) => {
        const said = answer(sent.length);
        sent.push(String(body));
        queueMicrotask(() => done(said));
        return { cut: () => {}, writtenAt: 0, headAt: 0 };
      },
    },
  });
  const assignment = hooks.openAssignment();
  const records = Array.from({ length: 6 }, (_, offset) =>
    makeRecord({
      offset,
      key: Buffer.from(`r${offset}`),
      value: Buffer.from(JSON.stringify(makeRule(`r${offset}`, 1))),
    }),
  );
  const opened = assignment.assigned([{ partition: 0, position: 0, metadata: null }]);
  const start = async () => {
    await opened;
    await assignment.take(0, records, 6);
    await settle();
  };
  return { partner, assignment, sent, rows, opened, start };
}

/** What follows at once has followed. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 50; turns += 1) await new Promise(setImmediate);
}

test.each<[string, Answer]>([
  ['429', { kind: 'answered', status: 429, retryAfterMs: 60_000 }],
  ['503 with Retry-After', { kind: 'answered', status: 503, retryAfterMs: 60_000 }],
])('after a %s no lane sends, until the time is over or the connector changes', async (_, answer) => {
  const { partner, assignment, sent, start } = sixRules({ concurrency: 1 }, (index) => (index === 1 ? answer : OK));
  await start();
  expect(sent).toHaveLength(2);
  expect([partner.wantsQuiet, partner.breaker.isOpen]).toEqual([true, false]);
  expect(partner.health.quietUntilMs).toBeGreaterThan(Date.now());
  await partner.reload(partner.connector);
  await settle();
  expect(sent).toHaveLength(7);
  await assignment.revoke();
  await partner.stop();
});

test('a batch that had been waiting when the partner asked to be left alone does not go out', async () => {
  const { partner, assignment, sent, opened, start } = sixRules(
    { batch: { maxRecords: 50, maxWaitMs: 1_000 } },
    () => OK,
  );
  await opened;
  using clock = stoppedClock();
  await start();
  partner.asked(60_000);
  clock.pass(1_000);
  await settle();
  expect(sent).toEqual([]);
  await partner.reload(partner.connector);
  await settle();
  clock.pass(1_000);
  await settle();
  expect(sent.map((body) => (JSON.parse(body) as unknown[]).length)).toEqual([6]);
  clock[Symbol.dispose](); // the timers of before it end by the real one
  await assignment.revoke();
  await partner.stop();
});

test('what is no HTTP holds, and is asked again as seldom as the breaker says, whoever of the records asks', async () => {
  const breaker = { failureRatio: 0.5, windowMs: 10_000, minAttempts: 10, probeFirstMs: 400, probeMaxMs: 800 };
  const why = 'header line 3 of the answer is malformed';
  const { partner, assignment, sent, rows, opened, start } = sixRules({ concurrency: 3, breaker }, () => ({
    kind: 'malformed',
    why,
  }));
  await opened;
  using clock = stoppedClock();
  await start();
  expect(sent).toHaveLength(3);
  expect(partner.breaker.state).toMatchObject({ kind: 'open', reason: why });
  // Between half of its wait and all of it, which doubles up to 800 ms.
  for (const [wait, probes] of [
    [400, 1],
    [800, 2],
    [800, 3],
    [800, 4],
  ] as const) {
    clock.pass(wait / 2 - 1);
    await settle();
    expect(sent).toHaveLength(3 + probes - 1);
    clock.pass(wait / 2 + 1);
    await settle();
    expect(sent).toHaveLength(3 + probes);
  }
  expect(new Set(rows.map(({ outcome, reason }) => `${outcome}: ${reason}`))).toEqual(new Set([`held: ${why}`]));
  expect(new Set(sent).size).toBe(6);
  clock[Symbol.dispose]();
  await assignment.revoke();
  await partner.stop();
});

test('a request that went once more after an idle connection had ended is on record twice, and counts once', async () => {
  const { partner, assignment, rows, start } = sixRules({ concurrency: 1 }, (index) =>
    index === 2 ? { ...OK, resent: 'idle' } : OK,
  );
  await start();
  const third = rows.filter(({ ruleId, outcome }) => ruleId === 'r2' && outcome !== undefined);
  expect(third.map(({ outcome, attempt, reason }) => [outcome, attempt, reason])).toEqual([
    ['retried', 1, 'idle connection closed'],
    ['delivered', 1, null],
  ]);
  expect(rows.filter(({ outcome }) => outcome === 'retried')).toHaveLength(1);
  expect(partner.breaker.isOpen).toBe(false);
  await assignment.revoke();
  await partner.stop();
});
