// F4: what do clients that never read cost the others, and the process?
import type { Outcome, Scenario } from '../../figures/measured.ts';
import { alternate } from '../../figures/measured.ts';
import { memoryOf } from '../../process-cost.ts';
import { Clients } from '../../stream/clients.ts';
import { StreamLab } from '../../stream/stream-lab.ts';
import { portOf } from './f1-steady.ts';

const PER_SECOND = 100;
const PAD_BYTES = 1_500;

export const F4: Scenario = {
  id: 'F4',
  title: 'clients that never read',
  async run(lab) {
    const clients = lab.sized(1_000, 40);
    const silent = Math.round(clients / 20);
    const seconds = lab.sized(20, 2);
    const measure = async (quiet: number): Promise<Outcome> => {
      await using streams = await StreamLab.open(lab);
      await using others = await Clients.start();
      const bridge = await streams.bridge();
      const reading = clients - quiet;
      await streams.clients.open({ clients: reading, path: '/stream', ...portOf(bridge) });
      if (quiet > 0) await others.open({ clients: quiet, silent: quiet, path: '/stream', ...portOf(bridge) });
      await streams.clients.received((await streams.pace(PER_SECOND, 2, PAD_BYTES)) * reading);
      await streams.clients.forget();
      const before = memoryOf(bridge.process.pid).rssMb;
      const events = await streams.pace(PER_SECOND, seconds, PAD_BYTES);
      const report = await streams.clients.received(events * reading);
      const moved = await metric(bridge.process.adminUrl, 'ess_stream_slow_clients_total');
      const { rssMb } = memoryOf(bridge.process.pid);
      const { p50, p99 } = report;
      return {
        figures: { p50, p99, rssMb, grownMb: rssMb - before, moved },
        lost: events * reading - report.events,
        outOfOrder: 0,
        duplicates: 0,
      };
    };
    const runs = await alternate(lab, 'F4', { all: () => measure(0), silent: () => measure(silent) });
    return {
      setting: `${clients} clients, ${PER_SECOND} events of ${PAD_BYTES} bytes per second for ${seconds} s; ${silent} of them never read; budget 4 MB for the partner's ring, 64 MB for history`,
      runs,
      claims: [
        { figure: 'p99', side: 'silent', against: 'all', atMost: 1.5 },
        { figure: 'grownMb', side: 'silent', atMost: 68 },
      ],
    };
  },
};

async function metric(adminUrl: string, name: string): Promise<number> {
  const page = await (await fetch(`${adminUrl}/metrics`)).text();
  return page
    .split('\n')
    .filter((line) => line.startsWith(name))
    .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
}
