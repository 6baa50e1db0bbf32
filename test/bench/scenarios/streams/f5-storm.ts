// F5: what does an idle client cost, and how soon are all back after the bridge was killed?
import { setTimeout as delay } from 'node:timers/promises';
import type { Outcome, Scenario } from '../../figures/measured.ts';
import { alternate } from '../../figures/measured.ts';
import { memoryOf } from '../../process-cost.ts';
import { StreamLab } from '../../stream/stream-lab.ts';
import { portOf } from './f1-steady.ts';

const SETTLE_MS = 2_000;

export const F5: Scenario = {
  id: 'F5',
  title: 'idle clients, and the storm after a restart',
  async run(lab) {
    const clients = lab.sized(5_000, 100);
    const runs = await alternate(lab, 'F5', {
      ess: async (): Promise<Outcome> => {
        await using streams = await StreamLab.open(lab);
        const first = await streams.bridge();
        await delay(SETTLE_MS);
        const empty = memoryOf(first.process.pid).rssMb;
        await streams.clients.open({ clients, path: '/stream', strict: true, ...portOf(first) });
        await delay(SETTLE_MS);
        const perClientKb = ((memoryOf(first.process.pid).rssMb - empty) * 1024) / clients;
        await streams.pace(10, 1);
        await streams.clients.received(10 * clients);
        await first.process.signal('SIGKILL');
        const killedAt = performance.now();
        await streams.pace(20, 1); // missed by everybody
        await streams.bridge(first.port);
        const up = performance.now();
        const report = await streams.clients.received(30 * clients, 20_000);
        const backS = (performance.now() - up) / 1000;
        await streams.pace(10, 1);
        const { events, duplicates, gaps } = await streams.clients.received(40 * clients);
        return {
          figures: { perClientKb, backS, downS: (up - killedAt) / 1000, gaps: gaps + report.gaps },
          lost: 40 * clients - events,
          outOfOrder: 0,
          duplicates,
        };
      },
    });
    return {
      setting: `${clients} idle clients; kill -9, 20 events while nobody serves, a new bridge on the same port; seconds from when it serves until every client has every event`,
      runs,
      claims: [
        { figure: 'perClientKb', side: 'ess', atMost: 30 },
        { figure: 'backS', side: 'ess', atMost: 15 },
        { figure: 'gaps', side: 'ess', atMost: 0 },
      ],
    };
  },
};
