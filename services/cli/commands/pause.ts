// `ess pause` and `ess resume`: a partner gets nothing until it is resumed; durable, whatever restarts meanwhile.

import { randomBytes } from 'node:crypto';
import { makeCommand } from '@ess/domain/control/control-state.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import { ControlDesk } from '@ess/orders/desk.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { whoAmI } from '@ess/runtime/who.ts';
import type { Command } from 'commander';
import { knownPartner } from '../known-partner.ts';
import { openKafka } from '../open-kafka.ts';
import { print, tell } from '../terminal/print.ts';

interface PauseOptions {
  readonly reason?: string;
  readonly connectors?: string;
  readonly json?: boolean;
}

export function addPauseCommand(program: Command): void {
  add(
    program,
    'pause',
    'sends a partner nothing more, until it is resumed; its records wait in the topic',
    '--reason "their maintenance"',
  );
}

export function addResumeCommand(program: Command): void {
  add(program, 'resume', 'goes on after a pause, where the partner was', '');
}

function add(program: Command, kind: 'pause' | 'resume', description: string, example: string): void {
  program
    .command(kind)
    .description(description)
    .argument('<partner>', 'folder under connectors/')
    .option('--reason <text>', 'why; goes on record')
    .option('--connectors <dir>', 'folder of the connectors')
    .option('--json', 'one JSON object on one line')
    .addHelpText(
      'after',
      `\nIt is on record in ess.control: workers that are started later obey it too. "ess status" says so.\nExample:\n  ess ${kind} hospital ${example}`,
    )
    .action((partner: string, options: PauseOptions) => give(kind, partner, options));
}

async function give(kind: 'pause' | 'resume', name: string, options: PauseOptions): Promise<void> {
  const settings = loadSettings();
  const partner = knownPartner(name, options.connectors ?? settings.connectors);
  const { kafka } = await openKafka(`ess-${kind}`);
  await using desk = await ControlDesk.open(kafka, settings.registry);
  const before = desk.state.paused(partner);
  const changes = (before === undefined) === (kind === 'pause');
  if (changes) {
    const id = randomBytes(4).toString('hex');
    await desk.give([makeCommand({ id, partner, kind, by: whoAmI(), reason: options.reason ?? null })]);
  }
  const now = desk.state.paused(partner);
  const paused = now ? { since: timeText(now.at), by: now.by, reason: now.reason } : null;
  if (!changes) tell(kind === 'pause' ? `${partner} was paused before` : `${partner} was not paused`);
  if (options.json) print(JSON.stringify({ partner, paused }));
  else print(paused ? `${partner} is paused: "ess resume ${partner}" goes on` : `${partner} goes on`);
}
