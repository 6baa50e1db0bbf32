// `ess capacity`: what a number of partners and rules needs. It asks nobody: it calculates with what was measured.

import type { CapacityAsked } from '@ess/domain/capacity/plan.ts';
import { DEFAULTS, planCapacity } from '@ess/domain/capacity/plan.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { Command } from 'commander';
import { print } from '../../terminal/print.ts';
import { capacityLines } from './capacity-lines.ts';

type Options = Readonly<Record<keyof CapacityAsked, string>> & { readonly json?: boolean };

export function addCapacityCommand(program: Command): void {
  program
    .command('capacity')
    .description(
      'what a number of partners and rules needs: workers, memory, brokers, disk, and what is the first to run out',
    )
    .requiredOption('--partners <n>', 'partners that rules are delivered to')
    .requiredOption('--rules-per-second <n>', 'rules published a second, on average over the busiest hour')
    .option('--in-scope <share>', 'of all rules, those that a partner wants: 0 to 1', String(DEFAULTS.inScope))
    .option('--answer-ms <ms>', 'how long a partner takes to answer', String(DEFAULTS.answerMs))
    .option('--rule-bytes <n>', 'of one rule as it is published', String(DEFAULTS.ruleBytes))
    .option('--rules <n>', 'rules that are in force', String(DEFAULTS.rules))
    .option('--partitions <n>', 'of the source topic', String(DEFAULTS.partitions))
    .option('--concurrency <n>', 'deliver.concurrency of the connectors', String(DEFAULTS.concurrency))
    .option('--replication <n>', 'copies of each record', String(DEFAULTS.replication))
    .option('--rules-days <n>', 'retention of the source topic', String(DEFAULTS.rulesDays))
    .option('--audit-days <n>', 'retention of ess.audit', String(DEFAULTS.auditDays))
    .option('--broker-disk-gb <gb>', 'disk of one broker', String(DEFAULTS.brokerDiskGb))
    .option('--broker-cores <n>', 'cores of one broker', String(DEFAULTS.brokerCores))
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
It calculates with costs that were measured on one machine (docs/capacity.md says which, and how to measure yours).

Examples:
  ess capacity --partners 100 --rules-per-second 50
  ess capacity --partners 10000 --rules-per-second 5 --in-scope 0.1 --json`,
    )
    .action((options: Options) => {
      const plan = planCapacity(askedIn(options));
      if (options.json) print(JSON.stringify(plan));
      else for (const line of capacityLines(plan)) print(line);
    });
}

const WHOLE = { integer: true, min: 1 } as const;
const BOUNDS: Readonly<Record<keyof CapacityAsked, { integer?: true; min: number; max?: number }>> = {
  partners: WHOLE,
  rulesPerSecond: { min: 0.000_001 },
  inScope: { min: 0.000_001, max: 1 },
  answerMs: { min: 0 },
  ruleBytes: WHOLE,
  rules: WHOLE,
  partitions: WHOLE,
  concurrency: WHOLE,
  replication: WHOLE,
  rulesDays: { min: 0 },
  auditDays: { min: 0 },
  brokerDiskGb: { min: 1 },
  brokerCores: { min: 0.1 },
};
/** Beyond it nothing that is said would mean anything. */
const MAX = 1e9;

/** @throws EssError ESS_USAGE that names the option */
function askedIn(options: Options): CapacityAsked {
  const asked = Object.entries(BOUNDS).map(([name, { integer, min, max = MAX }]) => {
    const text = options[name as keyof CapacityAsked];
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!(value >= min && value <= max) || (integer && !Number.isInteger(value))) {
      const option = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
      throw new EssError(
        'ESS_USAGE',
        `${option}: "${text}" is not a ${integer ? 'whole ' : ''}number from ${min} to ${max}`,
      );
    }
    return [name, value];
  });
  return Object.fromEntries(asked) as CapacityAsked;
}
