// VIEW: how long until it is known what every partner holds: from nothing, from what was kept, and for a person who asks?
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { STATE_TOPIC } from '@ess/schemas/topics.ts';
import { EssProcess } from '../../../harness/programs/worker-process.ts';
import type { Figures, Outcome, Scenario } from '../../figures/measured.ts';
import { alternate } from '../../figures/measured.ts';
import { FloorRun } from '../../floor-run.ts';
import type { Lab } from '../../lab.ts';
import { memoryOf } from '../../process-cost.ts';
import { ackAll } from './view-load.ts';

const BUILT_WITHIN_MS = 600_000;

export const VIEW: Scenario = {
  id: 'VIEW',
  title: 'the view: built, kept and asked',
  alone: true,
  async run(lab) {
    const rules = lab.sized(100_000, 2_000);
    const partners = Array.from({ length: lab.sized(20, 3) });
    const topic = await lab.topic(rules, rules);
    const known = partners.map(() => lab.partner(topic, {}));
    await ackAll(lab, topic, known, rules);
    const folder = mkdtempSync(join(tmpdir(), 'ess-bench-view-'));
    lab.defer({ [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true, force: true }) });
    const file = join(folder, 'view.sqlite');
    lab.begin('VIEW keeps');
    await observed(lab, file);
    const { brokers, registry } = lab.stack;
    const topics = [STATE_TOPIC, topic.name];
    const runs = await alternate(lab, 'VIEW', {
      bare: async () => {
        await using floor = await FloorRun.start('bare-fold', { url: '', concurrency: 0, brokers, registry, topics });
        const { records, tookMs } = floor.begun as { records: number; tookMs: number };
        return found({ rate: (records / tookMs) * 1_000, seconds: tookMs / 1_000 });
      },
      cold: () => observed(lab, 'none'),
      warm: () => observed(lab, file),
      'lockstep, cold': () => asked(lab, 'none', rules * known.length),
      'lockstep, warm': () => asked(lab, file, rules * known.length),
    });
    return {
      setting: `${rules} rules × ${known.length} partners, all in step; seconds of an observer until its view is built, of a command until it has ended`,
      runs,
      claims: [
        { figure: 'rate', side: 'cold', against: 'bare', atLeast: 0.5 },
        { figure: 'seconds', side: 'warm', against: 'cold' },
        { figure: 'seconds', side: 'lockstep, warm', against: 'lockstep, cold' },
        { figure: 'rssMb', side: 'warm', against: 'cold' },
      ],
    };
  },
};

const found = (figures: Figures, lost = 0): Outcome => ({ figures, lost, outOfOrder: 0, duplicates: 0 });

const environment = (lab: Lab, file: string): Record<string, string> => ({
  KAFKA_BROKERS: lab.stack.brokers.join(','),
  SCHEMA_REGISTRY_URL: lab.stack.registry,
  ESS_CONNECTORS: lab.connectors,
  ESS_VIEW_FILE: file,
});

/** An observer, until it has built its view; stopped in good order, so that it has kept what it has. */
async function observed(lab: Lab, file: string): Promise<Outcome> {
  await using observer = new EssProcess(['observer', '--port', '0'], environment(lab, file));
  const built = await observer.logged('view.built', () => true, BUILT_WITHIN_MS);
  const { records, tookMs } = built as unknown as { records: number; tookMs: number };
  await observer.logged('observer.started');
  const { rssMb, peakMb } = memoryOf(observer.pid);
  await observer.signal('SIGTERM');
  return found({ seconds: tookMs / 1_000, rate: (records / tookMs) * 1_000, rssMb, peakMb });
}

/** `ess lockstep --json`, from its start to its end. @param cells that are in step */
async function asked(lab: Lab, file: string, cells: number): Promise<Outcome> {
  const startedAt = performance.now();
  await using command = new EssProcess(['lockstep', '--json'], environment(lab, file));
  await command.exited;
  const seconds = (performance.now() - startedAt) / 1_000;
  const { partners } = JSON.parse(command.stdout) as { partners: ReadonlyArray<{ inStep: number }> };
  return found({ seconds }, cells - partners.reduce((sum, { inStep }) => sum + inStep, 0));
}
