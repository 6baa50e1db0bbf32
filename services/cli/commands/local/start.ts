// `ess start` (npm start): everything on this machine, the wildfire rule on its way, and then it stays.
import { relative, resolve } from 'node:path';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { untilStopped } from '@ess/runtime/stop-signal.ts';
import type { Command } from 'commander';
import { portNumber } from '../../terminal/number-option.ts';
import { tell, tellLines } from '../../terminal/print.ts';
import { Ticks } from '../../terminal/ticks.ts';
import { readAuditRows } from '../audit/audit-rows.ts';
import { bedChangeOf } from './bed-change.ts';
import type { LocalRun } from './local-run.ts';
import { startLocalRun } from './local-run.ts';
import { wildfireRule } from './wildfire-rule.ts';

interface Options {
  readonly data: string;
  readonly brokers?: string;
  readonly kafkaPort?: number;
  readonly registryPort?: number;
  readonly secure?: boolean;
}

const DELIVERED_WITHIN_MS = 20_000;
/** Partners that the rule is delivered to; the species index streams. */
const DELIVERIES = 4;

export function addStartCommand(program: Command): void {
  program
    .command('start')
    .description(
      'starts Kafka, registry, demo partners and worker, publishes the wildfire rule, and stays until Ctrl-C',
    )
    .option('--data <dir>', 'where the stack keeps its data', '.ess')
    .option('--brokers <n>', 'brokers of the cluster: 1 or 3')
    .option('--kafka-port <n>', 'default 9092, or the next free one; 0 = any', portNumber)
    .option('--registry-port <n>', 'default 8081, or the next free one; 0 = any', portNumber)
    .option('--secure', 'Kafka with TLS, a user for each program, and rights')
    .addHelpText('after', '\nExamples:\n  npm start\n  npx ess start --brokers 3 --data /tmp/ess')
    .action(async (options: Options) => {
      loadSettings(); // what is wrong with them is told before Kafka is started
      const ticks = new Ticks();
      const stop = untilStopped();
      const startedAt = performance.now();
      ticks.title('ESS on this machine');
      await using run = await startLocalRun({
        ticks,
        dataDir: resolve(options.data),
        ...(options.brokers === undefined ? {} : { brokers: Number(options.brokers) }),
        ...(options.kafkaPort === undefined ? {} : { kafkaPort: options.kafkaPort }),
        ...(options.registryPort === undefined ? {} : { registryPort: options.registryPort }),
        ...(options.secure && { secured: true }),
        signal: stop.signal,
        print: tell,
        onProgress: (message) => ticks.note(message),
        onCrash: (message) => fail(stop, message),
      });
      await journey(run, ticks);
      ticks.done('the wildfire rule is where it has to be', startedAt);
      await cancelBed(run, ticks);
      await approvePolicy(run, ticks);
      whatNext(run);
      await stop.stopped;
      tellLines('\nstopping');
    });
}

function fail(stop: ReturnType<typeof untilStopped>, message: string): void {
  tellLines(message);
  process.exitCode = 1;
  stop.now();
}

