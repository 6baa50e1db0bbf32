// `ess approve`: the second person looks at what was frozen, and lets it run.

import { timeText } from '@ess/domain/text/moment.ts';
import type { Proposed, Today } from '@ess/orders/approval.ts';
import { approve, approvedBy, changedSince, lookAt, refuseChanged, theProposal } from '@ess/orders/approval.ts';
import { ControlDesk } from '@ess/orders/desk.ts';
import { lettersOf } from '@ess/orders/letters/letters.ts';
import { RedrivePlanner } from '@ess/orders/letters/redrive-plan.ts';
import { giveReplay } from '@ess/orders/replay/give-replay.ts';
import { previewOrder } from '@ess/orders/replay/prepare-replay.ts';
import type { Settings } from '@ess/runtime/settings/settings.ts';
import { whoAmI } from '@ess/runtime/who.ts';
import type { GroupView } from '@ess/stream/group/group-view.ts';
import type { Admin, Kafka } from '@ess/stream/kafkajs/client.ts';
import type { Command } from 'commander';
import { openKafka } from '../../open-kafka.ts';
import { partnerSource } from '../../partner-source.ts';
import { confirm } from '../../terminal/confirm.ts';
import { print, tell } from '../../terminal/print.ts';
import { LETTER_HEADER, letterLine } from '../dead-letters/letter-table.ts';
import { tellPlan } from '../dead-letters/redrive-give.ts';
import { tellAbsentWorkers } from '../dead-letters/redrive-watch.ts';
import { previewLines } from '../replay/replay-show.ts';
import { proposalJson, proposalTable } from './proposal-lines.ts';

interface ApproveOptions {
  readonly digest?: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly connectors?: string;
  readonly json?: boolean;
}

/** Letters that a preview shows. */
const SHOWN = 20;

export function addApproveCommand(program: Command): void {
  program
    .command('approve')
    .description('lets a replay, redrive or drop run that somebody else has proposed')
    .argument('<id>', 'as "ess proposals" lists it')
    .option('--digest <hex>', 'of what you have looked at, at least twelve characters: another one is refused')
    .option('--reason <text>', 'why; goes on record')
    .option('--dry-run', 'only the preview')
    .option('--yes', 'do not ask')
    .option('--connectors <dir>', 'folder of the connectors')
    .option('--json', 'one JSON object on one line')
    .addHelpText(
      'after',
      `
It runs exactly what was frozen when it was proposed. Your own proposals are refused unless you only look (--dry-run), and so is one whose
partner has a connector by now that sends something else: propose it anew.

Examples:
  ess approve a1b2c3d4 --dry-run
  ess approve a1b2c3d4 --digest 3f9c2e17aa04 --reason "their ticket 4711" --yes`,
    )
    .action(run);
}

async function run(id: string, options: ApproveOptions): Promise<void> {
  const { kafka, settings, log } = await openKafka('ess-approve');
  await using desk = await ControlDesk.open(kafka, settings.registry);
  const found = theProposal(desk.state, id);
  const approval = () => approve(desk.state, id, whoAmI(), options.digest, options.reason ?? null);
  // What hinders is told before anything is read. Looking is for everybody, also for who has proposed it.
  if (options.dryRun) lookAt(desk.state, id, options.digest);
  else approval();
  const admin = kafka.admin();
  await admin.connect();
  try {
    const { view, today } = await preview(found, desk, { kafka, admin, settings, options });
    if (options.dryRun && options.json)
      print(JSON.stringify({ ...proposalJson(found), changed: changedSince(found, today) ?? null }));
    refuseChanged(found, today);
    if (options.dryRun) return;
    const { partner, by } = found.command;
    const { kind, records } = found.proposal;
    if (
      !(await confirm(`Let the ${kind} of ${records} records of ${partner} run, as ${by} proposed?`, options.yes, true))
    )
      return tell('nothing was done');
    if (view) {
      const moved = await giveReplay(desk, { kafka, log }, { view }, approval());
      if (moved) tell(`no worker of ${partner} runs: the positions are moved, "ess worker ${partner}" sends`);
    } else {
      const command = approval();
      await tellAbsentWorkers(kafka, [partner]);
      await desk.give([command]);
      approvedBy(desk.state, command);
    }
    const now = desk.state.find(id);
    const how =
      kind === 'replay' ? `"ess replay show ${id}" says how far it is` : '"ess proposals --all" says how it ended';
    if (options.json) print(JSON.stringify(now && proposalJson(now)));
    else print(`${id}  ${partner}  approved: ${how}`);
  } finally {
    await admin.disconnect();
  }
}

interface Looks {
  readonly kafka: Kafka;
  readonly admin: Admin;
  readonly settings: Settings;
  readonly options: ApproveOptions;
}

interface Looked {
  readonly today: Today;
  /** The group of a replay's partner. */
  readonly view?: GroupView;
}

async function preview(found: Proposed, desk: ControlDesk, looks: Looks): Promise<Looked> {
  const { command, proposal } = found;
  const { kafka, admin, settings, options } = looks;
  const show = options.dryRun && !options.json ? print : tell;
  for (const line of proposalTable([found])) show(line);
  show(`proposed by ${command.by} at ${timeText(command.at)}, digest ${proposal.digest}`);
  const connector = await partnerSource(options.connectors ?? settings.connectors, command.partner, settings.registry);
  if (changedSince(found, { connector }) !== undefined) return { today: { connector } };
  if (command.replay) {
    const { codec } = desk;
    const replay = await previewOrder(command.partner, command.replay, { kafka, admin, codec, connector });
    for (const line of previewLines(replay.preview)) show(line);
    return { view: replay.view, today: { connector, size: replay.size } };
  }
  const planner = new RedrivePlanner({ limit: Number.POSITIVE_INFINITY, force: true });
  show(LETTER_HEADER);
  let [read, changed] = [0, 0];
  for await (const page of lettersOf(kafka, desk.codec, command))
    for (const letter of page) {
      read += 1;
      if (letter.fate.state !== 'parked') changed += 1;
      if (read <= SHOWN) show(letterLine(letter));
      planner.add(letter);
    }
  if (changed > 0) show(`${changed} of them are not parked any more: they are left as they are`);
  tellPlan(proposal.kind, planner.plan, Number.POSITIVE_INFINITY);
  return { today: { connector } };
}
