// Replays that were given: list them, look at one, end one.
import { randomBytes } from 'node:crypto';
import type { CommandState } from '@ess/domain/control/control-state.ts';
import { makeCommand, partitionsOf } from '@ess/domain/control/control-state.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { didYouMean } from '@ess/domain/text/nearest.ts';
import { viewGroup } from '@ess/stream/group/group-view.ts';
import { ControlDesk } from '../../control-desk.ts';
import { knownPartner } from '../../known-partner.ts';
import { openKafka } from '../../open-kafka.ts';
import { print, tell } from '../../terminal/print.ts';
import { whoAmI } from '../../terminal/who.ts';
import type { OfflineMove } from './offline-move.ts';
import { undoOffline } from './offline-move.ts';
import { listLine, summaryLines, summaryOf } from './replay-show.ts';
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
  const found = theReplay(desk, id);
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
  const found = theReplay(desk, id);
  const { partner, replay } = found.command;
  if (found.status !== 'running')
    throw new EssError(
      'ESS_CONFLICT',
      `replay ${id} of ${partner} is ${found.status}: its positions are where they would be without it, there is nothing to ${kind}`,
    );
  if (found.stop) tell(`${found.stop.kind} was asked for before, by ${found.stop.by}`);
  const by = whoAmI();
  const stopId = randomBytes(4).toString('hex');
  await desk.give([makeCommand({ id: stopId, partner, kind, by, of: id, reason: options.reason ?? null })]);
  const admin = kafka.admin();
  await admin.connect();
  try {
    const topic = replay?.topic ?? '';
    const { members, partitions } = await viewGroup(admin, `ess.${partner}`, topic);
    if (members.length === 0)
      await stopByOurselves(desk, { kafka, groupId: `ess.${partner}`, topic, log }, found, kind, partitions.length);
    const summary = await followReplay(desk, admin, id, options.wait ?? process.stderr.isTTY === true);
    if (options.json) print(JSON.stringify(summary));
    else for (const line of summaryLines(summary)) print(line);
  } finally {
    await admin.disconnect();
  }
}

/** With no worker: what was moved and not begun goes back at once. The rest waits for a worker, who may have to send. */
async function stopByOurselves(
  desk: ControlDesk,
  where: Parameters<typeof undoOffline>[0],
  { command, progress }: CommandState,
  kind: 'cancel' | 'undo',
  partitionCount: number,
): Promise<void> {
  const state = kind === 'undo' ? 'undone' : 'cancelled';
  // What no worker can ever own ends here, too.
  const absent = partitionsOf(command).filter((partition) => partition >= partitionCount);
  const back: OfflineMove[] = [
    ...(await undoOffline(where, command.id)),
    ...absent.map((partition) => ({ partition, window: undefined })),
  ];
  await desk.give(
    back.map(({ partition, window }) =>
      makeCommand({
        id: command.id,
        partner: command.partner,
        kind: 'progress',
        by: whoAmI(),
        progress: {
          partition,
          state,
          before: window?.resume ?? null,
          target: window?.target ?? null,
          until: window?.until ?? null,
          records: 0,
          failed: 0,
          passed: 0,
          detail: null,
        },
      }),
    ),
  );
  const begun = [...progress.values()].filter(({ partition }) => !back.some((one) => one.partition === partition));
  if (begun.length > 0) tell(`no worker of ${command.partner} runs: partitions that had begun end when one is started`);
}

function theReplay(desk: ControlDesk, id: string): CommandState {
  const found = desk.state.find(id);
  if (found?.command.kind === 'replay') return found;
  const ids = desk.state.list('replay').map(({ command }) => command.id);
  throw new EssError(
    'ESS_USAGE',
    `there is no replay "${id}": ${ids.length === 0 ? 'none was given' : didYouMean(id, ids)}`,
  );
}
