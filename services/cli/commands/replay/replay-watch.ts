// Follows a replay to its end, by what its workers say in ess.control and by the positions that they commit.
import { setTimeout as delay } from 'node:timers/promises';
import { EssError } from '@ess/domain/text/error.ts';
import type { ControlDesk } from '@ess/orders/desk.ts';
import type { ReplaySummary } from '@ess/orders/replay/replay-summary.ts';
import { summaryOf } from '@ess/orders/replay/replay-summary.ts';
import { viewGroup } from '@ess/stream/group/group-view.ts';
import type { Admin } from '@ess/stream/kafkajs/client.ts';

const LOOK_EVERY_MS = 300;
const BAR_CHARS = 30;

/** @param wait false: as it is now */
export async function followReplay(desk: ControlDesk, admin: Admin, id: string, wait: boolean): Promise<ReplaySummary> {
  const { createProgress } = await import('@ess/infra/local/machine/progress.ts');
  const progress = createProgress();
  const startedAt = performance.now();
  for (;;) {
    const state = desk.state.find(id);
    if (!state) throw new EssError('ESS_BROKER', `ess.control does not have ${id} any more`);
    const { partner, replay } = state.command;
    const summary = summaryOf(state, await viewGroup(admin, `ess.${partner}`, replay?.topic ?? ''));
    if (!wait || state.status !== 'running') {
      progress.end();
      return summary;
    }
    progress.show(line(summary, performance.now() - startedAt));
    await delay(LOOK_EVERY_MS);
  }
}

function line({ id, partner, status, done, records, partitions }: ReplaySummary, tookMs: number): string {
  const filled = Math.floor(done * BAR_CHARS);
  const waiting = partitions.filter(({ state }) => state === 'waiting').length;
  const left = done > 0.02 ? `, about ${Math.ceil(((tookMs / done) * (1 - done)) / 1000)} s left` : '';
  const begun = waiting === 0 ? '' : `, ${waiting} partitions wait for their worker`;
  return `${partner} ${id} ${status} ${'█'.repeat(filled)}${'░'.repeat(BAR_CHARS - filled)} ${Math.floor(done * 100)} %, ${records} records${left}${begun}`;
}
