// `ess topics apply`: creates and updates the topics of infra/topics.yaml.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { planTopics } from '@ess/domain/values/topic-plan.ts';
import { applyTopics, countBrokers } from '@ess/stream/kafkajs/topics.ts';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { openKafka } from '../open-kafka.ts';
import { print } from '../terminal/print.ts';
import { addTopicsGrow } from './topics-grow.ts';

export const TOPICS_FILE = fileURLToPath(new URL('../../../infra/topics.yaml', import.meta.url));

export function addTopicsCommand(program: Command): void {
  const topics = program.command('topics').description('the topics that ESS needs');
  topics
    .command('apply')
    .description('creates what is missing, adds partitions (not to rules: see grow), sets configuration; never deletes')
    .option('--file <file>', 'the plan', TOPICS_FILE)
    .option('--json', 'one JSON line per topic')
    .addHelpText('after', '\nExamples:\n  ess topics apply\n  KAFKA_BROKERS=kafka-1:9092 ess topics apply --json')
    .action(async (options: { file: string; json?: boolean }) => {
      const { kafka } = await openKafka('ess-topics');
      const specs = planTopics(parse(readFileSync(options.file, 'utf8')), await countBrokers(kafka));
      for (const change of await applyTopics(kafka, specs))
        print(
          options.json
            ? JSON.stringify(change)
            : `${change.topic}  ${change.action}${change.details ? ` (${change.details})` : ''}`,
        );
    });
  addTopicsGrow(topics);
}
