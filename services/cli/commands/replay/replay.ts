// `ess replay`: sends a partner again what it was sent before, while its workers run. preview -> question -> command in
// ess.control -> the workers move their positions (worker/replay/replay-commands.ts) -> progress.
import { checkOptions } from '@ess/orders/replay/replay-order.ts';
import type { Command as Program } from 'commander';
import { InvalidArgumentError } from 'commander';
import { withPropose } from '../../proposing.ts';
import { orderReplay } from './replay-give.ts';
import { listReplays, showReplay, stopReplay } from './replay-manage.ts';

/** Unless told otherwise. At 500/s the p99 of a partner beside it doubled, at full speed it was 5 times as long (bench REPLAY). */
const RATE_PER_SECOND = 250;

export function addReplayCommand(program: Program): void {
  const replay = withPropose(program.command('replay'))
    .enablePositionalOptions() // the subcommands have options of the same names
    .description('sends a partner again what it was sent before, while its workers run')
    .argument('[partner]', 'folder under connectors/')
    .option('--since <time>', 'from the first record at or after it: 2026-11-22T10:00Z, ms since 1970, or 90m')
    .option('--from-offset <p:o>', 'one partition, from this offset')
    .option('--from-event <id>', 'the partition of this event, from it on')
    .option('--earliest', 'everything that retention has left')
    .option('--current', 'every rule in force, from rules.latest: for a new partner, or one that lost its data')
    .option('--until <time>', 'up to the first record at or after it; default: where the partner is now')
    .option('--key <rule>', 'only this rule: its id, or the key of its records as "ess tail" shows it')
    .option('--partitions <list>', 'only these, e.g. 0,3,5')
    .option('--new-ids', 'new webhook-ids, for a partner that would take the old ones for repeats')
    .option(
      '--rate <n/s>',
      'deliveries per second; max = as fast as the partner takes them, which others of the same workers feel',
      rate,
      RATE_PER_SECOND,
    )
    .option('--reason <text>', 'why; goes on record')
    .option('--clamp', 'begin at the nearest record when retention has taken the first ones')
    .option('--dry-run', 'only the preview')
    .option('--yes', 'do not ask')
    .option('--wait', 'return when it is through (on a terminal it always waits; Ctrl-C leaves it running)')
    .option('--connectors <dir>', 'folder of the connectors')
    .option('--json', 'one JSON object on one line')
    .addHelpText(
      'after',
      `
The newest version of a rule goes out last, whatever the range: a replay never leaves a partner behind.
One replay of a partner at a time: a second one is refused until the first is through or cancelled.

Examples:
  ess replay hospital --since 2h --dry-run
  ess replay hospital --since 2026-11-22T10:00Z --until 2026-11-22T12:00Z --reason "lost its disk" --yes --wait
  ess replay hospital --key wildfire-7 --earliest --yes
  ess replay new-clinic --current --rate 50/s --yes
  ess replay hospital --earliest --propose --expires 4h --reason "their ticket 4711" --yes
  ess replay list --partner hospital`,
    )
    .action(async (partner: string | undefined, options) => {
      if (partner === undefined) replay.help({ error: true });
      checkOptions(options);
      await orderReplay(partner as string, options);
    });

  replay
    .command('list')
    .description('replays that were given, oldest first')
    .option('--partner <name>', 'only of this partner')
    .option('--running', 'only those that run')
    .option('--connectors <dir>', 'folder of the connectors')
    .option('--json', 'one JSON object per line')
    .addHelpText('after', '\nExample:\n  ess replay list --partner hospital --running')
    .action(listReplays);
  replay
    .command('show')
    .description('one replay, partition by partition')
    .argument('<id>', 'as replay and list print it')
    .option('--connectors <dir>', 'folder of the connectors')
    .option('--json', 'one JSON object on one line')
    .addHelpText('after', '\nExample:\n  ess replay show a1b2c3d4')
    .action(showReplay);
  for (const kind of ['cancel', 'undo'] as const)
    replay
      .command(kind)
      .description(
        kind === 'cancel'
          ? 'ends a replay that runs: nothing more is sent again; the partner goes on where it was'
          : 'takes a replay that runs back: every position returns to where it was before',
      )
      .argument('<id>', 'as replay and list print it')
      .option('--reason <text>', 'why; goes on record')
      .option('--wait', 'return when every partition has stopped')
      .option('--connectors <dir>', 'folder of the connectors')
      .option('--json', 'one JSON object on one line')
      .addHelpText(
        'after',
        `
What is in flight settles, and rules of which an older version went out get their newest one once more.
Example:
  ess replay ${kind} a1b2c3d4 --wait`,
      )
      .action((id: string, options) => stopReplay(kind, id, options));
}

function rate(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY;
  const found = /^(\d+(?:\.\d+)?)(?:\/s)?$/.exec(text);
  if (!found || Number(found[1]) <= 0) throw new InvalidArgumentError('write e.g. 50/s, or max.');
  return Number(found[1]);
}
