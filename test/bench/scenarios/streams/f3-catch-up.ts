// F3: how fast do late clients get a history, and what do live ones notice of it?
import { randomUUID } from 'node:crypto';
import { nowUs } from '../../clock.ts';
import type { Outcome, Scenario } from '../../figures/measured.ts';
import { alternate, median } from '../../figures/measured.ts';
import { FloorRun } from '../../floor-run.ts';
import { cpuSeconds } from '../../process-cost.ts';
import { Clients } from '../../stream/clients.ts';
import { StreamLab } from '../../stream/stream-lab.ts';
import { portOf } from './f1-steady.ts';

const LIVE_CLIENTS = 100;
const LIVE_PER_SECOND = 50;
/** Far less than the history that is read. */
const HISTORY_BYTES = 8_388_608;

export const F3: Scenario = {
  id: 'F3',
  title: 'catching up while live flows',
  async run(lab) {
    const events = lab.sized(100_000, 3_000);
    const many = lab.sized(20, 3);
    // Live flows for half a minute meanwhile, so that p99 is not two events.
    const passes = lab.sized(20, 1);
    await using streams = await StreamLab.open(lab);
    await streams.fill(events);
    const { brokers, registry } = lab.stack;

    /** `late` clients from the beginning, while others are live. @returns rate of the late ones and p99 of the live ones */
    const catchUp = async (late: number): Promise<Outcome> => {
      const bridge = await streams.bridge(0, { ESS_STREAM_HISTORY_BYTES: String(HISTORY_BYTES) });
      await streams.clients.open({ clients: LIVE_CLIENTS, path: '/stream', ...portOf(bridge) });
      await using others = await Clients.start({ nice: true });
      let lost = 0;
      const pass = async (): Promise<number> => {
        await others.forget();
        const startedUs = nowUs();
        await others.open({ clients: late, path: '/stream?since=0', ...portOf(bridge) });
        const got = await others.received(events * late);
        await others.close();
        lost += Math.max(0, events * late - got.events);
        return (events * late) / ((got.lastAtUs - startedUs) / 1e6);
      };
      await streams.pace(LIVE_PER_SECOND, 1);
      const first = await pass();
      await streams.clients.forget();
      const before = await streams.pace(LIVE_PER_SECOND, lab.sized(10, 1));
      const quiet = await streams.clients.received(before * LIVE_CLIENTS);
      await streams.clients.forget();
      let going = true;
      const live = (async () => {
        let sent = 0;
        while (going) sent += await streams.pace(LIVE_PER_SECOND, 0.2);
        return sent;
      })();
      const rates: number[] = [];
      while (rates.length < passes) rates.push(await pass());
      going = false;
      const sent = await live;
      const busy = await streams.clients.received(sent * LIVE_CLIENTS);
      await streams.clients.close();
      await bridge.process.signal('SIGTERM');
      const figures = {
        first,
        rate: median(rates),
        livePart: busy.p99 / Math.max(1, quiet.p99),
        p99: busy.p99,
        quietP99: quiet.p99,
      };
      return { figures, lost, outOfOrder: 0, duplicates: 0 };
    };
    const runs = await alternate(lab, 'F3', {
      bare: async () => {
        const plan = { url: '', concurrency: 0, records: events, brokers, registry, topic: streams.line.topic };
        const group = `floor-${randomUUID()}`;
        await using floor = await FloorRun.start('bare-reader', { ...plan, group, passes: 1 + passes });
        const { rates } = floor.begun as { rates: number[] };
        return {
          figures: { first: rates[0] ?? 0, rate: median(rates.slice(1)) },
          lost: 0,
          outOfOrder: 0,
          duplicates: 0,
        };
      },
      one: () => catchUp(1),
      many: () => catchUp(many),
    });
    return {
      setting: `${events} events of history to 1 and to ${many} clients, ${passes} times one after the other and once before to warm up, with a cache that holds none of it from one to the next; ${LIVE_CLIENTS} live clients at ${LIVE_PER_SECOND} events per second. The floor reads, decodes and serialises with kafkajs as often and sends nothing; its clock starts at its first fetch, a client's before it connects`,
      runs,
      claims: [
        { figure: 'first', side: 'one', against: 'bare', atLeast: 0.7 },
        { figure: 'rate', side: 'one', against: 'bare', atLeast: 0.7 },
        { figure: 'rate', side: 'many', atLeast: 400_000 },
        { figure: 'livePart', side: 'one', atMost: 2 },
        { figure: 'livePart', side: 'many', atMost: 2 },
      ],
    };
  },
  async pair(lab) {
    const events = lab.sized(100_000, 3_000);
    const passes = lab.sized(5, 1);
    const streams = await StreamLab.open(lab);
    lab.defer(streams);
    await streams.fill(events);
    return {
      setting: `${events} events of history to one client, ${passes} times after once to warm up, with a cache that holds none of it; CPU of the bridge for each event`,
      measure: async () => {
        const bridge = await streams.bridge(0, { ESS_STREAM_HISTORY_BYTES: String(HISTORY_BYTES) });
        const pass = async (): Promise<number> => {
          await streams.clients.forget();
          const startedUs = nowUs();
          await streams.clients.open({ clients: 1, path: '/stream?since=0', ...portOf(bridge) });
          const got = await streams.clients.received(events);
          await streams.clients.close();
          lost += Math.max(0, events - got.events);
          return events / ((got.lastAtUs - startedUs) / 1e6);
        };
        let lost = 0;
        await pass();
        const cpu = cpuSeconds(bridge.process.pid);
        const rates: number[] = [];
        while (rates.length < passes) rates.push(await pass());
        const cpuUs = ((cpuSeconds(bridge.process.pid) - cpu) * 1e6) / (events * passes);
        await bridge.process.signal('SIGTERM');
        return { figures: { cpuUs, rate: median(rates) }, lost, outOfOrder: 0, duplicates: 0 };
      },
    };
  },
};
