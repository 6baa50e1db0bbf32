// `ess topics grow`: more partitions for a topic, in the order of its keys.
import { EssError } from '@ess/domain/text/error.ts';
import { readDuration } from '@ess/domain/text/moment.ts';
import { checkGrowth, growTopic } from '@ess/stream/grow/topic-growth.ts';
import type { Command } from 'commander';
import { openKafka } from '../open-kafka.ts';
import { confirm } from '../terminal/confirm.ts';
import { print, tell } from '../terminal/print.ts';

interface Options {
  readonly partitions: number;
  readonly without: readonly string[];
  readonly within: string;
  readonly yes?: true;
  readonly json?: true;
}

export function addTopicsGrow(topics: Command): void {
  topics
    .command('grow')
    .description('more partitions for a topic, without breaking the order of its rules: nobody may write meanwhile')
    .argument('<topic>', 'e.g. rules; public.rules and rules.latest grow with it')
    .requiredOption('--partitions <n>', 'how many there shall be', Number)
    .option('--without <group>', 'do not wait for this group; repeat it', (one, all: string[]) => [...all, one], [])
    .option('--within <duration>', 'how long the groups may take to read to the end', '10m')
    .option('--yes', 'do not ask')
    .option('--json', 'one JSON line per topic')
    .addHelpText(
      'after',
      `
A rule's versions are in order since they are in one partition. With more partitions a rule may be in another one from then on, and
its next version could be delivered before the one of before. So:
  1. stop all who write to the topic: doors, publishers, your own systems
  2. run this: it waits until every group has read to the end, and nobody writes, and adds the partitions then
  3. start those who write again (they ask for the number of partitions when they start), and put it into infra/topics.yaml
A replay that reaches back before this reads old and new partitions side by side; what is newest of a rule goes out last.

Examples:
  ess topics grow rules --partitions 24
  ess topics grow rules --partitions 24 --without ess.old-partner --yes --json`,
    )
    .action(grow);
}

async function grow(topic: string, { partitions, without, within, yes, json }: Options): Promise<void> {
  const withinMs = readDuration(within);
  if (withinMs === undefined)
    throw new EssError('ESS_USAGE', `--within "${within}" is no duration: write it like 10m or 1h`);
  if (!Number.isInteger(partitions) || partitions < 1)
    throw new EssError('ESS_USAGE', `--partitions must be a whole number above 0`);
  const { kafka } = await openKafka('ess-topics', [topic]);
  await checkGrowth(kafka, { topic, partitions });
  if (!(await confirm(`Have all who write to ${topic} been stopped?`, yes))) return;
  const options = { topic, partitions, without: new Set(without), withinMs, onWaiting: tell };
  for (const grown of await growTopic(kafka, options)) {
    const moved = grown.moved === undefined ? '' : `, ${grown.moved} entries moved`;
    print(json ? JSON.stringify(grown) : `${grown.topic}  ${grown.from} to ${grown.to} partitions${moved}`);
  }
  tell(`start those who write to ${topic} again, and put ${partitions} into infra/topics.yaml`);
}
