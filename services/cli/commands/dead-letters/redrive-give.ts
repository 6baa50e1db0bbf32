// `ess dead-letters redrive`, `drop` and `cancel`: what is changed is named, previewed and asked for, then put on record.

import { REDRIVE_LETTERS_MAX, REDRIVEN_TIMES_MAX } from '@ess/domain/delivery/dead-letters.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { timeText } from '@ess/domain/text/moment.ts';
import { ControlDesk } from '@ess/orders/desk.ts';
import { dropLetters } from '@ess/orders/letters/drop-letters.ts';
import type { RedriveResult } from '@ess/orders/letters/give-redrive.ts';
import { cancelRedrive } from '@ess/orders/letters/give-redrive.ts';
import type { RedrivePlan } from '@ess/orders/letters/redrive-plan.ts';
import { planRedrive, planSummary, redriveCommands } from '@ess/orders/letters/redrive-plan.ts';
import { compilePartner } from '@ess/runtime/connectors/connector-folder.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { confirm } from '../../terminal/confirm.ts';
import { print, tell } from '../../terminal/print.ts';
import { whoAmI } from '../../terminal/who.ts';
import type { ChangeOptions } from './letter-options.ts';
import { changeFilter, connectorsRoot, openLetters } from './letter-options.ts';
import { giveAndWatch, tellAbsentWorkers } from './redrive-watch.ts';

export async function orderRedrive(
  positions: string[],
  options: ChangeOptions & { force?: boolean; wait: boolean },
): Promise<void> {
  if (options.limit < 1 || options.limit > REDRIVE_LETTERS_MAX)
    throw new EssError('ESS_USAGE', `--limit must be from 1 to ${REDRIVE_LETTERS_MAX}: redrive the rest afterwards`);
  const filter = changeFilter(positions, options);
  const { kafka, codec } = await openLetters();
  const force = options.force ?? false;
  const root = connectorsRoot(options);
  const { limit } = options;
  const plan = await planRedrive(kafka, codec, filter, {
    limit,
    force,
    sourceTopic: (name) => sourceTopic(root, name),
  });
  if (plan.elsewhere > 0) tell(`${plan.elsewhere} are of a topic that no connector reads any more: they stay parked`);
  tellPlan('redrive', plan, limit);
  if (options.json && (options.dryRun || plan.letters.length === 0)) print(JSON.stringify(planSummary(plan)));
  if (options.dryRun || plan.letters.length === 0) return;
  if (!(await confirm(`Redrive ${plan.letters.length} letters?`, options.yes))) return tell('nothing was done');

  const commands = redriveCommands(plan, {
    by: whoAmI(),
    why: options.why ?? null,
    reason: options.reason ?? null,
    ruleId: options.rule ?? null,
    sinceMs: filter.sinceMs ?? null,
    untilMs: filter.untilMs ?? null,
    limit,
    force,
  });
  await tellAbsentWorkers(kafka, plan.byPartner.keys());
  const results = await giveAndWatch(kafka, commands, options.wait);
  for (const result of results) print(options.json ? JSON.stringify(result) : summary(result));
  const wrong = ({ status, failed, stopped }: RedriveResult) =>
    status === 'refused' || status === 'cancelled' || failed > 0 || stopped.length > 0;
  if (results.some(wrong)) process.exitCode = 1;
}

export async function orderDrop(positions: string[], options: ChangeOptions): Promise<void> {
  const filter = changeFilter(positions, options);
  const { kafka, codec } = await openLetters();
  const plan = await planRedrive(kafka, codec, filter, { limit: options.limit, force: true });
  tellPlan('drop', plan, options.limit);
  if (options.json) print(JSON.stringify(planSummary(plan)));
  if (options.dryRun || plan.letters.length === 0) return;
  if (!(await confirm(`Drop ${plan.letters.length} letters?`, options.yes))) return tell('nothing was done');
  await dropLetters(kafka, codec, plan, whoAmI(), options.why ?? null);
  if (!options.json) print(`${plan.letters.length} dropped`);
}

export async function orderCancel(id: string, options: { json?: boolean }): Promise<void> {
  const { kafka } = await openLetters();
  await using desk = await ControlDesk.open(kafka, loadSettings().registry);
  const partner = await cancelRedrive(desk, id, whoAmI());
  print(options.json ? JSON.stringify({ id, partner, cancelled: true }) : `${id} of ${partner} ends`);
}

/** The topic that a partner reads; undefined when it has no connector any more. */
function sourceTopic(root: string, partner: string): string | undefined {
  try {
    return compilePartner(root, partner, { withoutEnv: true }).connector?.source.topic;
  } catch {
    return undefined;
  }
}

function tellPlan(verb: string, plan: RedrivePlan, limit: number): void {
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

function summary({ id, partner, status, selected, redriven, failed, passed, stopped }: RedriveResult): string {
  if (status === 'refused') return `${id}  ${partner}  refused: another redrive was given at the same moment`;
  const rest = selected - redriven - failed - passed;
  return [
    `${id}  ${partner}  ${status}: ${redriven} of ${selected} delivered`,
    ...(failed > 0 ? [`${failed} refused again`] : []),
    ...(passed > 0 ? [`${passed} superseded or out of scope`] : []),
    ...(status !== 'running' && rest > 0 ? [`${rest} not sent`] : []),
    ...stopped,
  ].join(', ');
}
