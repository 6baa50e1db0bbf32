// `ess publish FILE|-`: rules from JSON or JSON lines to the `rules` topic. Everything is checked before anything is sent.
import { readFileSync } from 'node:fs';
import { buffer } from 'node:stream/consumers';
import { EssError } from '@ess/domain/text/error.ts';
import type { RulePublished } from '@ess/schemas/generated/types.ts';
import { RulePublisher } from '@ess/stream/write/rule-publisher.ts';
import type { Command } from 'commander';
import { checkRule, writtenLine } from '../checked-rule.ts';
import { openKafka } from '../open-kafka.ts';
import type { RuleLine } from '../rule-lines.ts';
import { ruleLines, unreadable } from '../rule-lines.ts';
import { print } from '../terminal/print.ts';
import { PublishTrace } from './publish-trace.ts';

export function addPublishCommand(program: Command): void {
  program
    .command('publish')
    .description('publishes rules from a file of JSON or JSON lines, or from stdin')
    .argument('<file>', 'a file, or - for stdin')
    .option('--follow', 'JSON lines that go on coming: each is published when it comes, and answered when Kafka has it')
    .option('--json', 'one JSON line per published rule')
    .addHelpText(
      'after',
      `
eventId and publishedAt are filled in when absent. Nothing is sent when any rule is wrong; with --follow a wrong
line is answered in its place, and the others go on. Exits 1 when a line was refused.
Each rule begins a trace (W3C traceparent), or goes on with TRACEPARENT when that is set.

Examples:
  ess publish infra/demo/wildfire.json
  echo '{"ruleId":"r-1","version":1,"status":"active","scope":"Hospital","title":"Beds","publishedBy":"me","minIcuBeds":10}' | ess publish -
  tail -F rules.jsonl | ess publish --follow --json -`,
    )
    .action(async (file: string, options: { json?: boolean; follow?: boolean }) => {
      if (options.follow) {
        const { publishFollowing } = await import('./publish-follow.ts');
        return publishFollowing(file, options.json ?? false);
      }
      const rules = checked(ruleLines(file === '-' ? 'stdin' : file, await read(file)));
      const { kafka, settings } = await openKafka('ess-publish');
      const publisher = await RulePublisher.open(kafka, settings.registry);
      const trace = await PublishTrace.open(settings);
      try {
        const written = await trace.publish(publisher, rules);
        for (const [index, place] of written.entries())
          print(writtenLine(rules[index] as RulePublished, place, options.json ?? false));
      } finally {
        await publisher.close();
        await trace.close();
      }
    });
}

async function read(file: string): Promise<string> {
  const bytes = file === '-' ? await buffer(process.stdin) : bytesOf(file);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new EssError('ESS_USAGE', `${file === '-' ? 'stdin' : file} is not UTF-8`, { cause });
  }
}

function bytesOf(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw unreadable(file, error as NodeJS.ErrnoException);
  }
}

function checked(lines: readonly RuleLine[]): RulePublished[] {
  const all = lines.map(checkRule);
  const problems = all.flatMap((one) => one.problems);
  if (problems.length > 0) throw new EssError('ESS_USAGE', `nothing was sent:\n  ${problems.join('\n  ')}`);
  return all.map(({ rule }) => rule);
}
