// `npm run hand-offs [-- --tree COMMIT]`: how many files a record passes on its way through a worker, and how often one file hands
// over to another, from the fetched batch to the commit. A hand-off is a function that is entered from another file, or from a
// library. The median of several records; what the worker does without any record is left out. Said apart: how many of them only
// read a property, and how many only read or write bytes of Avro, which the library asks for field by field.
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { ownTestStack } from '../harness/own-stack.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { treeAt } from '../harness/programs/tree-at.ts';
import type { EssProcess } from '../harness/programs/worker-process.ts';
import { REPOSITORY } from '../harness/repository.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const RECORDS = 7;
/** Longer than what a worker does every few seconds by itself. */
const IDLE_MS = 6_000;
/** The file that an assignment is in, by its names so far. */
const ASSIGNMENT = ['services/worker/assignment.ts', 'services/worker/delivery-epoch.ts'];

/** Called by avsc for each primitive of a record. */
const AVRO = ['services/stream/registry/avro-tap.ts', 'services/stream/registry/bounded-avro.ts'];

type Entries = Readonly<Record<string, number>>;

const { values } = parseArgs({ options: { tree: { type: 'string' }, list: { type: 'boolean', default: false } } });
const script = values.tree === undefined ? undefined : treeAt(values.tree);
const root = script === undefined ? resolve(REPOSITORY) : resolve(script, '../../../..');

await using cleanup = new Cleanup();
const stack = await ownTestStack();
cleanup.defer(() => stack[Symbol.asyncDispose]());
const partner = await FakePartner.start();
cleanup.defer(() => partner[Symbol.asyncDispose]());
const line = await Pipeline.open(stack, partner, { partitions: 1, ...(script === undefined ? {} : { script }) });
cleanup.defer(() => line[Symbol.asyncDispose]());
const file = join(temporaryFolder(cleanup), 'trace.json');
const worker = line.spawn({
  NODE_OPTIONS: `--import ${new URL('./trace-hook.mjs', import.meta.url).href}`,
  NODE_DISABLE_COMPILE_CACHE: '1',
  TRACE_ROOT: root,
  TRACE_FILE: file,
  ESS_LOG_LEVEL: 'warn',
});
await line.stable(1);
await deliver(1);

const idle = await traced(worker, () => new Promise((resolve) => setTimeout(resolve, IDLE_MS)));
const records: Entries[] = [];
for (let version = 2; version < 2 + RECORDS; version += 1) records.push(await traced(worker, () => deliver(version)));
const ways = records.map((entries) => Object.entries(entries).filter(([hop]) => !(hop in idle)));
const count = (way: ReadonlyArray<readonly [string, number]>) => way.reduce((sum, [, times]) => sum + times, 0);
const handOffs = (way: (typeof ways)[number]) => way.filter(([hop]) => fromOf(hop) !== fileOf(hop));
const usual = ways.toSorted((a, b) => count(handOffs(a)) - count(handOffs(b)))[Math.floor(RECORDS / 2)] ?? [];
const crossing = handOffs(usual);
const into = crossing.filter(([hop]) => ASSIGNMENT.includes(fileOf(hop)));
if (values.list) for (const [hop, times] of crossing) process.stdout.write(`${String(times).padStart(4)}  ${hop}\n`);
const properties = crossing.filter(([hop]) => hop.includes('#get '));
const avro = crossing.filter(([hop]) => AVRO.some((file) => fileOf(hop) === file));
process.stdout.write(
  `${values.tree ?? 'this tree'}: ${new Set(usual.map(([hop]) => fileOf(hop))).size} files, ${count(crossing)} hand-offs, ${count(into)} entries into the assignment; ` +
    `${count(properties)} hand-offs read a property, ${count(avro)} read Avro\n`,
);

async function deliver(version: number): Promise<void> {
  await line.source.publish([makeRule('traced', version)]);
  await partner.until((received) => received.length === version);
  await line.drained();
}

async function traced(process: EssProcess, act: () => Promise<unknown>): Promise<Entries> {
  rmSync(file, { force: true });
  await process.signal('SIGUSR2');
  await eventually('the beginning of the trace', () => existsSync(file) || undefined);
  await act();
  await process.signal('SIGUSR2');
  return eventually('the trace', () => (JSON.parse(readFileSync(file, 'utf8')) as Entries | null) ?? undefined);
}

function fromOf(hop: string): string {
  return hop.split('>', 1)[0] ?? '';
}

function fileOf(hop: string): string {
  return hop.slice(hop.indexOf('>') + 1).split('#', 1)[0] ?? '';
}
