// An upgrade as an orchestrator does it: every program of an installation is replaced, one after the other, while rules flow. What the
// partners got says whether it held: nothing lost, every rule in order, by rule and version. Only in full: npm test replaces workers
// (order-kept-through-rebalances, beside-the-last-version), bridges (a-stream-history-is-whole) and doors one kind at a time.
import { expect, test } from '@jest/globals';
import { ownTestStack } from '../harness/own-stack.ts';
import { applyLastSchemas, lastVersion } from '../harness/programs/last-version.ts';
import { FULL, report } from '../harness/results.ts';
import type { Phase } from '../harness/rollout/installation.ts';
import { Installation } from '../harness/rollout/installation.ts';
import type { ProgramSlot } from '../harness/rollout/program-slot.ts';
import type { timesToAck } from '../judges/delivery-checker.ts';

const inFull = FULL ? test : test.skip;
/** Some twenty programs are started one after the other, on a machine that may be busy. */
const LONG_MS = 900_000;
const HELD = {
  webhooks: [0, 1].map(() => ({
    lost: [],
    outOfOrder: [],
    unaudited: [],
    duplicates: { audited: [], inFlight: [] },
  })),
  stream: { verdict: { lost: [], outOfOrder: [], duplicates: { inFlight: [] } }, gaps: 0, wrong: [] },
  rings: { lost: [], repeated: [] },
};

/** Replaces them one after the other. @returns when, and how long each took */
async function replaced(slots: readonly ProgramSlot[], script?: string): Promise<Phase & { readonly took: string }> {
  const fromMs = Date.now();
  const took: number[] = [];
  for (const slot of slots) took.push(await slot.replace(script));
  return { fromMs, toMs: Date.now(), took: took.join('/') };
}

type Times = ReturnType<typeof timesToAck>;

/** @param times of the two partners, and of the stream */
function told(name: string, size: string, took: string, [one, another, stream]: readonly Times[]): void {
  report(name, `${size} under 200/s, two partners and a stream`, {
    'ms each': took,
    'publish → ack ms p50': `${one?.p50}/${another?.p50}`,
    p99: `${one?.p99}/${another?.p99}`,
    max: `${one?.max}/${another?.max}`,
    'publish → stream ms p50/p99/max': `${stream?.p50}/${stream?.p99}/${stream?.max}`,
  });
}

inFull(
  'every program is restarted under 200 rules/s: nothing is lost, order is kept',
  async () => {
    await using stack = await ownTestStack();
    await using installation = await Installation.open(stack);
    const { slots } = installation;
    const of = (program: string) => slots.filter((slot) => slot.program === program);
    await installation.flows(1_000);
    const phases = {
      worker: await replaced(of('worker')),
      bridge: await replaced(of('bridge')),
      inbound: await replaced(of('inbound')),
      observer: await replaced(of('observer')),
      console: await replaced(of('console')),
    };
    await installation.flows();
    const { times, ...judged } = await installation.end(phases);
    await installation.inStep();
    for (const [program, each] of times)
      told('rolling restart', `${of(program).length} × ${program}`, phases[program].took, each);
    expect(judged).toMatchObject(HELD);
    expect(slots.flatMap(({ errors }) => errors)).toEqual([]);
  },
  LONG_MS,
);

inFull(
  'all programs as one are restarted as one: what came meanwhile is delivered, streamed and rung again',
  async () => {
    await using stack = await ownTestStack();
    await using installation = await Installation.open(stack, { together: true });
    const { slots } = installation;
    await installation.flows(1_000);
    const serve = await replaced(slots);
    await installation.flows();
    const { times, ...judged } = await installation.end({ serve });
    await installation.inStep();
    told('rolling restart', '1 × serve', serve.took, times.get('serve') ?? []);
    expect(judged).toMatchObject(HELD);
    expect(slots.flatMap(({ errors }) => errors)).toEqual([]);
  },
  LONG_MS,
);

inFull(
  'half of the programs are of the last version: all become of this one, and then of the last one again',
  async () => {
    const last = lastVersion();
    await using stack = await ownTestStack();
    await applyLastSchemas(stack);
    // The last version has no observer and no console.
    const isOld = (program: string) => program === 'worker' || program === 'bridge' || program === 'inbound';
    await using installation = await Installation.open(stack, {
      scriptOf: (program, index) => (isOld(program) && index === 0 ? last : undefined),
    });
    const { slots } = installation;
    const both = slots.filter(({ program }) => isOld(program));
    await installation.flows(1_000);
    const up = await replaced(both.filter((_, index) => index % 2 === 0));
    await installation.flows();
    const down = await replaced(both, last);
    await installation.flows();
    const { times, ...judged } = await installation.end({ up, down });
    await installation.inStep();
    const cut = slots.reduce((sum, slot) => sum + slot.cut, 0);
    if (cut > 0) process.stderr.write(`programs of the last version that were cut in their stop: ${cut}\n`);
    told('beside the last version', 'half upgraded, one by one', up.took, times.get('up') ?? []);
    told('beside the last version', 'all downgraded, one by one', down.took, times.get('down') ?? []);
    expect(judged).toMatchObject(HELD);
  },
  LONG_MS,
);
