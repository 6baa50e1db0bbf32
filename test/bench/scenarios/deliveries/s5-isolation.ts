// S5: does one partner in trouble slow another one of the same process? (Guarantee 3.)
import { setTimeout as delay } from 'node:timers/promises';
import type { Outcome, Scenario } from '../../figures/measured.ts';
import { alternate, outcome } from '../../figures/measured.ts';
import type { Lab } from '../../lab.ts';
import type { Sink } from '../../sink.ts';

const PER_SECOND = 200;
const WARM_SECONDS = 3;
const SETTLE_MS = 2_000;
const SLOW_MS = 10_000;

type Trouble = 'alone' | 'B down' | 'B slow';

export const S5: Scenario = {
  id: 'S5',
  title: 'a partner beside one in trouble',
  async run(lab) {
    const seconds = lab.sized(20, 2);
    const behind = lab.sized(5_000, 500);
    const sinkB = await lab.anotherSink();
    const side = (trouble: Trouble) => () => besideRun(lab, sinkB, trouble, seconds, behind);
    const runs = await alternate(lab, 'S5', {
      alone: side('alone'),
      'B down': side('B down'),
      'B slow': side('B slow'),
    });
    return {
      setting: `A: ${PER_SECOND} rules per second for ${seconds} s. B in the same process, ${behind} records behind: refuses connections, or answers after ${SLOW_MS / 1000} s (cut off at 5 s)`,
      runs,
      claims: [
        { figure: 'p99', side: 'B down', against: 'alone', atMost: 1.5 },
        { figure: 'p99', side: 'B slow', against: 'alone', atMost: 1.5 },
        { figure: 'p50', side: 'B down', against: 'alone' },
        { figure: 'p50', side: 'B slow', against: 'alone' },
      ],
    };
  },
};

async function besideRun(lab: Lab, sinkB: Sink, trouble: Trouble, seconds: number, behind: number): Promise<Outcome> {
  const topicA = await lab.topic(0);
  const a = lab.partner(topicA, {});
  const partners = [a];
  if (trouble !== 'alone') {
    const b = lab.partner(await lab.topic(behind), {}, sinkB);
    partners.push(b);
    await sinkB.behave(b.path, { delayMs: SLOW_MS });
  }
  if (trouble === 'B down') await sinkB.down();
  try {
    await using worker = await lab.worker(...partners);
    await worker.ready();
    const warm = PER_SECOND * WARM_SECONDS;
    await lab.pace(topicA, 0, warm, PER_SECOND);
    await lab.sink.received([a.path], warm, () => undefined);
    await delay(SETTLE_MS);
    await lab.sink.forget(a.path);
    const records = PER_SECOND * seconds;
    await lab.pace(topicA, warm, records, PER_SECOND);
    const report = await lab.sink.received([a.path], records, () => undefined);
    return outcome(report, records, { p50: report.p50, p99: report.p99, max: report.max });
  } finally {
    if (trouble === 'B down') await sinkB.up();
  }
}
