// What a data folder already holds: the cluster id and the number of brokers it was formatted for.
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EssError } from '@ess/domain/text/error.ts';

const MAX_BROKERS = 9;

export interface ClusterFile {
  clusterId: string;
  brokers: number;
  /** Its brokers take users only; it stays so. */
  secured?: boolean;
}

/** Reads what is there, or decides and writes it before anything is formatted, so an interrupted start goes on later. */
export function openClusterFile(dataDir: string, wantedBrokers?: number, wantsSecured = false): ClusterFile {
  if (
    wantedBrokers !== undefined &&
    !(Number.isInteger(wantedBrokers) && wantedBrokers >= 1 && wantedBrokers <= MAX_BROKERS)
  ) {
    throw new EssError(
      'ESS_USAGE',
      `--brokers ${wantedBrokers}: a number from 1 to ${MAX_BROKERS}; 3 is a real cluster`,
    );
  }
  const file = join(dataDir, 'cluster.json');
  if (existsSync(file)) {
    const found = readCluster(file);
    if (wantedBrokers === undefined || wantedBrokers === found.brokers) {
      if (!wantsSecured || found.secured) return found;
      const secured = { ...found, secured: true };
      writeJson(file, secured);
      return secured;
    }
    throw new EssError(
      'ESS_STACK',
      `${dataDir} holds a cluster of ${found.brokers}; use --brokers ${found.brokers}, or another folder with --data DIR`,
    );
  }
  const cluster = { clusterId: newClusterId(), brokers: wantedBrokers ?? 1, ...(wantsSecured && { secured: true }) };
  writeJson(file, cluster);
  return cluster;
}

function readCluster(file: string): ClusterFile {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ClusterFile;
  } catch (error) {
    throw new EssError('ESS_STACK', `${file} cannot be read; remove its folder to begin anew`, { cause: error });
  }
}

/** Kafka's own form: 16 bytes in base64url, never starting with a dash, which tools would take for an option. */
export function newClusterId(): string {
  for (;;) {
    const id = randomBytes(16).toString('base64url');
    if (!id.startsWith('-')) return id;
  }
}

/** Whole or not at all: readers never see half a file. */
export function writeJson(file: string, value: unknown): void {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, `${JSON.stringify(value)}\n`);
  renameSync(draft, file);
}
