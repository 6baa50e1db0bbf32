// The classes that Kafka and the registry load at a start, as the JVM had them ready in memory, in a file beside the jars: the next
// start maps it instead of reading, checking and linking thousands of classes (class-data sharing, JEP 350). It takes half the
// processor time. A JVM that cannot use the file, as of another version, starts without it.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Jars } from './jars.ts';

export type Archived = 'kafka' | 'registry';

/** Where the archives of these jars are, once record-classes.ts has made them. */
export const archiveFolder = (jars: Jars): string => join(dirname(dirname(jars.kafka)), 'classes');

/** @param recordTo a folder to write the archive to when the program ends */
export function archiveOptions(jars: Jars, program: Archived, recordTo?: string): string[] {
  if (recordTo !== undefined) return [`-XX:ArchiveClassesAtExit=${join(recordTo, `${program}.jsa`)}`];
  const file = join(archiveFolder(jars), `${program}.jsa`);
  return existsSync(file) ? [`-XX:SharedArchiveFile=${file}`] : [];
}
