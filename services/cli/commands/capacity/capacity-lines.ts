// What `ess capacity` says to people.
import type { CapacityPlan, Layout } from '@ess/domain/capacity/plan.ts';
import { fixedLine } from '../../terminal/table.ts';

const WIDTHS = [34, 12, 10, 12] as const;
const LIMIT_WIDTHS = [8] as const;

export function capacityLines({
  asked,
  deliveriesPerSecond,
  workersPerPartner,
  shared,
  apart,
  brokers,
  viewMb,
  limits,
}: CapacityPlan): string[] {
  const layout = (name: string, { processes, cores, memoryMb }: Layout, what: string) =>
    fixedLine(WIDTHS, [name, number(processes), number(cores), gb(memoryMb)], what);
  return [
    `${number(asked.partners)} ${asked.partners === 1 ? 'partner' : 'partners'} × ${number(asked.rulesPerSecond)} rules/s, ${percent(asked.inScope)} of them in scope: ${number(deliveriesPerSecond)} deliveries/s`,
    '',
    fixedLine(WIDTHS, ['NEEDS', 'PROCESSES', 'CORES', 'MEMORY'], 'REMARK'),
    layout('workers, partners together', shared, 'ess serve, or ess worker with several names'),
    layout('workers, each partner apart', apart, `a Deployment each, ${number(workersPerPartner)} in each`),
    fixedLine(
      WIDTHS,
      ['brokers', number(brokers.count), number(brokers.cores), ''],
      `${number(brokers.sendsMb)} MB/s to consumers, ${gb(brokers.diskGb * 1_000)} on disk in all`,
    ),
    fixedLine(
      WIDTHS,
      ['observer and console, each', '1', '', gb(viewMb + VIEW_BASE_MB)],
      `${number(asked.rules)} rules in force`,
    ),
    '',
    fixedLine(LIMIT_WIDTHS, ['USED'], 'WHAT RUNS OUT FIRST'),
    ...limits.flatMap(({ what, used, remedy }) => {
      const line = fixedLine(LIMIT_WIDTHS, [percent(used)], what);
      return used < TIGHT ? [line] : [line, fixedLine(LIMIT_WIDTHS, [''], `→ ${remedy}`)];
    }),
  ].map((line) => line.trimEnd());
}

/** From here on the remedy is said. */
const TIGHT = 0.5;
/** Of a program that has no rule yet. */
const VIEW_BASE_MB = 150;

const percent = (share: number): string => `${number(share * 100)} %`;
const gb = (mb: number): string => (mb < 1e6 ? `${number(mb / 1e3)} GB` : `${number(mb / 1e6)} TB`);

/** Three digits, with separators. */
const number = (value: number): string =>
  Number(value.toPrecision(3)).toLocaleString('en-US', { maximumFractionDigits: 3 });
