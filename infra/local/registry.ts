// The schema registry: Apicurio, which speaks the Confluent API. Its schemas are in an H2 file, so they survive restarts.
import { join } from 'node:path';
import type { ChildPlan } from './child.ts';
import { listenAt } from './machine/ports.ts';
import { fetchStatus } from './machine/probe.ts';
import { archiveOptions } from './tools/class-archive.ts';
import type { Jars } from './tools/jars.ts';

export interface RegistryPlan {
  dataDir: string;
  port: number;
  /** See StackOptions. */
  host: string;
  java: string;
  jars: Jars;
  /** See StackOptions. */
  recordTo: string | undefined;
}

const JVM = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:+ExitOnOutOfMemoryError'];

export const registryUrl = (port: number, host = '127.0.0.1'): string => `http://${host}:${port}/apis/ccompat/v7`;

export function planRegistry(
  { dataDir, port, host, java, jars, recordTo }: RegistryPlan,
  onCrash: (message: string) => void,
): ChildPlan {
  return {
    name: 'registry',
    command: java,
    args: [
      ...JVM,
      ...archiveOptions(jars, 'registry', recordTo),
      ...['-cp', jars.registry, 'io.quarkus.runner.GeneratedMain'],
    ],
    endsSlowly: recordTo !== undefined,
    env: {
      APICURIO_STORAGE_KIND: 'sql',
      APICURIO_STORAGE_SQL_KIND: 'h2',
      // A schema that was registered is on disk when it is answered: its id must not be given again after a kill.
      APICURIO_DATASOURCE_URL: `jdbc:h2:file:${join(dataDir, 'registry', 'schemas')};WRITE_DELAY=0`,
      QUARKUS_HTTP_HOST: listenAt(host),
      QUARKUS_HTTP_PORT: String(port),
      QUARKUS_BANNER_ENABLED: 'false',
      QUARKUS_LOG_FILE_ENABLE: 'false',
    },
    cwd: dataDir,
    logFile: join(dataDir, 'logs', 'registry.log'),
    probe: async () => (await fetchStatus(`${registryUrl(port)}/subjects`)) === 200,
    onCrash,
  };
}
