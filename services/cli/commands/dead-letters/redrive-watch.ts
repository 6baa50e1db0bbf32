// Follows redrives from the command to their end, by what their workers say in ess.control.

import { EssError } from '@ess/domain/text/error.ts';
import { ControlDesk } from '@ess/orders/desk.ts';
import type { RedriveResult } from '@ess/orders/letters/give-redrive.ts';
import { giveRedrives, redriveResult, selectedOf } from '@ess/orders/letters/give-redrive.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { tell } from '../../terminal/print.ts';

export async function giveAndWatch(
  kafka: Kafka,
  commands: readonly Command[],
  wait: boolean,
): Promise<RedriveResult[]> {
  let changed: () => void = () => undefined;
  let crash: Error | undefined;
  await using desk = await ControlDesk.open(kafka, loadSettings().registry, {
    onCommand: () => changed(),
    onCrash: (error) => {
      crash = error;
      changed();
    },
  });
  await giveRedrives(desk, commands);
  const { createProgress } = await import('@ess/infra/local/machine/progress.ts');
  const progress = createProgress();
  const total = commands.reduce((sum, command) => sum + selectedOf(command), 0);
  for (;;) {
    const now = commands.map((command) => redriveResult(command, desk.state));
    if (crash) throw new EssError('ESS_BROKER', `Kafka went away: the redrive goes on without this command`);
    if (!wait || now.every(({ status }) => status !== 'running')) {
      progress.end();
      return now;
    }
    progress.show(
      bar(
        now.reduce((sum, { redriven, failed, passed }) => sum + redriven + failed + passed, 0),
        total,
      ),
    );
    await new Promise<void>((resolve) => {
      changed = resolve;
    });
  }
}

/** Says so when nobody is there to carry a command out. */
export async function tellAbsentWorkers(kafka: Kafka, partners: Iterable<string>): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { groups } = await admin.describeGroups([...partners].map((partner) => `ess.${partner}`));
    for (const { groupId, members } of groups)
      if (members.length === 0)
        tell(`no worker of ${groupId.slice(4)} runs: it begins when "ess worker ${groupId.slice(4)}" is started`);
  } finally {
    await admin.disconnect();
  }
}

const BAR_CHARS = 30;

function bar(done: number, total: number): string {
  const filled = total === 0 ? BAR_CHARS : Math.floor((done / total) * BAR_CHARS);
  return `redriving ${'█'.repeat(filled)}${'░'.repeat(BAR_CHARS - filled)} ${done} of ${total}`;
}
