// `ess logs --explain EVENT`: what a line of the log means, and what is to be done about it.
import { EssError } from '@ess/domain/text/error.ts';
import { nearest } from '@ess/domain/text/nearest.ts';
import type { LogEvent } from '@ess/runtime/log/events/event.ts';
import { EVENTS } from '@ess/runtime/log/events/events.ts';
import type { Command } from 'commander';
import { print } from '../../terminal/print.ts';
import { table } from '../../terminal/table.ts';

interface Options {
  /** true: all of them. */
  readonly explain?: string | true;
  readonly json?: true;
}

export function addLogsCommand(program: Command): void {
  program
    .command('logs')
    .description('what the events in the logs mean, and what to do about them')
    .option('--explain [event]', 'the msg of a line; without it all are listed')
    .option('--json', 'one JSON object per line, one for each event')
    .addHelpText('after', '\nExamples:\n  ess logs --explain partner.held\n  ess logs --json')
    .action(logs);
}

function logs({ explain, json }: Options): void {
  if (typeof explain === 'string') return explained(explain, json ?? false);
  const all = Object.entries(EVENTS).sort(([a], [b]) => (a < b ? -1 : 1));
  if (json) {
    for (const [name, event] of all) print(JSON.stringify({ event: name, ...event }));
    return;
  }
  const rows = all.map(([name, { levels, means }]) => [name, levels.join(','), means]);
  for (const line of table([['EVENT', 'LEVEL', 'WHAT IT MEANS'], ...rows])) print(line);
}

function explained(name: string, json: boolean): void {
  const event: LogEvent | undefined = Object.hasOwn(EVENTS, name) ? EVENTS[name] : undefined;
  if (!event) {
    const near = nearest(name, Object.keys(EVENTS));
    const remedy = near === undefined ? '"ess logs" lists them all' : `did you mean "${near}"?`;
    throw new EssError('ESS_USAGE', `no event is called "${name}": ${remedy}`);
  }
  if (json) return print(JSON.stringify({ event: name, ...event }));
  print(`${name} (${event.levels.join(', ')})`);
  print(event.means);
  if (event.todo !== undefined) print(`To do: ${event.todo}`);
  if (event.fields.length > 0) print(`Fields: ${event.fields.join(', ')}`);
}
