// `ess topics apply`: creates and updates the topics of infra/topics.yaml.
import { fileURLToPath } from 'node:url';
import { planTopics } from '@ess/domain/values/topic-plan.ts';
import { readYamlFile } from '@ess/runtime/settings/yaml-file.ts';
import { applyTopics, countBrokers } from '@ess/stream/kafkajs/topics.ts';
import type { Command } from 'commander';
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
      const plan = readYamlFile(options.file);
      const { kafka } = await openKafka('ess-topics');
      const specs = planTopics(plan, await countBrokers(kafka), options.file);
      for (const change of await applyTopics(kafka, specs))
        print(
          options.json
            ? JSON.stringify(change)
            : `${change.topic}  ${change.action}${change.details ? ` (${change.details})` : ''}`,
        );
    });
  addTopicsGrow(topics);
}
