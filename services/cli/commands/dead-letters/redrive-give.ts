// `ess dead-letters redrive`, `drop` and `cancel`: what is changed is named, previewed and asked for, then put on record.

import type { Connector } from '@ess/domain/connector/connector.ts';
import { approvalNeeded, letterCount } from '@ess/domain/control/approval.ts';
import { REDRIVE_LETTERS_MAX, REDRIVEN_TIMES_MAX } from '@ess/domain/delivery/dead-letters.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import { ControlDesk } from '@ess/orders/desk.ts';
import { refusedInPart } from '@ess/orders/in-part.ts';
import type { RedriveResult } from '@ess/orders/letters/give-redrive.ts';
import { cancelRedrive } from '@ess/orders/letters/give-redrive.ts';
import type { RedrivePlan } from '@ess/orders/letters/redrive-plan.ts';
import {
  dropCommands,
  planRedrive,
  planSummary,
  redriveCommands,
  refuseUndelivered,
} from '@ess/orders/letters/redrive-plan.ts';
import { compilePartner } from '@ess/runtime/connectors/connector-folder.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { whoAmI } from '@ess/runtime/who.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { partnerSource } from '../../partner-source.ts';
import type { ProposeOptions } from '../../proposing.ts';
import { expiryOf, giveProposal } from '../../proposing.ts';
import { confirm } from '../../terminal/confirm.ts';
import { print, tell } from '../../terminal/print.ts';
import type { ChangeOptions } from './letter-options.ts';
import { changeFilter, connectorsRoot, openLetters } from './letter-options.ts';
import { giveAndWatch, tellAbsentWorkers } from './redrive-watch.ts';

type OrderOptions = ChangeOptions & ProposeOptions & { wait: boolean };

export async function orderRedrive(positions: string[], options: OrderOptions & { force?: boolean }): Promise<void> {
  if (options.limit < 1 || options.limit > REDRIVE_LETTERS_MAX)
    throw new EssError('ESS_USAGE', `--limit must be from 1 to ${REDRIVE_LETTERS_MAX}: redrive the rest afterwards`);
  await order('redrive', positions, { ...options, force: options.force ?? false });
}

export async function orderDrop(positions: string[], options: OrderOptions): Promise<void> {
  if (options.limit < 1 || options.limit > REDRIVE_LETTERS_MAX)
    throw new EssError('ESS_USAGE', `--limit must be from 1 to ${REDRIVE_LETTERS_MAX}: drop the rest afterwards`);
  await order('drop', positions, { ...options, force: true });
}

async function order(
  kind: 'redrive' | 'drop',
  positions: string[],
  options: OrderOptions & { force: boolean },
): Promise<void> {
  expiryOf(options);
  const filter = changeFilter(positions, options);
  const { kafka, codec } = await openLetters();
  const connectorOf = knownConnectors(connectorsRoot(options));
  const { limit, force } = options;
  // What is dropped may be of a topic that nobody reads any more.
  const sources = kind === 'drop' ? {} : { sourceTopic: (name: string) => connectorOf(name)?.source.topic };
  const plan = await planRedrive(kafka, codec, filter, { limit, force, ...sources });
  if (plan.elsewhere > 0) tell(`${plan.elsewhere} are of a topic that no connector reads any more: they stay parked`);
  tellPlan(kind, plan, limit);
  if (options.json && (options.dryRun || plan.letters.length === 0)) print(JSON.stringify(planSummary(plan)));
  if (options.dryRun || plan.letters.length === 0) return;
  refuseUndelivered(kind, plan, connectorOf);
  const asks = kind === 'drop' ? 'Drop' : 'Redrive';
  if (!(await confirm(`${asks} ${plan.letters.length} letters?`, options.yes, true))) return tell('nothing was done');

  const made = kind === 'drop' ? dropCommands : redriveCommands;
  const commands = made(plan, {
    by: whoAmI(),
    why: options.why ?? null,
    reason: options.reason ?? null,
    ruleId: options.rule ?? null,
    sinceMs: filter.sinceMs ?? null,
    untilMs: filter.untilMs ?? null,
    limit,
    force,
  });
  const given = await proposeSome(kafka, commands, connectorOf, options);
  if (given.length === 0) return;
  const idle = await tellAbsentWorkers(kafka, new Set(given.map(({ partner }) => partner)));
  // Nobody is kept waiting for somebody to start a worker for what is to be let go.
  const wait = options.wait && (kind === 'redrive' || idle.length === 0);
  const results = await giveAndWatch(kafka, given, wait);
  for (const result of results) print(options.json ? JSON.stringify(result) : summary(result));
  const wrong = ({ status, failed, stopped }: RedriveResult) =>
    status === 'refused' || status === 'cancelled' || failed > 0 || stopped.length > 0;
  if (results.some(wrong)) process.exitCode = 1;
}

