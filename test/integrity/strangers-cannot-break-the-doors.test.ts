// What strangers may send to a door, thousands of it: nothing breaks it, nothing but what was checked reaches the topic.
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { memoryOf } from '../bench/process-cost.ts';
import type { Malformed } from '../fakes/doors/malformed.ts';
import { malformed, randomFrom, wellFormed } from '../fakes/doors/malformed.ts';
import { hookRecords } from '../harness/data/hook-records.ts';
import { DoorProcess, hookTopic, writeDoor } from '../harness/programs/door-process.ts';
import { FULL, report, sized } from '../harness/results.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';

const REQUESTS = sized(1_200, 10_000);
const AT_ONCE = 32;
const SEED = Number(process.env['ESS_SEED'] ?? 20_261_124);
/** A collector that has not run yet looks like growth: warm first, then no more than this. */
const GROWTH_MB = 60;
const ANSWER_MS = 120_000;
/** Far longer than an answer takes, even to a refusal. */
const PATIENCE_MS = 2_000;

const cleanup = new Cleanup();
let stack: TestStack;
let topic: string;
let door: DoorProcess;
let cutting: Promise<string[]>;
const HEAD = 'POST /webhook/bedChange HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n';
const STATUS = /^HTTP\/1\.1 \d{3}/m;
const ENDLESS = [HEAD, `${HEAD}content-length: 100\r\n\r\n{"auth"`];
beforeAll(async () => {
  stack = await openTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  topic = await hookTopic(stack);
  const connectors = temporaryFolder(cleanup);
  writeDoor(connectors, 'clinic', { topic });
  door = await DoorProcess.spawn(stack, connectors, ['clinic'], { env: { ESS_LOG_LEVEL: 'warn' } });
  cleanup.defer(() => door[Symbol.asyncDispose]());
  await door.ready();
  // The body may take ten seconds; five for the head are enough to see it work. The others go on meanwhile.
  cutting = Promise.all(ENDLESS.slice(0, FULL ? 2 : 1).map(untilCut));
});
afterAll(() => cleanup[Symbol.asyncDispose]());

/** @param isWhole it is answered, and ends then @returns every status on the connection; empty when it was cut without a word */
function send({ parts, hangUp }: Omit<Malformed, 'kind'>, isWhole = false): Promise<number[]> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(new URL(door.url).port), '127.0.0.1');
    const late = setTimeout(() => reject(new Error(`no end after ${ANSWER_MS} ms; so far: ${answer}`)), ANSWER_MS);
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      answer += text;
      if (isWhole && STATUS.test(answer)) socket.end();
    });
    socket.on('error', () => undefined); // cut while we were still writing
    socket.on('close', () => {
      clearTimeout(late);
      resolve([...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status)));
    });
    socket.on('connect', async () => {
      for (const part of parts)
        if (typeof part === 'number') await delay(part);
        else socket.write(part);
      if (hangUp) return socket.destroy();
      if (isWhole) return;
      // What a door waits for will not come; whoever was answered has been cut by then.
      await delay(PATIENCE_MS, undefined, { ref: false });
      socket.end();
    });
  });
}

test(`${REQUESTS} malformed requests: no crash, no 5xx but 503, nothing of them in the topic, flat memory`, async () => {
  const statuses = new Map<string, Set<number>>();
  const answers = new Map<number, number>();
  const valid: string[] = [];
  const requests = malformed(REQUESTS, randomFrom(SEED));
  let sent = 0;
  let warmMb = 0;
  const lane = async (): Promise<void> => {
    for (const one of requests) {
      sent += 1;
      const number = sent;
      for (const status of await send(one)) {
        statuses.set(one.kind, (statuses.get(one.kind) ?? new Set()).add(status));
        answers.set(status, (answers.get(status) ?? 0) + 1);
      }
      if (number % 50 === 0) {
        const id = `good-${number}`;
        expect(await send({ parts: [wellFormed(id)] }, true)).toEqual([204]);
        valid.push(id);
      }
      if (number === Math.floor(REQUESTS / 3)) warmMb = memoryOf(door.process.pid).rssMb;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  const endMb = memoryOf(door.process.pid).rssMb;

  const wrong = [...statuses].flatMap(([kind, seen]) =>
    [...seen]
      .filter((status) => status < 400 || (status >= 500 && status !== 503))
      .map((status) => `${kind}: ${status}`),
  );
  const records = await hookRecords(stack, topic); // throws for what is no BedChanged
  report('doors and strangers', `${REQUESTS} malformed requests, seed ${SEED}`, {
    answers: [...answers]
      .sort(([a], [b]) => a - b)
      .map(([status, count]) => `${status}×${count}`)
      .join(' '),
    'in the topic': records.length - valid.length,
    'MB a third through': Math.round(warmMb),
    'MB at the end': Math.round(endMb),
  });
  expect(wrong).toEqual([]);
  expect(records.map(({ record }) => record.ward).sort()).toEqual([...valid].sort());
  expect(door.process.ended).toBeUndefined();
  expect(door.process.output).not.toContain('inbound.failed');
  expect(await door.metric('ess_inbound_pending')).toBe(0);
  expect(endMb - warmMb).toBeLessThan(GROWTH_MB);
});

test('a head or a body that never ends is cut', async () => {
  for (const answer of await cutting) expect(answer).toMatch(/^HTTP\/1\.1 408 .*\r\n\r\n\{"type":"about:blank"/s);
});

function untilCut(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(Number(new URL(door.url).port), '127.0.0.1', () => socket.write(bytes));
    socket.on('data', (text) => {
      answer += String(text);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}
