// Replays that were given: list them, look at one, end one.
import { ControlDesk } from '@ess/orders/desk.ts';
import { summaryOf } from '@ess/orders/replay/replay-summary.ts';
import { giveStop, theReplay } from '@ess/orders/replay/stop-replay.ts';
import { whoAmI } from '@ess/runtime/who.ts';
import { viewGroup } from '@ess/stream/group/group-view.ts';
import { knownPartner } from '../../known-partner.ts';
import { openKafka } from '../../open-kafka.ts';
import { print, tell } from '../../terminal/print.ts';
import { listLine, summaryLines } from './replay-show.ts';
import { followReplay } from './replay-watch.ts';

export async function listReplays(options: {
  partner?: string;
  running?: boolean;
  connectors?: string;
  json?: boolean;
}): Promise<void> {
  const { partner } = options;
  const { kafka, settings } = await openKafka('ess-replay');
  await using desk = await ControlDesk.open(kafka, settings.registry);
  const all = desk.state.list('replay');
  // A partner that has no connector any more may have had replays.
  if (partner !== undefined && !all.some(({ command }) => command.partner === partner))
    knownPartner(partner, options.connectors ?? settings.connectors);
  const found = all
    .filter(({ command }) => partner === undefined || command.partner === partner)
    .filter(({ status }) => !options.running || status === 'running');
  for (const state of found) {
    const summary = summaryOf(state);
    print(options.json ? JSON.stringify(summary) : listLine(summary));
  }
  if (found.length === 0) tell('no replay');
}

export async function showReplay(id: string, { json }: { json?: boolean }): Promise<void> {
  const { kafka, settings } = await openKafka('ess-replay');
  await using desk = await ControlDesk.open(kafka, settings.registry);
  const found = theReplay(desk.state, id);
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { partner, replay } = found.command;
    const summary = summaryOf(found, await viewGroup(admin, `ess.${partner}`, replay?.topic ?? ''));
    if (json) print(JSON.stringify(summary));
    else for (const line of summaryLines(summary)) print(line);
  } finally {
    await admin.disconnect();
  }
}

export async function stopReplay(
  kind: 'cancel' | 'undo',
  id: string,
  options: { reason?: string; wait?: boolean; json?: boolean },
): Promise<void> {
  const { kafka, settings, log } = await openKafka('ess-replay');
  await using desk = await ControlDesk.open(kafka, settings.registry);
  const found = theReplay(desk.state, id);
  if (found.status === 'running' && found.stop) tell(`${found.stop.kind} was asked for before, by ${found.stop.by}`);
  const admin = kafka.admin();
  await admin.connect();
  try {
    const stop = { kind, id, by: whoAmI(), reason: options.reason ?? null };
    const { begun } = await giveStop(desk, { kafka, admin, log }, stop);
    if (begun > 0)
      tell(`no worker of ${found.command.partner} runs: partitions that had begun end when one is started`);
    const summary = await followReplay(desk, admin, id, options.wait ?? process.stderr.isTTY === true);
    if (options.json) print(JSON.stringify(summary));
    else for (const line of summaryLines(summary)) print(line);
  } finally {
    await admin.disconnect();
  }
}
