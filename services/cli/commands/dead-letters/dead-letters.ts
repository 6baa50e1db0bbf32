// `ess dead-letters`: what was parked, whole; send it once more, or let it go.
import { REDRIVE_LETTERS_MAX, REDRIVEN_TIMES_MAX } from '@ess/domain/delivery/dead-letters.ts';
import { type Command, InvalidArgumentError } from 'commander';
import { withPropose } from '../../proposing.ts';
import { STATES } from './letter-options.ts';
import { listLetters, showLetter } from './letters-show.ts';
import { orderCancel, orderDrop, orderRedrive } from './redrive-give.ts';

const PAGE = 100;
const REDRIVE_LIMIT = 10_000;

export function addDeadLettersCommand(program: Command): void {
  const command = program
    .command('dead-letters')
    .description('records that were parked: list, show, redrive or drop them')
    .addHelpText(
      'after',
      '\nExamples:\n  ess dead-letters list\n  ess dead-letters redrive --partner hospital --dry-run',
    );

  filtered(command.command('list'))
    .description('oldest first; by default those that are parked or being redriven')
    .option('--state <state>', `one of ${STATES.join(', ')}, or all`)
    .option('--limit <n>', 'how many; 0 = all', count, PAGE)
    .addHelpText(
      'after',
      `
Examples:
  ess dead-letters list
  ess dead-letters list --partner hospital --reason status-422 --since 24h
  ess dead-letters list --state all --limit 0 --json | jq -r .ruleId | sort | uniq -c`,
    )
    .action(listLetters);

  command
    .command('show')
    .description('one letter in full: the record, its headers, why it was parked and what was done since')
    .argument('<position>', 'topic:partition:offset, as list shows it')
    .option('--partner <name>', 'when two partners parked the same record')
    .option('--connectors <dir>', 'folder of the connectors')
    .option('--json', 'one JSON object on one line')
    .addHelpText('after', '\nExample:\n  ess dead-letters show rules:3:1042')
    .action(showLetter);

  changing(command.command('redrive'))
    .description('sends letters once more, each through the lane of its rule, in the order in which they were parked')
    .option('--limit <n>', `letters at most, up to ${REDRIVE_LETTERS_MAX}`, count, REDRIVE_LIMIT)
    .option('--force', `also what was redriven ${REDRIVEN_TIMES_MAX} times, or is older than what the partner has`)
    .addHelpText(
      'after',
      `
Letters whose rule the partner has acked in the same or a newer version are marked superseded, not sent.
What is refused again is parked again; 10 in a row with no success between them end the redrive.
Exit 0: all got through or needed nothing. 1: some were refused again.

Examples:
  ess dead-letters redrive --partner hospital --reason status-422 --dry-run
  ess dead-letters redrive --partner hospital --reason status-422 --yes
  ess dead-letters redrive rules:3:1042 rules:3:1050 --why "mapping mended" --yes`,
    )
    .action(orderRedrive);

  changing(command.command('drop'))
    .description('marks letters as dropped: they stay on record, and are neither listed as parked nor redriven')
    .option('--limit <n>', `letters at most, up to ${REDRIVE_LETTERS_MAX}`, count, REDRIVE_LIMIT)
    .addHelpText(
      'after',
      '\nA worker of the partner carries it out: with none running it waits for one.\nExample:\n  ess dead-letters drop --reason tombstone --since 7d --why "test data" --yes',
    )
    .action(orderDrop);

  command
    .command('cancel')
    .description('ends a redrive or drop that runs: what it has not come to yet stays parked')
    .argument('<id>', 'as redrive or drop printed it')
    .option('--json', 'one JSON object')
    .addHelpText('after', '\nExample:\n  ess dead-letters cancel redrive-k3x9')
    .action(orderCancel);
}

function filtered(command: Command): Command {
  return command
    .option('--partner <name>', 'only of this partner')
    .option('--reason <code>', 'only parked for this, e.g. status-422, mapping, exhausted')
    .option('--rule <id>', 'only of this rule')
    .option('--since <time>', 'parked since then: a time, or a duration such as 90m')
    .option('--until <time>', 'parked before then')
    .option('--connectors <dir>', 'folder of the connectors')
    .option('--json', 'JSON, one object per line');
}

function changing(command: Command): Command {
  return withPropose(
    filtered(command.argument('[positions...]', 'topic:partition:offset, as list shows it; default: by the options')),
  )
    .option('--no-wait', 'return when the command is on record; it is carried out all the same')
    .option('--all', 'every letter that is parked')
    .option('--why <text>', 'goes on record')
    .option('--dry-run', 'only say what it would do')
    .option('--yes', 'do not ask');
}

function count(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number is wanted.');
}
