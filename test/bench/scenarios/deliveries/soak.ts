// SOAK: does anything grow or slow down when a worker runs for long at half of what it can do?
import type { Run, Scenario } from '../../figures/measured.ts';
import { outcome } from '../../figures/measured.ts';

const MINUTES = 15;
/** About half the rate of S1 on the machine of RESULTS.md. */
const PER_SECOND = 5_000;
const CONCURRENCY = 64;
/** Caches, pools and the compiler settle. */
const WARM_WINDOWS = 1;
const THIRDS = 3;

export const SOAK: Scenario = {
  id: 'SOAK',
  title: `a worker for ${MINUTES} minutes at half its rate`,
  alone: true,
  async run(lab) {
    const windows = MINUTES + WARM_WINDOWS;
    const windowSeconds = lab.sized(60, 1);
    const topic = await lab.topic(0);
    const partner = lab.partner(topic, { concurrency: CONCURRENCY });
    await using worker = await lab.worker(partner);
    await worker.ready();
    const records = PER_SECOND * windowSeconds * windows;
    const paced = lab.pace(topic, 0, records, PER_SECOND);
    const seen: Run[] = [];
    for (let window = 0; window < windows; window += 1) {
      const wanted = PER_SECOND * windowSeconds * (window + 1);
      await lab.sink.received([partner.path], wanted, (done) => lab.progress(done, records, ''));
      const { p50, p99 } = await lab.sink.window(partner.path);
      const side = ['warm-up', 'first third', 'second third', 'last third'][thirdOf(window, windows)] as string;
      const { rssMb } = worker.memory;
      seen.push({ side, figures: { rssMb, p50, p99 }, lost: 0, outOfOrder: 0, duplicates: 0 });
    }
    await paced;
    const all = await lab.sink.received([partner.path], records, () => undefined);
    await worker.stop();
    seen.push({ side: 'all', ...outcome(all, records, { rate: all.delivered / all.seconds }) });
    return {
      setting: `${PER_SECOND} rules per second for ${(windows * windowSeconds) / 60} min, ${CONCURRENCY} in flight; a figure per minute`,
      runs: seen,
      claims: [
        { figure: 'rssMb', side: 'last third', against: 'first third', atMost: 1.1 },
        { figure: 'p99', side: 'last third', against: 'first third', atMost: 1.5 },
      ],
    };
  },
};

/** 0 while it warms up, then 1 to 3. */
function thirdOf(window: number, windows: number): number {
  if (window < WARM_WINDOWS) return 0;
  return 1 + Math.floor(((window - WARM_WINDOWS) * THIRDS) / (windows - WARM_WINDOWS));
}