async function journey(
  { publisher, hospital, countyEms, clinic, countyLegacy, species, kafka, stack }: LocalRun,
  ticks: Ticks,
): Promise<void> {
  ticks.title('The wildfire rule');
  const sinceMs = Date.now();
  // A data folder that has lived before holds versions already: this one is above them all.
  const before = await readAuditRows(kafka, stack.registry, 0);
  const rule = wildfireRule(1 + before.reduce((newest, { version }) => Math.max(newest, Number(version ?? 0)), 0));
  const [place] = await publisher.publish([rule]);
  ticks.done(`published to ${place?.topic}, partition ${place?.partition}, offset ${place?.offset}`);
  const isRule: Parameters<typeof hospital.waitFor>[0] = (received) =>
    received.some(({ headers }) => headers['ess-event-id'] === rule.eventId);
  await Promise.all([
    hospital.waitFor(isRule, DELIVERED_WITHIN_MS),
    countyEms.waitFor(isRule, DELIVERED_WITHIN_MS),
    clinic.waitFor(isRule, DELIVERED_WITHIN_MS),
    countyLegacy.waitFor(isRule, DELIVERED_WITHIN_MS),
    species.waitFor((received) => received.some(({ revision }) => revision === rule.version), DELIVERED_WITHIN_MS),
  ]);
  let rows: Awaited<ReturnType<typeof readAuditRows>> = [];
  const until = performance.now() + DELIVERED_WITHIN_MS;
  while (rows.length < DELIVERIES && performance.now() < until)
    rows = (await readAuditRows(kafka, stack.registry, sinceMs)).filter(
      (row) => row.eventId === rule.eventId && row.outcome === 'delivered',
    );
  for (const { partner, status, publishedAt, attemptedAt, deliveryId } of rows)
    ticks.done(
      `${partner} answered ${status}, publish → ACK ${attemptedAt - (publishedAt ?? attemptedAt)} ms, audit row ${deliveryId}`,
    );
  ticks.done(`the species index pauses its surveys in ${rule.region}`);
}

/** The other direction: the hospital rings, and the agency has it. */
async function cancelBed(run: LocalRun, ticks: Ticks): Promise<void> {
  ticks.title('A bed is cancelled at the hospital');
  const since = performance.now();
  const { id, bedsFree } = await run.hospital.cancelBed();
  const arrived = await bedChangeOf(run, id);
  ticks.done(`the hospital rang: ${bedsFree} beds free; on hospital.bedChange at ${arrived}`, since);
}

/** Who publishes rings like any partner: its policy is a rule, and goes out as every rule does. */
async function approvePolicy(run: LocalRun, ticks: Ticks): Promise<void> {
  ticks.title('A policy is approved at the policy editor');
  const since = performance.now();
  const { id, policy } = await run.editor.approve('Surge capacity in every hospital');
  await run.hospital.waitFor(
    (received) => received.some(({ headers }) => headers['ess-event-id'] === id),
    DELIVERED_WITHIN_MS,
  );
  ticks.done(`${policy.policy} is published, and at the hospital`, since);
}

function whatNext({
  stack,
  workerUrl,
  doorsUrl,
  bridgeUrl,
  consoleUrl,
  hospital,
  editor,
  species,
  envFile,
}: LocalRun): void {
  tellLines(`
  Kafka      ${stack.brokers.join(', ')}
  Registry   ${stack.registry}
  Worker     ${workerUrl}/metrics
  Hospital   ${hospital.listUrl}
  Species    ${species.listUrl}
  Doors      ${doorsUrl}/docs
  Bridge     ${bridgeUrl}/stream, ${bridgeUrl}/replay
  Console    ${consoleUrl}   which partner is in step, in the browser

  Try, in another terminal here:
    npx ess publish infra/demo/wildfire.json       publish the rule again
    npx ess lockstep                               which partner holds which version, and what drifts
    npx ess status                                 who owns what, and how far each partner is
    curl -X POST '${new URL('/outage?seconds=60', hospital.url)}'   the hospital is away for a minute
    curl -X POST ${new URL('/api/v1/cancelBed', hospital.url)}   cancel a bed at the hospital …
    npx ess tail hospital.bedChange                … and see it on the topic
    curl -X POST '${editor.url}?title=Another+policy'   approve a policy: it is published
    set -a; . ${relative('.', envFile)}; set +a              the partners' secrets and keys, for:
    curl -N -H "x-api-key: $SPECIES_INDEX_API_KEY" ${bridgeUrl}/stream
    curl -H "x-api-key: $HOSPITAL_API_KEY" "${bridgeUrl}/replay?since=1685940000000"
    npm run demo                                   the outage exercise, on a stack of its own

  Ctrl-C stops everything.`);
}
