// `ess config`: every environment variable, its value here and where that came from. Secrets are masked.
import type { SettingRow } from '@ess/runtime/settings/settings.ts';
import { describeSettings, loadSettings } from '@ess/runtime/settings/settings.ts';
import type { Command } from 'commander';
import { print } from '../terminal/print.ts';

export function addConfigCommand(program: Command): void {
  program
    .command('config')
    .description('print every environment variable, its value and where it came from; secrets are masked')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Each variable NAME may be given as NAME_FILE, the path of a file with its value.

Examples:
  ess config
  KAFKA_BROKERS=kafka-1:9092 ess config --json`,
    )
    .action(({ json }: { json?: true }) => {
      const rows = describeSettings();
      for (const line of json ? [JSON.stringify(rows)] : table(rows)) print(line);
      loadSettings(); // throws what is wrong with them, after the table that shows it
    });
}

function table(rows: readonly SettingRow[]): string[] {
  const lines = [
    ['VARIABLE', 'VALUE', 'FROM', 'MEANING'],
    ...rows.map((row) => [row.name, shown(row.value), row.source, row.description]),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines.map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** A certificate would break the table. */
const shown = (value: string): string => (value.includes('\n') ? `${value.slice(0, value.indexOf('\n'))} …` : value);
