// `ess lockstep --at`: what the partner held at random moments of a history with an outage, withdrawals, rules that leave and a replay,
// next to what the partner itself has logged and what was published by then.

import { setTimeout as delay } from 'node:timers/promises';
import { loadConnector } from '@ess/runtime/connectors/connector-folder.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import { pastAnswer } from '@ess/view/past.ts';
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { Chance } from '../harness/chance.ts';
import { makeRule } from '../harness/data/rules.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { FULL } from '../harness/results.ts';
import { openTestStack } from '../harness/test-stack.ts';

const KEYS = ['a', 'b', 'c', 'd', 'e'];
const WAVES = 12;
const OUTAGE = { from: 4, to: 8 };
/** So many moments are judged, of those that are drawn. */
const MOMENTS = FULL ? 100 : 20;
const DRAWS_MAX = 100 * MOMENTS;
/** Kafka, the worker and the partner have clocks and roads of their own. */
const BLUR_MS = 120;

interface Published {
  readonly rule: string;
  readonly version: number;
  readonly isOver: boolean;
  readonly atMs: number;
}

/** From when it may have come to pass until it had. */
type Stretch = readonly [fromMs: number, toMs: number];

test('at any past moment the partner held what it had acked by then, next to what had been published', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 2, deliver: { timeoutMs: 60_000 } });
  await line.start();
  const chance = new Chance(19);
  const published: Published[] = [];
  const unclear: Stretch[] = [];
  const startedAtMs = Date.now();
  for (let wave = 1; wave <= WAVES; wave += 1) {
    if (wave === OUTAGE.from) await partner.down();
    if (wave === OUTAGE.to) await partner.up();
    const atMs = Date.now();
    const rules = KEYS.filter(() => chance.hits(0.6)).map((key) => {
      const draw = chance.next();
      const more = draw < 0.1 ? { status: 'withdrawn' as const } : draw < 0.2 ? { scope: 'Ems' } : {};
      return makeRule(key, wave, more);
    });
    await line.source.publish(rules);
    unclear.push([atMs, Date.now()]);
    for (const { ruleId, version, status, scope } of rules)
      published.push({
        rule: ruleId,
        version: Number(version),
        atMs,
        isOver: status === 'withdrawn' || scope !== 'Hospital',
      });
    await delay(chance.between(200, 600));
  }
  await line.drained();
  await line.json('replay', line.partner, '--earliest', '--yes', '--wait');
  const endedAtMs = Date.now();

  const acks = partner.received.filter(({ status }) => status === 200);
  const rows = (await line.audit()).filter(({ outcome }) => outcome === 'delivered');
  // The partner had it when it came; the worker knows of it when it has the answer, or that of another attempt.
  for (const { id, atMs } of acks) {
    const told = rows.filter(({ deliveryId, attemptedAt }) => deliveryId === id && attemptedAt > atMs - BLUR_MS);
    unclear.push([atMs, Math.min(...told.map(({ attemptedAt }) => attemptedAt))]);
  }
  const isClear = (atMs: number) => unclear.every(([fromMs, toMs]) => atMs < fromMs - BLUR_MS || atMs > toMs + BLUR_MS);
  const connector = loadConnector(line.connectors, line.partner, {
    withoutEnv: true,
    sourceSchema: () => readSchema('rules'),
  });
  const ask = (atMs: number) =>
    pastAnswer({ kafka: stack.kafka, registry: stack.registry, connectors: [connector], atMs }, { all: true });
  let judged = 0;
  for (let draw = 0; draw < DRAWS_MAX && judged < MOMENTS; draw += 1) {
    const atMs = chance.between(startedAtMs, endedAtMs);
    if (!isClear(atMs)) continue;
    judged += 1;
    const { cells } = await ask(atMs);
    for (const key of KEYS) {
      const newest = published.findLast(({ rule, atMs: then }) => rule === key && then <= atMs);
      const held = Math.max(
        0,
        ...acks
          .filter(({ body, atMs: then }) => body['ruleId'] === key && then <= atMs)
          .map(({ body }) => Number(body['version'])),
      );
      const cell = cells.find(({ ruleId }) => ruleId === key);
      expect({ atMs, key, expected: cell?.expected, acked: cell?.acked ?? 0 }).toEqual({
        ...{ atMs, key, expected: newest?.version },
        acked: held,
      });
      if (newest && !newest.isOver) expect(cell?.state === 'inStep').toBe(held >= newest.version);
      if (newest?.isOver) expect(['notTold', 'outOfScope', 'withdrawn']).toContain(cell?.state);
    }
  }
  expect(judged).toBe(MOMENTS);
});
