// Gives a replay: what it would do, whether to go on, the command, and how far it is.

import { randomBytes } from 'node:crypto';
import type { CommandState } from '@ess/domain/control/control-state.ts';
import { makeCommand } from '@ess/domain/control/control-state.ts';
import { emptyAttempt } from '@ess/domain/delivery/audit-row.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import { viewGroup } from '@ess/stream/group/group-view.ts';
import type { OutboxRecord } from '@ess/stream/write/outbox.ts';
import { ControlDesk } from '../../control-desk.ts';
import { openKafka } from '../../open-kafka.ts';
import { partnerSource } from '../../partner-source.ts';
import { confirm } from '../../terminal/confirm.ts';
import { print, tell } from '../../terminal/print.ts';
import { whoAmI } from '../../terminal/who.ts';
import { moveOffline } from './offline-move.ts';
import type { ReplayOptions } from './replay-order.ts';
import { findTargets } from './replay-order.ts';
import { previewReplay } from './replay-preview.ts';
import { previewLines, summaryLines } from './replay-show.ts';
import { followReplay } from './replay-watch.ts';

export interface GiveOptions extends ReplayOptions {
  readonly newIds?: boolean;
  /** Per second; Infinity: no limit. */
  readonly rate: number;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly wait?: boolean;
  readonly connectors?: string;
  readonly json?: boolean;
}

export async function giveReplay(partner: string, options: GiveOptions): Promise<void> {
  const settings = loadSettings();
  const connector = await partnerSource(options.connectors ?? settings.connectors, partner, settings.registry);
  const { topic, reads } = connector.source;
  if (options.current && topic !== 'rules')
    throw new EssError('ESS_USAGE', `${partner} reads ${topic}: only rules has rules.latest, which --current reads`);
  const { kafka, log } = await openKafka('ess-replay');
  await using desk = await ControlDesk.open(kafka, settings.registry);
  refuseSecond(desk.state.active(partner, 'replay'));
  const admin = kafka.admin();
  await admin.connect();
  try {
    const groupId = `ess.${partner}`;
    const view = await viewGroup(admin, groupId, topic);
    const targets = await findTargets(options, { kafka, admin, codec: desk.codec, topic, reads, view });
    const key = options.key ?? null;
    const current = options.current ?? false;
    const ratePerSecond = Number.isFinite(options.rate) ? options.rate : null;
    const preview = await previewReplay(targets, {
      kafka,
      codec: desk.codec,
      connector,
      view,
      key,
      current,
      ratePerSecond,
    });
    const show = options.dryRun ? print : tell;
    if (!options.json) for (const line of previewLines(preview)) show(line);
    if (options.dryRun && options.json) print(JSON.stringify({ partner, topic, ...preview }));
    if (options.dryRun) return;
    if (preview.records === 0) {
      tell('nothing to replay');
      if (options.json) print(JSON.stringify({ id: null, partner, status: 'nothing to replay', preview }));
      return;
    }
    if (!(await confirm(`Replay ${preview.inScope} records to ${partner}?`, options.yes)))
      return tell('nothing was done');

    const wanted = targets.filter(({ target, until }) => current || target < until);
    const command = makeCommand({
      id: randomBytes(4).toString('hex'),
      partner,
      kind: 'replay',
      by: whoAmI(),
      reason: options.reason ?? null,
      replay: {
        topic,
        partitions: wanted.map(({ partition, target, until, before }) => ({
          partition,
          target,
          until: until < before ? until : null,
        })),
        key,
        current,
        newIds: options.newIds ?? false,
        ratePerSecond,
      },
    });
    await desk.give([command]);
    const given = desk.state.find(command.id);
    refuseSecond(given?.refusedFor === undefined ? undefined : desk.state.find(given.refusedFor));
    const moved = view.members.length === 0 && (await moveByOurselves(command, { kafka, groupId, topic, log }, desk));
    const wait = (options.wait ?? false) || (process.stderr.isTTY === true && !moved);
    if (moved) tell(`no worker of ${partner} runs: the positions are moved, "ess worker ${partner}" sends`);
    const summary = await followReplay(desk, admin, command.id, wait);
    if (options.json) print(JSON.stringify({ ...summary, preview }));
    else if (wait) for (const line of summaryLines(summary)) print(line);
    else print(`${command.id}  ${partner}  ${summary.status}: "ess replay show ${command.id}" says how far it is`);
    if (wait && summary.status !== 'completed') process.exitCode = 1;
  } finally {
    await admin.disconnect();
  }
}

function refuseSecond(running: CommandState | undefined): void {
  if (!running) return;
  const { id, partner, at, by } = running.command;
  throw new EssError(
    'ESS_CONFLICT',
    `replay ${id} of ${partner} runs since ${timeText(at)}, ordered by ${by}: wait for it ("ess replay show ${id}"), or end it with "ess replay cancel ${id}"`,
  );
}

async function moveByOurselves(
  command: Command,
  where: Parameters<typeof moveOffline>[0],
  desk: ControlDesk,
): Promise<boolean> {
  const moves = await moveOffline(where, command);
  if (moves.length === 0) return false;
  const encode = await desk.codec.encoder('ess.audit-value', readSchema('ess.audit') as object);
  const { id, partner, by, reason } = command;
  const progress: Command[] = [];
  const rows: OutboxRecord[] = [];
  for (const { partition, window } of moves) {
    const { target = null, until = null, resume: before = null } = window ?? {};
    progress.push(
      makeCommand({
        id,
        partner,
        kind: 'progress',
        by,
        progress: {
          partition,
          state: window ? 'moved' : 'unchanged',
          before,
          target,
          until,
          records: 0,
          failed: 0,
          passed: 0,
          detail: null,
        },
      }),
    );
    if (!window) continue;
    const row = emptyAttempt({ partner, topic: where.topic, partition, offset: window.target, worker: by });
    const why = `replay ordered by ${by}${reason === null ? '' : ` (${reason})`}`;
    const value = encode({ ...row, outcome: 'moved', reason: why, replayId: id, lastOffset: window.resume });
    rows.push({ topic: 'ess.audit', key: `${partner}/`, value });
  }
  await desk.give(progress, rows);
  return true;
}
