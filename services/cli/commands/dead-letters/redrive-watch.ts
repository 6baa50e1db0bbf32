// Follows redrives from the command to their end, by what their workers say in ess.control.

import { letterCount } from '@ess/domain/control/approval.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { ControlDesk } from '@ess/orders/desk.ts';
import type { RedriveResult } from '@ess/orders/letters/give-redrive.ts';
import { giveRedrives, redriveResult } from '@ess/orders/letters/give-redrive.ts';
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
  const total = commands.reduce((sum, command) => sum + letterCount(command), 0);
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

/** Says so when nobody is there to carry a command out. @returns the partners without a worker */
export async function tellAbsentWorkers(kafka: Kafka, partners: Iterable<string>): Promise<string[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { groups } = await admin.describeGroups([...partners].map((partner) => `ess.${partner}`));
    const idle = groups
      .filter(({ members }) => members.length === 0)
      .map(({ groupId }) => groupId.slice('ess.'.length));
    for (const partner of idle) tell(`no worker of ${partner} runs: it begins when "ess worker ${partner}" is started`);
    return idle;
  } finally {
    await admin.disconnect();
  }
}

const BAR_CHARS = 30;

function bar(done: number, total: number): string {
  const filled = total === 0 ? BAR_CHARS : Math.floor((done / total) * BAR_CHARS);
  return `dead letters ${'█'.repeat(filled)}${'░'.repeat(BAR_CHARS - filled)} ${done} of ${total}`;
}
