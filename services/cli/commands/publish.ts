// `ess publish FILE|-`: rules from JSON or JSON lines to the `rules` topic. Everything is checked before anything is sent.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { shownValue } from '@ess/domain/avro/shown-value.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { ID_MAX_BYTES, isLongId } from '@ess/domain/text/foreign-id.ts';
import { printable } from '@ess/domain/text/printable.ts';
import { checkRecord } from '@ess/domain/values/rule-input.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { RulePublished } from '@ess/schemas/generated/types.ts';
import { RulePublisher } from '@ess/stream/write/rule-publisher.ts';
import type { Command } from 'commander';
import { openKafka } from '../open-kafka.ts';
import type { RuleLine } from '../rule-lines.ts';
import { ruleLines } from '../rule-lines.ts';
import { print } from '../terminal/print.ts';

export function addPublishCommand(program: Command): void {
  program
    .command('publish')
    .description('publishes rules from a file of JSON or JSON lines, or from stdin')
    .argument('<file>', 'a file, or - for stdin')
    .option('--json', 'one JSON line per published rule')
    .addHelpText(
      'after',
      `
eventId and publishedAt are filled in when absent. Nothing is sent when any rule is wrong.

Examples:
  ess publish infra/demo/wildfire.json
  echo '{"ruleId":"r-1","version":1,"status":"active","scope":"Hospital","title":"Beds","publishedBy":"me","minIcuBeds":10}' | ess publish -`,
    )
    .action(async (file: string, options: { json?: boolean }) => {
      const rules = checked(ruleLines(file === '-' ? 'stdin' : file, await read(file)));
      const { kafka, settings } = await openKafka('ess-publish');
      const publisher = await RulePublisher.open(kafka, settings.registry);
      try {
        const written = await publisher.publish(rules);
        for (const [index, place] of written.entries()) {
          const { ruleId, version } = rules[index] as RulePublished;
          print(
            options.json
              ? JSON.stringify({ ruleId, version: shownValue(version), ...place })
              : `${ruleId} v${version}  topic ${place.topic}  partition ${place.partition}  offset ${place.offset}`,
          );
        }
      } finally {
        await publisher.close();
      }
    });
}

async function read(file: string): Promise<string> {
  if (file === '-') return text(process.stdin);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new EssError('ESS_USAGE', `cannot read ${file}: ${(error as NodeJS.ErrnoException).code}`, { cause: error });
  }
}

function checked(lines: readonly RuleLine[]): RulePublished[] {
  const schema = readSchema('rules');
  const problems: string[] = [];
  const rules = lines.map(({ place, rule, rounded }) => {
    const filled =
      typeof rule === 'object' && rule !== null && !Array.isArray(rule)
        ? { eventId: randomUUID(), publishedAt: Date.now(), ...rule }
        : rule;
    problems.push(...rounded.map(printable));
    for (const { field, message } of checkRecord(schema, filled))
      problems.push(printable(`${place}: ${field} ${message}`));
    for (const field of ['ruleId', 'eventId'] as const) {
      const id = (filled as Partial<RulePublished> | null)?.[field];
      if (typeof id === 'string' && isLongId(id))
        problems.push(`${place}: ${field} is ${Buffer.byteLength(id)} bytes long, at most ${ID_MAX_BYTES} are taken`);
    }
    return filled as RulePublished;
  });
  if (problems.length > 0) throw new EssError('ESS_USAGE', `nothing was sent:\n  ${problems.join('\n  ')}`);
  return rules;
}
