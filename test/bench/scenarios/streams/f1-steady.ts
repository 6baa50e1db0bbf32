// F1: how late are events at 1,000 clients in an ordinary hour?
import type { Outcome, Scenario } from '../../figures/measured.ts';
import { alternate } from '../../figures/measured.ts';
import type { Server } from '../../stream/stream-lab.ts';
import { StreamLab } from '../../stream/stream-lab.ts';

const PER_SECOND = 50;
const WARM_SECONDS = 2;

export const F1: Scenario = {
  id: 'F1',
  title: 'a stream to many clients, steady',
  async run(lab) {
    const clients = lab.sized(1_000, 50);
    const seconds = lab.sized(10, 1);
    const runs = await alternate(lab, 'F1', {
      bare: async () => {
        await using streams = await StreamLab.open(lab);
        await using floor = await streams.floor();
        return await steady(streams, floor, clients, seconds);
      },
      ess: async () => {
        await using streams = await StreamLab.open(lab);
        const bridge = await streams.bridge();
        return await steady(streams, bridge, clients, seconds);
      },
    });
    return {
      setting: `${clients} clients, ${PER_SECOND} events per second for ${seconds} s, after ${WARM_SECONDS} s to warm up; the floor has short ids and no resume`,
      runs,
      claims: [
        { figure: 'p99', side: 'ess', against: 'bare', atMost: 1.5 },
        { figure: 'p50', side: 'ess', against: 'bare' },
      ],
    };
  },
};

async function steady(streams: StreamLab, server: Server, clients: number, seconds: number): Promise<Outcome> {
  await streams.clients.open({ clients, path: '/stream', ...portOf(server) });
  await streams.clients.received((await streams.pace(PER_SECOND, WARM_SECONDS)) * clients);
  await streams.clients.forget();
  const events = await streams.pace(PER_SECOND, seconds);
  const report = await streams.clients.received(events * clients);
  const { p50, p99 } = report;
  return {
    figures: { p50, p99 },
    lost: events * clients - report.events,
    outOfOrder: 0,
    duplicates: report.duplicates,
  };
}

export const portOf = ({ port, headers }: Server): Server => ({ port, headers });
