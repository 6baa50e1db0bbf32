// REFUSAL: does the time of an answer tell a door with a wrong secret from a path that has no door?

import { Cleanup } from '@ess/runtime/cleanup.ts';
import { DOOR_PATH, DoorProcess, hookTopic, writeDoor } from '../../../harness/programs/door-process.ts';
import { temporaryFolder } from '../../../harness/temporary-folder.ts';
import type { Figures, Scenario } from '../../figures/measured.ts';
import { alternate } from '../../figures/measured.ts';
import type { Lab } from '../../lab.ts';

const PARTNER = 'clinic';
const WRONG = JSON.stringify({ auth: 'wrong-secret', bedsFree: 1 });

export const REFUSAL: Scenario = {
  id: 'REFUSAL',
  title: 'a wrong secret, and a path without a door',
  async run(lab) {
    await using cleanup = new Cleanup();
    const folder = temporaryFolder(cleanup);
    writeDoor(folder, PARTNER, { topic: await hookTopic(lab.stack) });
    await using door = await DoorProcess.spawn(lab.stack, folder, [PARTNER], { env: { ESS_LOG_LEVEL: 'warn' } });
    await door.ready();
    const rings = lab.sized(400, 30);
    const runs = await alternate(lab, 'REFUSAL', {
      both: async () => ({ figures: await apart(lab, door.url, rings), lost: 0, outOfOrder: 0, duplicates: 0 }),
    });
    return {
      setting: `${rings} rings of each, in turns; apart: of the medians, spread: from the tenth to the ninetieth of a hundred, the wider of the two, least: the soonest answer, all in ms`,
      runs,
      claims: [
        { figure: 'apartOfSpread', side: 'both', atMost: 1 },
        { figure: 'least', side: 'both', atLeast: 45 }, // 50, and a timer may be a little early
      ],
    };
  },
};

async function apart(lab: Lab, url: string, rings: number): Promise<Figures> {
  const times: Record<'door' | 'none', number[]> = { door: [], none: [] };
  const once = async (which: keyof typeof times) => {
    const startedAt = performance.now();
    const path = which === 'door' ? DOOR_PATH : '/webhook/nowhere';
    const answer = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: WRONG,
    });
    await answer.text();
    times[which].push(performance.now() - startedAt);
  };
  for (let ring = 0; ring < rings; ring += 1) {
    lab.signal.throwIfAborted();
    for (const which of ring % 2 === 0 ? (['door', 'none'] as const) : (['none', 'door'] as const)) await once(which);
  }
  const at = (values: number[], share: number) =>
    values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] as number;
  const gap = Math.abs(at(times.door, 0.5) - at(times.none, 0.5));
  const spread = Math.max(...Object.values(times).map((values) => at(values, 0.9) - at(values, 0.1)));
  const least = Math.min(...times.door, ...times.none);
  return { apart: gap, spread, apartOfSpread: gap / spread, least };
}
