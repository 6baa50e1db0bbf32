// `ess status` and `ess lag`: how partners are doing, and where each partition stands.
import { EssError } from '@ess/domain/text/error.ts';
import type { ControlDesk } from '@ess/orders/desk.ts';
import { findLetters } from '@ess/orders/letters/letters.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import type { Command } from 'commander';
import { openKafka } from '../../open-kafka.ts';
import { clearScreen, print } from '../../terminal/print.ts';
import type { Watch } from '../../terminal/watch.ts';
import { looksAgain, watchOption } from '../../terminal/watch.ts';
import { StatusDrift, unknownDrift } from './status-drift.ts';
import type { FullStatus } from './status-read.ts';
import { deliveringPartners, readStatus } from './status-read.ts';
import { lagLines, statusLines } from './status-show.ts';

interface StatusOptions {
  readonly watch?: Watch;
  /** False: --no-drift. */
  readonly drift?: boolean;
  readonly connectors?: string;
  readonly json?: boolean;
}

/** Dead letters are counted from the topic: not at each refresh. */
const COUNT_EVERY_MS = 30_000;

export function addStatusCommand(program: Command): void {
  common(program.command('status'))
    .description(
      'workers and their partitions, lag, its cause and its trend, retries, breaker, drift, dead letters, replay',
    )
    .addOption(watchOption())
    .option('--no-drift', 'do not read the topics for what drifts: quicker where they are large')
    .addHelpText(
      'after',
      `
States: flowing, catching up, held (the endpoint is down, or its topic or schema cannot be read), replaying, retrying (the record that the others wait for has
failed and is tried again), paused, stalled (nothing moves and nothing says why), no worker, or partitions are being shared out. Workers report with their
commits, every five seconds at least. docs/lockstep.md says how drift, trend and the time left are found.

Examples:
  ess status
  ess status hospital --watch
  ess status --json | jq '.[] | select(.state != "flowing")'`,
    )
    .action((names: string[], options: StatusOptions) => watch(names, options, true, statusLinesOf));
}

export function addLagCommand(program: Command): void {
  common(program.command('lag'))
    .description('position, end and lag of each partition, in records and seconds, with its owner')
    .addHelpText('after', '\nExamples:\n  ess lag\n  ess lag hospital --json')
    .action((names: string[], options: StatusOptions) => watch(names, options, false, lagLines));
}

function common(command: Command): Command {
  return command
    .argument('[partners...]', 'folders under connectors/; default: every one that delivers')
    .option('--connectors <dir>', 'folder of the connectors')
    .option('--json', 'one JSON array on one line');
}

const statusLinesOf = (statuses: readonly FullStatus[]): string[] =>
  statuses.flatMap((status, index) => [...(index === 0 ? [] : ['']), ...statusLines(status)]);

async function watch(
  names: readonly string[],
  options: StatusOptions,
  counts: boolean,
  lines: (statuses: readonly FullStatus[]) => string[],
): Promise<void> {
  const settings = loadSettings();
  const root = options.connectors ?? settings.connectors;
  const partners = await deliveringPartners(root, names, settings.registry);
  const { kafka } = await openKafka('ess-status');
  const orders = await import('@ess/orders/desk.ts'); // with the registry's client, which --help does not need
  let desk: ControlDesk | undefined;
  const admin = kafka.admin();
  await admin.connect();
  let drift: StatusDrift | undefined;
  let letters: Map<string, number> | undefined;
  let countedAt = Number.NEGATIVE_INFINITY;
  try {
    for (;;) {
      let notKnown: string | null = null;
      const registryIsAway = (error: unknown) => {
        notKnown = registryTrouble(error);
        return undefined;
      };
      desk ??= await orders.ControlDesk.open(kafka, settings.registry).catch(registryIsAway);
      if (counts && desk && performance.now() - countedAt > COUNT_EVERY_MS) {
        letters = await countLetters(kafka, desk).catch(registryIsAway);
        if (letters) countedAt = performance.now();
      }
      const topics = new Set(await admin.listTopics());
      const context = { kafka, admin, control: desk?.state, topics, notKnown };
      const found = await Promise.all(
        partners.map((one) => readStatus(one, context, letters ? (letters.get(one.partner) ?? 0) : null)),
      );
      const isAsked = counts && options.drift !== false;
      drift?.tryAgain();
      if (isAsked && desk) drift ??= new StatusDrift({ kafka, settings, root, names }, withSource(found));
      if (options.watch === undefined) await drift?.opened;
      const driftOf = drift?.ofAll() ?? (() => unknownDrift(notKnown ?? ''));
      const statuses = found.map((one) => ({ ...one, drift: isAsked ? driftOf(one.partner) : null }));
      if (options.watch !== undefined) clearScreen();
      if (options.json) print(JSON.stringify(statuses));
      else for (const line of lines(statuses)) print(line);
      if (!(await looksAgain(options.watch))) return;
    }
  } finally {
    await drift?.[Symbol.asyncDispose]();
    await desk?.[Symbol.asyncDispose]();
    await admin.disconnect();
  }
}

/** Of a source that cannot be read the view says no more than this does already. */
const withSource = (statuses: readonly Omit<FullStatus, 'drift'>[]): ReadonlySet<string> => {
  const readable = statuses.filter(({ partitions, breaker }) => partitions.length > 0 && !isOfSource(breaker));
  return new Set(readable.map(({ partner }) => partner));
};

/** A worker that holds says since when. */
const isOfSource = ({ state, since }: FullStatus['breaker']): boolean => state === 'open' && since === null;

/** Groups and positions are Kafka's: they are shown while the registry is away, just when they are needed. @throws what else it is */
function registryTrouble(error: unknown): string {
  if (error instanceof EssError && error.code === 'ESS_REGISTRY') return error.message;
  throw error;
}

async function countLetters(kafka: Parameters<typeof findLetters>[0], desk: ControlDesk): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const page of findLetters(kafka, desk.codec, { states: new Set(['parked']) }))
    for (const { letter } of page) counts.set(letter.partner, (counts.get(letter.partner) ?? 0) + 1);
  return counts;
}
