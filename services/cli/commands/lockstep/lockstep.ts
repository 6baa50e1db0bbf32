// `ess lockstep`: which partner holds which version of which rule, by the view (services/view), built for this call.
import type { LockstepAnswer, Question } from '@ess/view/answer.ts';
import { shownOf } from '@ess/view/answer.ts';
import type { Command } from 'commander';
import { indexOf, keptView, toldByObserver, VIEW_TOPICS } from '../../kept-view.ts';
import { openKafka } from '../../open-kafka.ts';
import { outgoingConnectors } from '../../outgoing-connectors.ts';
import { clearScreen, print, printAll, tell } from '../../terminal/print.ts';
import type { Watch } from '../../terminal/watch.ts';
import { looksAgain, watchOption } from '../../terminal/watch.ts';
import type { Asked } from './lockstep-asked.ts';
import { hasDrift, isNobodysRule, momentOf } from './lockstep-asked.ts';
import { lockstepLines, noRule } from './lockstep-lines.ts';

interface Options {
  readonly rule?: string;
  readonly drifted?: boolean;
  readonly all?: boolean;
  readonly at?: string;
  readonly watch?: Watch;
  readonly failOnDrift?: boolean;
  readonly connectors?: string;
  readonly json?: boolean;
}

export function addLockstepCommand(program: Command): void {
  program
    .command('lockstep')
    .description('which partner holds which version of which rule: what drifts, since when, and why')
    .argument('[partners...]', 'folders under connectors/; default: every one that delivers or streams')
    .option('--rule <id>', 'this rule at every partner, in step or not')
    .option('--drifted', 'only partners with a rule that drifts, and their rules')
    .option('--all', 'every rule, not only those that drift')
    .option('--at <time>', 'what each partner held then, from the audit: a time, or a duration such as 90m')
    .addOption(watchOption())
    .option('--fail-on-drift', 'exit code 1 when anything that is shown drifts, or a partner is left out')
    .option('--connectors <dir>', 'folder of the connectors')
    .option('--json', 'one JSON object on one line')
    .addHelpText(
      'after',
      `
Everything that a partner does not hold as it is in force drifts, but for what was published a moment ago (inFlight), and what
the partner need not hold (outOfScope, withdrawn). docs/lockstep.md says what each state means and what to do.

Examples:
  ess lockstep
  ess lockstep hospital --watch
  ess lockstep --rule wf-2291
  ess lockstep hospital --at 2026-11-24T03:12Z --all
  ess lockstep --json | jq '.cells[] | select(.state == "deadLettered")'
  ess lockstep --fail-on-drift || page-somebody`,
    )
    .action(lockstep);
}

async function lockstep(names: readonly string[], options: Options): Promise<void> {
  const atMs = momentOf(options);
  const { kafka, settings, log } = await openKafka('ess-lockstep', VIEW_TOPICS);
  const { registry } = settings;
  const { connectors, leftOut } = await outgoingConnectors(options.connectors ?? settings.connectors, names, registry);
  const { createProgress } = await import('@ess/infra/local/machine/progress.ts');
  const progress = createProgress();
  const onProgress = (done: number, of: number, records = 0) =>
    progress.show(`reading topics: ${done} of ${of}${records > 0 ? `, ${records} records` : ''}`);
  const question: Question = {
    ...(options.rule !== undefined && { rule: options.rule }),
    ...(options.all && { all: true }),
    ...(options.drifted && { drifted: true }),
  };
  if (atMs !== undefined) {
    const { pastAnswer } = await import('@ess/view/past.ts');
    const past = { kafka, registry, connectors, atMs, log, ...indexOf(settings), onProgress };
    const answer = await pastAnswer(past, question);
    progress.end();
    const judged = connectors.filter(({ deliver }) => deliver);
    const streaming = connectors.filter(({ deliver }) => !deliver).map(({ partner }) => partner);
    const shown = shownOf(
      { ...answer, notKnown: [...(answer.notKnown ?? []), ...streaming.map(notOnRecord)] },
      question,
    );
    return show(shown, options, { question, judged: judged.length, leftOut: [...leftOut, ...streaming] });
  }
  const asked: Asked = { question, judged: connectors.length, leftOut };
  const told =
    options.watch === undefined ? await toldByObserver(kafka, settings, log, connectors, question) : undefined;
  if (told) {
    progress.end();
    return show(told, options, asked);
  }
  const { View } = await import('@ess/view/view.ts');
  await using view = await View.open({ kafka, registry, connectors, onProgress, log, ...keptView(settings) });
  progress.end();
  for (;;) {
    if (options.watch !== undefined) clearScreen();
    await show(view.answer(question), options, asked);
    if (!(await looksAgain(options.watch))) return;
  }
}

async function show(answer: LockstepAnswer, { json, watch, failOnDrift }: Options, asked: Asked): Promise<void> {
  if (json) print(JSON.stringify(answer));
  else await printAll(lockstepLines(answer, asked));
  if (watch !== undefined) return;
  const isNobodys = isNobodysRule(answer, asked);
  if (isNobodys && json) tell(noRule(asked.question));
  if (isNobodys || (failOnDrift && hasDrift(answer, asked))) process.exitCode = 1;
}

const notOnRecord = (partner: string): string =>
  `${partner} is left out: it only streams, and what its clients had at a past time is on record nowhere`;
