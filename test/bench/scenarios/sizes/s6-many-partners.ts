// S6: what does one more partner cost?

import type { Outcome, Scenario } from '../../figures/measured.ts';
import { alternate, outcome } from '../../figures/measured.ts';
import type { Lab, Partner } from '../../lab.ts';

const PER_SECOND = 20;
/** More than these one process has no time for: with more partners fewer rules a second are published. */
const MANY = 200;
const perSecond = (partners: number) => (partners > MANY ? PER_SECOND / 10 : PER_SECOND);
const WARM_SECONDS = 3;

export const S6: Scenario = {
  id: 'S6',
  title: 'many partners in one process',
  async run(lab) {
    const seconds = lab.sized(20, 2);
    const counts = lab.options.quick ? [1, 10] : [1, 10, 50, 200, 500];
    const sides = counts.map((count) => [String(count), () => partnersRun(lab, count, seconds)] as const);
    const runs = await alternate(lab, 'S6', Object.fromEntries(sides));
    const most = String(counts.at(-1));
    return {
      setting: `${PER_SECOND} rules per second for ${seconds} s (${perSecond(MANY + 1)} with more than ${MANY} partners), in scope of every partner; sides are numbers of partners`,
      runs,
      claims: [
        { figure: 'p99', side: most, atMost: 500 },
        { figure: 'peakMb', side: most, atMost: 1_024 },
        { figure: 'cpuUs', side: most, against: '1' },
      ],
    };
  },
};

async function partnersRun(lab: Lab, count: number, seconds: number): Promise<Outcome> {
  const topic = await lab.topic(0);
  const rate = perSecond(count);
  const partners: Partner[] = Array.from({ length: count }, () => lab.partner(topic, {}));
  const paths = partners.map(({ path }) => path);
  await using worker = await lab.worker(...partners);
  await worker.ready();
  const warm = rate * WARM_SECONDS;
  await lab.pace(topic, 0, warm, rate);
  await lab.sink.received(paths, warm * count, (done) => lab.progress(done, warm * count, 'warming up'));
  await lab.sink.forget(...paths);
  const records = rate * seconds;
  const cpuAtStart = worker.cpuSeconds;
  await lab.pace(topic, warm, records, rate);
  const report = await lab.sink.received(paths, records * count, (done) => lab.progress(done, records * count, ''));
  const cpu = worker.cpuSeconds - cpuAtStart;
  const { rssMb, peakMb } = worker.memory;
  await worker.stop();
  const cpuUs = (cpu * 1e6) / report.delivered;
  return outcome(report, records * count, { cpuUs, rssMb, peakMb, p50: report.p50, p99: report.p99 });
}
