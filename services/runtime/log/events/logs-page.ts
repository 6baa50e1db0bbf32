// docs/logs.md, made of the events themselves.
import { EVENT_GROUPS } from './events.ts';

const HEAD = `# Logs

Every program writes JSON lines to stderr, \`ess serve\` those of all to stdout: \`time\`, \`level\`, \`program\`, \`msg\` and fields. \`msg\` is the name of an event, and each event is
explained here. \`ess logs --explain EVENT\` prints the same. Where a record belongs to a trace, \`trace_id\` and \`span_id\` say which ([traces.md](traces.md)).
\`ESS_LOG_LEVEL\` leaves out what is below it. A line that comes again and again is told once, with how often. Secrets never stand in a line.

Made by \`node test/monitoring/generate.ts\` from \`services/runtime/log/events\`. Do not edit.
`;

export function logsPage(): string {
  const groups = EVENT_GROUPS.map(([title, events]) => {
    const rows = Object.entries(events)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(
        ([name, { levels, fields, means, todo }]) =>
          `| \`${name}\` | ${levels.join(', ')} | ${means}${todo === undefined ? '' : ` **To do:** ${todo}`} | ${fields.map((field) => `\`${field}\``).join(' ')} |`,
      );
    return [`## ${title}`, '', '| event | level | what it means | fields |', '|---|---|---|---|', ...rows, ''].join(
      '\n',
    );
  });
  return [HEAD, ...groups].join('\n');
}
