// Gives a replay: what it would do, whether to go on, the command, and how far it is.

import { approvalNeeded } from '@ess/domain/control/approval.ts';
import { ControlDesk } from '@ess/orders/desk.ts';
import { giveReplay, refuseSecondReplay } from '@ess/orders/replay/give-replay.ts';
import type { ReplayAsk } from '@ess/orders/replay/prepare-replay.ts';
import { prepareReplay, replayCommand } from '@ess/orders/replay/prepare-replay.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { whoAmI } from '@ess/runtime/who.ts';
import { openKafka } from '../../open-kafka.ts';
import { partnerSource } from '../../partner-source.ts';
import type { ProposeOptions } from '../../proposing.ts';
import { expiryOf, giveProposal } from '../../proposing.ts';
import { confirm } from '../../terminal/confirm.ts';
import { print, tell } from '../../terminal/print.ts';
import { previewLines, summaryLines } from './replay-show.ts';
import { followReplay } from './replay-watch.ts';

export interface GiveOptions extends ReplayAsk, ProposeOptions {
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly wait?: boolean;
  readonly connectors?: string;
}

export async function orderReplay(partner: string, options: GiveOptions): Promise<void> {
  const settings = loadSettings();
  expiryOf(options);
  const connector = await partnerSource(options.connectors ?? settings.connectors, partner, settings.registry);
  const { kafka, log } = await openKafka('ess-replay');
  await using desk = await ControlDesk.open(kafka, settings.registry);
  if (!options.propose) refuseSecondReplay(desk.state.active(partner, 'replay'));
  const admin = kafka.admin();
  await admin.connect();
  try {
    const prepared = await prepareReplay(partner, options, { kafka, admin, codec: desk.codec, connector });
    const { preview, order } = prepared;
    const show = options.dryRun ? print : tell;
    if (!options.json) for (const line of previewLines(preview)) show(line);
    if (options.dryRun && options.json) print(JSON.stringify({ partner, topic: order.topic, ...preview }));
    if (options.dryRun) return;
    if (preview.records === 0) {
      tell('nothing to replay');
      if (options.json) print(JSON.stringify({ id: null, partner, status: 'nothing to replay', preview }));
      return;
    }
    const { size } = prepared;
    const why = approvalNeeded({ connector, records: size, limit: settings.approvalRecords });
    const isProposed = (options.propose ?? false) || why !== undefined;
    const question = isProposed ? `Propose to replay` : `Replay`;
    if (!(await confirm(`${question} ${preview.inScope} records to ${partner}?`, options.yes, true)))
      return tell('nothing was done');

    const isOpen = !isProposed && !Number.isFinite(settings.approvalRecords);
    const command = replayCommand(prepared, whoAmI(), options.reason ?? null, isOpen);
    const { connectorDigest } = connector;
    if (isProposed)
      return await giveProposal(desk, { order: command, records: size, connector: connectorDigest, why }, options);
    const moved = await giveReplay(desk, { kafka, log }, prepared, command);
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
