// Strangers who open connections to the bridge and get nowhere, over HTTP/1.1 and HTTP/2, each kind from an address of its own:
// open streams go on without a gap, new ones begin, nothing of a stranger's stays, and where descriptors are few the bridge
// goes on.
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BRIDGE_NUISANCES as NUISANCES } from '../fakes/doors/nuisances.ts';
import { PREFACE, Stranger } from '../fakes/doors/stranger.ts';
import type { EventSourceClient } from '../fakes/streams/event-source.ts';
import { eventually } from '../harness/deadline.ts';
import type { BridgeProcess, Partner } from '../harness/programs/stream-line.ts';
import { rulesOf, StreamLine, versions } from '../harness/programs/stream-line.ts';
import type { TestStack } from '../harness/test-stack.ts';
import { openTestStack } from '../harness/test-stack.ts';

const PER_ADDRESS = 30;
const CONNECTIONS = 40;
const DESCRIPTORS = 256;
/** Some are first cut when the kernel has taken all that it takes for them. */
const PATIENCE = { timeoutMs: 90_000, stepMs: 250 };

const cleanup = new Cleanup();
let stack: TestStack;
let line: StreamLine;
let partner: Partner;
let bridge: BridgeProcess;
let scarce: BridgeProcess;
beforeAll(async () => {
  stack = await openTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  line = await StreamLine.open(stack);
  cleanup.defer(() => line[Symbol.asyncDispose]());
  partner = line.partner('Hospital');
  const env = { ESS_LOG_LEVEL: 'info', ESS_BRIDGE_ANONYMOUS_PER_ADDRESS: String(PER_ADDRESS) };
  [bridge, scarce] = await Promise.all([line.bridge(env), line.bridge(env, [], { descriptors: DESCRIPTORS })]);
});
afterAll(() => cleanup[Symbol.asyncDispose]());

async function metric({ adminUrl }: BridgeProcess, text: string): Promise<number> {
  const page = await (await fetch(`${adminUrl}/metrics`)).text();
  const lines = page.split('\n').filter((one) => !one.startsWith('#') && one.includes(text));
  return lines.reduce((sum, one) => sum + Number(one.split(' ').at(-1)), 0);
}
const anonymous = (at: BridgeProcess) => metric(at, 'ess_connections{listener="bridge",kind="anonymous"}');

/** One event more arrives at the stream that is open, and one that begins now begins. */
async function streamAsBefore(at: BridgeProcess, client: EventSourceClient, name: string): Promise<void> {
  const had = client.documents.length;
  await line.publish(rulesOf('Hospital', had, had + 1));
  await client.until(`an event comes while strangers ${name}`, ({ documents }) => documents.length > had);
  await using another = await line.listening(at, partner);
  expect([name, another.statuses, another.faults]).toEqual([name, [200], []]);
}

function expectWhole(client: EventSourceClient): void {
  expect(versions(client)).toEqual(versions(client).map((_, index) => index));
  expect([client.statuses, client.faults, client.failed]).toEqual([[200], [], undefined]);
}

test('strangers of every kind: streams go on and begin while they are there, and each of them is cut', async () => {
  await using client = await line.listening(bridge, partner);
  const strangers: Stranger[] = [];
  try {
    for (const [index, [name, nuisance]] of NUISANCES.entries()) {
      strangers.push(new Stranger(bridge.url, `127.0.4.${index + 1}`, CONNECTIONS, nuisance));
      await streamAsBefore(bridge, client, name);
    }
    await eventually('nothing of a stranger stays', async () => (await anonymous(bridge)) === 0 || undefined, PATIENCE);
    expect(
      await metric(bridge, 'ess_connections_cut_total{listener="bridge",reason="address"}'),
    ).toBeGreaterThanOrEqual(CONNECTIONS - PER_ADDRESS);
    expect(bridge.count('connections.cut')).toBeLessThanOrEqual(2 * 4 * NUISANCES.length);
  } finally {
    for (const stranger of strangers) stranger[Symbol.dispose]();
  }
  await streamAsBefore(bridge, client, 'are gone');
  expectWhole(client);
  expect(bridge.ended).toBeUndefined();
  expect(bridge.output).not.toContain('bridge.fault');
});

test(`strangers from ten addresses at a bridge of ${DESCRIPTORS} descriptors: no stream ends, and new ones begin`, async () => {
  await using client = line.listen(scarce, partner, '?since=0');
  const had = 1 + NUISANCES.length;
  await client.until('it has what there is', ({ documents }) => documents.length >= had);
  const strangers: Stranger[] = [];
  try {
    for (let index = 0; index < 10; index += 1) {
      const says = index % 2 === 0 ? PREFACE : 'GET';
      strangers.push(new Stranger(scarce.url, `127.0.5.${index + 1}`, CONNECTIONS, { says }));
      await streamAsBefore(scarce, client, `are ${index + 1}`);
    }
    expect(await metric(scarce, 'ess_connections_cut_total{listener="bridge",reason="full"}')).toBeGreaterThan(0);
    expect(await metric(scarce, 'ess_connections_cut_total{listener="bridge",reason="accept"}')).toBe(0);
  } finally {
    for (const stranger of strangers) stranger[Symbol.dispose]();
  }
  expect([...versions(client)].map(Number).sort((a, b) => a - b)).toEqual(versions(client).map((_, index) => index));
  expect([client.statuses, client.faults, scarce.ended]).toEqual([[200], [], undefined]);
  const told = scarce.lines.filter(({ msg }) => msg === 'bridge.connections-few');
  expect(told).toHaveLength(1);
});
