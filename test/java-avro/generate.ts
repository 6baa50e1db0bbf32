// `node test/java-avro/generate.ts`: what Java's own Avro writes and reads, as data for tests. Needs Java 17, Maven and the way to its
// repository; tests need the data alone. Run it when a Java file here has been changed; the same files come of it at every run.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const HERE = import.meta.dirname;
/** By the program that prints it. */
const DATA = { Records: 'records.json', Resolution: 'resolution.jsonl' };
const OUTPUT_MAX_BYTES = 10_000_000;

const work = mkdtempSync(join(tmpdir(), 'ess-java-avro-'));
try {
  const jars = join(work, 'jars');
  run('mvn', '-B', '-q', '-f', join(HERE, 'pom.xml'), 'dependency:copy-dependencies', `-DoutputDirectory=${jars}`);
  const sources = readdirSync(HERE).filter((name) => name.endsWith('.java'));
  run('javac', '-cp', `${jars}/*`, '-d', work, ...sources.map((name) => join(HERE, name)));
  for (const [program, file] of Object.entries(DATA))
    writeFileSync(join(HERE, file), run('java', '-cp', `${work}:${jars}/*`, program));
  run(join(HERE, '../../node_modules/.bin/biome'), 'format', '--write', HERE);
} finally {
  rmSync(work, { recursive: true });
}

function run(program: string, ...args: string[]): Buffer {
  return execFileSync(program, args, { stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: OUTPUT_MAX_BYTES });
}
