// Follows redrives from the command to their end, by what their workers say in ess.control.

import type { CommandState } from '@ess/domain/control/control-state.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { ControlLog } from '@ess/stream/read/control-log.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import { tell } from '../../terminal/print.ts';

export interface RedriveResult {
  readonly id: string;
  readonly partner: string;
  readonly status: CommandState['status'];
  readonly selected: number;
  readonly redriven: number;
  /** Refused again: parked once more. */
  readonly failed: number;
  /** Superseded, or out of scope by now. */
  readonly passed: number;
  /** Why partitions stopped before their end. */
  readonly stopped: readonly string[];
}

/** @param give writes the commands; called when this follows the topic, so that nothing is missed */
export async function giveAndWatch(
  kafka: Kafka,
  codec: Codec,
  commands: readonly Command[],
  give: () => Promise<unknown>,
  wait: boolean,
): Promise<RedriveResult[]> {
  let changed: () => void = () => undefined;
  let crash: Error | undefined;
  await using log = await ControlLog.open({
    kafka,
    codec,
    onCommand: () => changed(),
    onCrash: (error) => {
      crash = error;
      changed();
    },
  });
  for (const { partner } of commands) {
    const running = log.state.active(partner, 'redrive');
    if (running)
      throw new EssError(
        'ESS_CONFLICT',
        `a redrive of ${partner} runs since ${timeText(running.command.at)}: wait for it, or end it with "ess dead-letters cancel ${running.command.id}"`,
      );
  }
  await give();
  const { createProgress } = await import('@ess/infra/local/machine/progress.ts');
  const progress = createProgress();
  const results = () => commands.map((command) => resultOf(command, log.state.find(command.id)));
  const total = commands.reduce((sum, command) => sum + selectedOf(command), 0);
  for (;;) {
    const now = results();
    const known = commands.every(({ id }) => log.state.find(id));
    if (crash) throw new EssError('ESS_BROKER', `Kafka went away: the redrive goes on without this command`);
    if (known && (!wait || now.every(({ status }) => status !== 'running'))) {
      progress.end();
      return now;
    }
    const done = now.reduce((sum, { redriven, failed, passed }) => sum + redriven + failed + passed, 0);
    if (known && wait) progress.show(bar(done, total));
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

function resultOf(command: Command, state: CommandState | undefined): RedriveResult {
  const partitions = [...(state?.progress.values() ?? [])];
  const sum = (name: 'records' | 'failed' | 'passed') => partitions.reduce((total, one) => total + one[name], 0);
  return {
    id: command.id,
    partner: command.partner,
    status: state?.status ?? 'running',
    selected: selectedOf(command),
    redriven: sum('records'),
    failed: sum('failed'),
    passed: sum('passed'),
    stopped: [...new Set(partitions.flatMap(({ detail }) => detail ?? []))],
  };
}

function selectedOf({ redrive }: Command): number {
  return redrive?.letters.reduce((sum, { offsets }) => sum + offsets.length, 0) ?? 0;
}

const BAR_CHARS = 30;

function bar(done: number, total: number): string {
  const filled = total === 0 ? BAR_CHARS : Math.floor((done / total) * BAR_CHARS);
  return `redriving ${'█'.repeat(filled)}${'░'.repeat(BAR_CHARS - filled)} ${done} of ${total}`;
}
