// `ess publish FILE|-`: rules from JSON or JSON lines to the `rules` topic. Everything is checked before anything is sent.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { EssError } from '@ess/domain/text/error.ts';
import { mayRound } from '@ess/domain/text/exact-number.ts';
import { ID_MAX_BYTES, isLongId } from '@ess/domain/text/foreign-id.ts';
import { scanJson } from '@ess/domain/text/json-lines.ts';
import { printable } from '@ess/domain/text/printable.ts';
import type { FieldPath } from '@ess/domain/text/problem.ts';
import { formatField } from '@ess/domain/text/problem.ts';
import { ROUNDED } from '@ess/domain/text/source-text.ts';
import { checkRecord } from '@ess/domain/values/rule-input.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { RulePublished } from '@ess/schemas/generated/types.ts';
import { RulePublisher } from '@ess/stream/write/rule-publisher.ts';
import type { Command } from 'commander';
import { openKafka } from '../open-kafka.ts';
import { print } from '../terminal/print.ts';

interface Line {
  readonly place: string;
  readonly rule: unknown;
  /** Fields whose numbers lost digits when they were read. */
  readonly rounded: readonly FieldPath[];
}

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
      const rules = checked(parseLines(file, await read(file)));
      const { kafka, settings } = await openKafka('ess-publish');
      const publisher = await RulePublisher.open(kafka, settings.registry);
      try {
        const written = await publisher.publish(rules);
        for (const [index, place] of written.entries()) {
          const { ruleId, version } = rules[index] as RulePublished;
          print(
            options.json
              ? JSON.stringify({ ruleId, version, ...place })
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

/** One JSON value (an object or an array of them), or one object per line. */
function parseLines(file: string, content: string): Line[] {
  const name = file === '-' ? 'stdin' : file;
  const source = content.replace(/^\uFEFF/, '');
  try {
    const whole: unknown = JSON.parse(source);
    const rounded = roundedIn(source);
    if (!Array.isArray(whole)) return [{ place: name, rule: whole, rounded }];
    const byIndex = Map.groupBy(rounded, ([index]) => index);
    return whole.map((rule: unknown, index) => {
      const inside = (byIndex.get(index) ?? []).map((path) => path.slice(1));
      return { place: `${name}[${index}]`, rule, rounded: inside };
    });
  } catch {
    const lines = source.split('\n').map((line, index) => ({ line, place: `${name}:${index + 1}` }));
    const filled = lines.filter(({ line }) => line.trim() !== '');
    if (filled.length === 0) throw new EssError('ESS_USAGE', `${name} holds no rule`);
    return filled.map(({ line, place }) => {
      try {
        return { place, rule: JSON.parse(line) as unknown, rounded: roundedIn(line) };
      } catch (error) {
        throw new EssError('ESS_USAGE', `${place}: not JSON: ${(error as Error).message}`);
      }
    });
  }
}

const roundedIn = (json: string): readonly FieldPath[] => (mayRound(json) ? scanJson(json).rounded : []);

function checked(lines: readonly Line[]): RulePublished[] {
  const schema = readSchema('rules');
  const problems: string[] = [];
  const rules = lines.map(({ place, rule, rounded }) => {
    const filled =
      typeof rule === 'object' && rule !== null && !Array.isArray(rule)
        ? { eventId: randomUUID(), publishedAt: Date.now(), ...rule }
        : rule;
    for (const path of rounded) problems.push(printable(`${place}: ${formatField(path)} ${ROUNDED.join(': ')}`));
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
