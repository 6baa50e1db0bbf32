// Intake is bounded in bytes: a backlog of large records behind a slow partner stays in the topic, not in the worker's memory.
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually, PATIENCE_MS } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { FULL, report, sized } from '../harness/results.ts';
import { openTestStack } from '../harness/test-stack.ts';

const RECORDS = sized(500, 1_500);
const RECORD_BYTES = 500_000;
const WORKER_MAX_BYTES = 500e6; // 730 without the bound, 360 with it

/** In every run the bounds of intake are checked beside backpressure.ts. */
const inFull = FULL ? test : test.skip;

inFull(
  'a backlog of large records behind a slow partner does not fill the memory of the worker, and all of it is delivered',
  async () => {
    await using stack = await openTestStack();
    let patience = true;
    await using partner = await FakePartner.start(() => (patience ? { status: 200, afterMs: 2_000 } : 200));
    await using line = await Pipeline.open(stack, partner, { partitions: 4, deliver: { concurrency: 4 } });
    const title = 'x'.repeat(RECORD_BYTES);
    for (let from = 0; from < RECORDS; from += 100)
      await line.source.publish(
        Array.from({ length: Math.min(100, RECORDS - from) }, (_, index) => makeRule(`r${from + index}`, 1, { title })),
      );
    const [worker] = await line.start();
    if (!worker) throw new Error('no worker');
    const memory = async () => Number(/^process_resident_memory_bytes (\S+)/m.exec(await line.metrics(worker))?.[1]);
    let largest = 0;
    await eventually(
      'ten seconds at a slow partner',
      async () => {
        largest = Math.max(largest, await memory());
        return partner.received.length >= 16 ? true : undefined;
      },
      { stepMs: 250 },
    );
    patience = false;
    await eventually(
      'everything delivered',
      async () => {
        largest = Math.max(largest, await memory());
        return (await line.lag()) === 0 ? true : undefined;
      },
      { timeoutMs: PATIENCE_MS, stepMs: 250 },
    );
    report('large backlog', `${RECORDS} records of ${RECORD_BYTES / 1000} kB`, {
      'worker MB at most': Math.round(largest / 1e6),
    });
    expect(new Set(partner.received.map(({ body }) => body['ruleId'])).size).toBe(RECORDS);
    expect(largest).toBeLessThan(WORKER_MAX_BYTES);
  },
);