/** @returns the commands that may be given at once; the others were proposed */
async function proposeSome(
  kafka: Kafka,
  commands: readonly Command[],
  connectorOf: (partner: string) => Connector | undefined,
  options: OrderOptions,
): Promise<Command[]> {
  const settings = loadSettings();
  const root = connectorsRoot(options);
  const needs = (command: Command) => {
    const connector = connectorOf(command.partner) ?? { partner: command.partner };
    return approvalNeeded({ connector, records: letterCount(command), limit: settings.approvalRecords });
  };
  const proposed = commands.filter((command) => options.propose || needs(command) !== undefined);
  if (proposed.length > 0) {
    await using desk = await ControlDesk.open(kafka, settings.registry);
    for (const order of proposed) {
      const sends = order.kind === 'redrive' && (await partnerSource(root, order.partner, settings.registry));
      const connector = sends ? sends.connectorDigest : undefined;
      await giveProposal(desk, { order, records: letterCount(order), connector, why: needs(order) }, options);
    }
  }
  return commands.filter((command) => !proposed.includes(command));
}

export async function orderCancel(id: string, options: { json?: boolean }): Promise<void> {
  const { kafka } = await openLetters();
  await using desk = await ControlDesk.open(kafka, loadSettings().registry);
  const partner = await cancelRedrive(desk, id, whoAmI());
  print(options.json ? JSON.stringify({ id, partner, cancelled: true }) : `${id} of ${partner} ends`);
}

/** Undefined for a partner that has no connector any more. */
function knownConnectors(root: string): (partner: string) => Connector | undefined {
  const known = new Map<string, Connector | undefined>();
  return (partner) => {
    if (!known.has(partner)) known.set(partner, connectorAt(root, partner));
    return known.get(partner);
  };
}

function connectorAt(root: string, partner: string): Connector | undefined {
  try {
    return compilePartner(root, partner, { withoutEnv: true }).connector;
  } catch {
    return undefined;
  }
}

export function tellPlan(verb: string, plan: RedrivePlan, limit: number): void {
  const { letters, guarded, beyond, shortened, byPartner } = plan;
  const [oldest, newest] = [letters[0], letters.at(-1)];
  tell(`to ${verb}: ${letters.length} letters`);
  for (const [partner, reasons] of byPartner)
    for (const [reason, many] of reasons) tell(`  ${partner.padEnd(16)} ${reason.padEnd(16)} ${many}`);
  if (oldest && newest)
    tell(`  parked from ${timeText(oldest.letter.parkedAt)} to ${timeText(newest.letter.parkedAt)}`);
  if (shortened > 0 && verb === 'redrive')
    tell(`${shortened} were too large to be kept whole: they go out if the source topic still has their records`);
  if (beyond > 0) tell(`${beyond} more are beyond --limit ${limit}`);
  if (guarded > 0) tell(`${guarded} were redriven ${REDRIVEN_TIMES_MAX} times already: they need --force`);
}

function summary(result: RedriveResult): string {
  const { id, partner, status, selected, redriven, dropped, failed, passed, stopped, partitions } = result;
  const inPart = refusedInPart(partitions);
  if (status === 'refused' && inPart === undefined)
    return `${id}  ${partner}  refused: ${stopped.join(', ') || 'another one was given at the same moment'}`;
  const rest = selected - redriven - dropped - failed - passed;
  const isDrop = dropped > 0 || id.startsWith('drop-');
  return [
    `${id}  ${partner}  ${status}: ${isDrop ? `${dropped} of ${selected} dropped` : `${redriven} of ${selected} delivered`}`,
    ...(failed > 0 ? [`${failed} refused again`] : []),
    ...(passed > 0 ? [`${passed} superseded or out of scope`] : []),
    ...(status !== 'running' && rest > 0 ? [`${rest} not sent`] : []),
    ...(inPart === undefined ? stopped : [inPart]),
  ].join(', ');
}
