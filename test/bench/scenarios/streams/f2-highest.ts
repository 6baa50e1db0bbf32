// F2: how many events × clients a second, while 99 of 100 arrive within a second?
import type { Outcome, Scenario } from '../../figures/measured.ts';
import { alternate } from '../../figures/measured.ts';
import { cpuSeconds } from '../../process-cost.ts';
import type { Server } from '../../stream/stream-lab.ts';
import { StreamLab } from '../../stream/stream-lab.ts';
import { portOf } from './f1-steady.ts';

const P99_MS = 1_000;
/** Each step is so much faster than the one before. */
const STEP = 1.3;
const FIRST_PER_SECOND = { bare: 100, ess: 400 };
const SETTLE_MS = 4_000;
/** What a bridge takes easily: CPU is compared, not where it ends. */
const PAIR_PER_SECOND = 1_000;
const WARM_SECONDS = 3;

export const F2: Scenario = {
  id: 'F2',
  title: 'the highest rate of a stream',
  async run(lab) {
    const clients = lab.sized(1_000, 50);
    const seconds = lab.sized(3, 1);
    const measure = async (streams: StreamLab, server: Server, first: number): Promise<Outcome> => {
      await streams.clients.open({ clients, path: '/stream', ...portOf(server) });
      await streams.clients.received((await streams.pace(first / 2, 2)) * clients);
      let best = { perSecond: 0, p99: 0 };
      let perSecond = first;
      for (let missed = 0; missed < 2; ) {
        await streams.clients.forget();
        const events = await streams.pace(perSecond, seconds);
        const report = await streams.clients.received(events * clients, SETTLE_MS);
        const lost = events * clients - report.events;
        if (lost === 0 && report.p99 < P99_MS) best = { perSecond, p99: report.p99 };
        else missed += 1; // a busy moment of the machine is not the end
        lab.progress(
          Math.round(perSecond),
          Math.round(perSecond),
          `events/s, p99 ${Math.round(report.p99)} ms, lost ${lost}`,
        );
        if (lost > 0) break;
        perSecond = missed > 0 ? perSecond * Math.sqrt(STEP) : perSecond * STEP;
        if (lab.options.quick) break;
      }
      return { figures: { rate: best.perSecond * clients, p99: best.p99 }, lost: 0, outOfOrder: 0, duplicates: 0 };
    };
    const runs = await alternate(lab, 'F2', {
      bare: async () => {
        await using streams = await StreamLab.open(lab);
        await using floor = await streams.floor();
        return await measure(streams, floor, FIRST_PER_SECOND.bare);
      },
      ess: async () => {
        await using streams = await StreamLab.open(lab);
        return await measure(streams, await streams.bridge(), FIRST_PER_SECOND.ess);
      },
    });
    return {
      setting: `${clients} clients; each rate for ${seconds} s, up by ${STEP} until p99 passes ${P99_MS} ms or something is missing; the rate counts each event once for each client`,
      runs,
      claims: [{ figure: 'rate', side: 'ess', against: 'bare', atLeast: 1.7 }],
    };
  },
  async pair(lab) {
    const clients = lab.sized(1_000, 50);
    const seconds = lab.sized(10, 1);
    return {
      setting: `${clients} clients, ${PAIR_PER_SECOND} events per second for ${seconds} s; CPU of the bridge for each event and client`,
      measure: async () => {
        await using streams = await StreamLab.open(lab);
        const bridge = await streams.bridge();
        await streams.clients.open({ clients, path: '/stream', ...portOf(bridge) });
        await streams.clients.received((await streams.pace(PAIR_PER_SECOND, WARM_SECONDS)) * clients);
        await streams.clients.forget();
        const cpu = cpuSeconds(bridge.process.pid);
        const events = await streams.pace(PAIR_PER_SECOND, seconds);
        const { p50, p99, events: seen, duplicates } = await streams.clients.received(events * clients, SETTLE_MS);
        const cpuUs = ((cpuSeconds(bridge.process.pid) - cpu) * 1e6) / (events * clients);
        return { figures: { cpuUs, p50, p99 }, lost: events * clients - seen, outOfOrder: 0, duplicates };
      },
    };
  },
};
