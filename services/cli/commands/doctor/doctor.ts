// `ess doctor`: everything that a start needs, looked at before it; each line with what to do about it.
import { EssError } from '@ess/domain/text/error.ts';
import type { Settings } from '@ess/runtime/settings/settings.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import type { Command } from 'commander';
import { exitWhenWritten, print } from '../../terminal/print.ts';
import { checkBrokers } from './broker-checks.ts';
import type { Finding } from './finding.ts';
import { checkKafka } from './kafka-checks.ts';
import type { Look } from './looked.ts';
import { looked } from './looked.ts';
import { checkConnectors, checkDisk, checkPorts, checkRegistry } from './own-checks.ts';
import { checkRecords } from './record-checks.ts';

interface Options {
  readonly connectors?: string;
  readonly expiryDays: number;
  readonly json?: boolean;
}

/** Longer than the first answer of Kafka and each question after it may take. */
const PATIENCE_MS = 90_000;
const MARKS = { ok: 'ok  ', warn: 'warn', fail: 'FAIL' };

export function addDoctorCommand(program: Command): void {
  program
    .command('doctor')
    .description(
      'looks at all that a start needs: brokers, TLS, rights, topics, registry, schemas, records, connectors, clocks, disk, ports',
    )
    .option('--connectors <dir>', 'where the connectors are')
    .option('--expiry-days <n>', 'warns of certificates that end sooner', Number, 30)
    .option('--json', 'one JSON line per finding')
    .addHelpText(
      'after',
      `
Exit code 1 when something fails; what is only to be looked at warns.

Examples:
  ess doctor
  ess doctor --json | jq 'select(.status != "ok")'
  ess doctor --expiry-days 60`,
    )
    .action(doctor);
}

async function doctor({ connectors, expiryDays, json }: Options): Promise<void> {
  if (!(expiryDays >= 0)) throw new EssError('ESS_USAGE', '--expiry-days must be a number of days');
  const settings = loadSettings();
  let failed = 0;
  for await (const finding of diagnose(settings, connectors ?? settings.connectors, expiryDays)) {
    if (finding.status === 'fail') failed += 1;
    print(json ? JSON.stringify(finding) : shown(finding));
  }
  if (failed > 0) process.exitCode = 1;
  exitWhenWritten(); // what got no answer would be asked for ever
}

/** Everything, one after the other. @param root of the connectors */
export async function* diagnose(settings: Settings, root: string, expiryDays: number): AsyncGenerator<Finding> {
  const checks: ReadonlyArray<readonly [check: string, look: Look]> = [
    ['broker', () => checkBrokers(settings.kafka, expiryDays)],
    ['kafka', () => checkKafka(settings, root)],
    ['registry', () => checkRegistry(settings)],
    ['records', () => checkRecords(settings)],
    ['connectors', () => checkConnectors(settings, root)],
    ['disk', () => checkDisk(settings)],
    ['ports', () => checkPorts(settings)],
  ];
  for (const [check, look] of checks) yield* await looked(check, look, PATIENCE_MS);
}

const shown = ({ check, status, told, remedy }: Finding): string =>
  `${MARKS[status]} ${check.padEnd(10)} ${told}${remedy === undefined ? '' : ` → ${remedy}`}`;
