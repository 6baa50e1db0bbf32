// INBOUND (F6): how many rings a second does a door take, each acknowledged by Kafka, and how late is the answer at half of that?
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DOOR_PATH, DOOR_SECRET, DoorProcess, hookTopic, writeDoor } from '../../../harness/programs/door-process.ts';
import type { Outcome, Scenario } from '../../figures/measured.ts';
import { alternate } from '../../figures/measured.ts';
import { FloorRun } from '../../floor-run.ts';
import type { Lab } from '../../lab.ts';
import type { RingPlan, RingReport } from '../../ring/main.ts';

const CONNECTIONS = 64;
const WARM_MS = 10_000;
const PARTNER = 'bench';

export const INBOUND: Scenario = {
  id: 'INBOUND',
  title: 'a door, acks=all',
  async run(lab) {
    const runMs = lab.sized(20_000, 1_000);
    let rate = 0;
    const half = () => Math.max(1, Math.floor(rate / 2));
    const runs = await alternate(lab, 'INBOUND', {
      floor: () => floorRun(lab, runMs),
      ess: async () => {
        const measured = await essRun(lab, runMs);
        rate = measured.figures['rate'] ?? 0;
        return measured;
      },
      'ess at half': () => essRun(lab, runMs, half()),
      'floor at that': () => floorRun(lab, runMs, half()),
    });
    return {
      setting: `${CONNECTIONS} connections for ${runMs / 1000} s, after ${WARM_MS / 1000} s to warm up; each ring has its own idempotency key, the floor knows none; loss and repetition are counted in the topic`,
      runs,
      claims: [
        { figure: 'rate', side: 'ess', against: 'floor', atLeast: 0.7 },
        { figure: 'p99', side: 'ess at half', atMost: 50 },
        { figure: 'p99', side: 'ess at half', against: 'floor at that' },
        { figure: 'p99', side: 'ess', against: 'floor' },
      ],
    };
  },
};

async function floorRun(lab: Lab, runMs: number, perSecond?: number): Promise<Outcome> {
  const { brokers } = lab.stack;
  const topic = await hookTopic(lab.stack);
  await using floor = await FloorRun.start('inbound', { url: '', concurrency: CONNECTIONS, brokers, topic });
  return await ring(lab, topic, { url: (floor.begun as { url: string }).url, runMs, ...(perSecond && { perSecond }) });
}

async function essRun(lab: Lab, runMs: number, perSecond?: number): Promise<Outcome> {
  const topic = await hookTopic(lab.stack);
  const connectors = mkdtempSync(join(tmpdir(), 'ess-bench-'));
  try {
    writeDoor(connectors, PARTNER, { topic });
    const env = { ESS_LOG_LEVEL: 'warn', ...(lab.options.prof ? lab.profiling : {}) };
    await using door = await DoorProcess.spawn(lab.stack, connectors, [PARTNER], { env });
    await door.ready();
    const measured = await ring(lab, topic, { url: door.url + DOOR_PATH, runMs, ...(perSecond && { perSecond }) });
    await door.process.signal('SIGTERM');
    if (door.process.ended !== 0) throw new Error(`the door did not stop in good order:\n${door.process.output}`);
    return measured;
  } finally {
    rmSync(connectors, { recursive: true, force: true });
  }
}

type Ring = Pick<RingPlan, 'url' | 'runMs' | 'perSecond'>;

async function ring(lab: Lab, topic: string, plan: Ring): Promise<Outcome> {
  const whole: RingPlan = { ...plan, secret: DOOR_SECRET, connections: CONNECTIONS, warmMs: WARM_MS };
  const main = fileURLToPath(new URL('../../ring/main.ts', import.meta.url));
  const child = fork(main, [JSON.stringify(whole)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const report = await new Promise<RingReport>((resolve, reject) => {
    child.once('message', (message) => resolve(message as RingReport));
    child.once('exit', (code) => reject(new Error(`the ring ended with ${code}`)));
    lab.signal.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
  });
  if (report.refused > 0) throw new Error(`${report.refused} rings were not answered 204`);
  const bounds = await lab.stack.admin.fetchTopicOffsets(topic);
  const written = bounds.reduce((sum, { high }) => sum + Number(high), 0);
  const { rate, p50, p99, max } = report;
  const figures = { ...(plan.perSecond === undefined ? { rate } : {}), p50, p99, max };
  const lost = Math.max(0, report.answered - written);
  return { figures, lost, outOfOrder: 0, duplicates: Math.max(0, written - report.answered) };
}
