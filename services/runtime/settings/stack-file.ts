// What `ess up` writes while its stack runs: where Kafka and the registry are, and who may enter.
import { join } from 'node:path';
import { readSmallFile } from './small-file.ts';

const STACK_BYTES_MAX = 64_000;

/** At a secured stack: may do everything, as which `ess access apply` grants. */
export const LOCAL_ADMIN = 'ess-admin';

/** Who a person at the command line is there. */
export const LOCAL_PERSON = 'ess-ops';

interface StackFile {
  readonly brokers: readonly string[];
  readonly registry: string;
  readonly pid: number;
  /** The folder of `ca.pem` and of a password for each user; absent: anybody may enter. */
  readonly secured?: string;
}

/**
 * The settings that the stack has which runs in this folder. One that was killed left its file behind: then its process is gone.
 * @param user as whom, where it asks
 */
export function readStack(file: string, user: string): Record<string, string> {
  try {
    const { brokers, registry, pid, secured } = JSON.parse(readSmallFile(file, STACK_BYTES_MAX)) as StackFile;
    if (!isAlive(pid)) return {};
    const places = { KAFKA_BROKERS: brokers.join(','), SCHEMA_REGISTRY_URL: registry };
    return secured === undefined ? places : { ...places, ...securedEnv(secured, user) };
  } catch {
    return {}; // no stack here, or it is being written
  }
}

/** What a program is given to enter a secured stack as this user. @param folder as in its stack.json */
export const securedEnv = (folder: string, user: string): Record<string, string> => ({
  KAFKA_SSL: 'true',
  KAFKA_SSL_CA_FILE: join(folder, 'ca.pem'),
  KAFKA_SASL_MECHANISM: 'scram-sha-512',
  KAFKA_SASL_USERNAME: user,
  KAFKA_SASL_PASSWORD_FILE: passwordFile(folder, user),
});

export const passwordFile = (folder: string, user: string): string => join(folder, 'users', `${user}.password`);

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it runs, as another user
  }
}
