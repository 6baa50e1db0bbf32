// What the pictures show: five partners at three in the morning. One does not answer, one refuses a rule, one is paused, one has no
// worker, and one is well.
import { join } from 'node:path';
import { makeCommand } from '@ess/domain/control/control-state.ts';
import { ControlDesk } from '@ess/orders/desk.ts';
import type { Cleanup } from '@ess/runtime/cleanup.ts';
import type { RulePublished } from '@ess/schemas/generated/types.ts';
import { FakePartner } from '../fakes/partner.ts';
import { writeConnector } from '../harness/data/connector-files.ts';
import { makeRule } from '../harness/data/rules.ts';
import { SourceTopic } from '../harness/data/source-topic.ts';
import { ownTestStack } from '../harness/own-stack.ts';
import { EssProcess } from '../harness/programs/worker-process.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';

const PARTNERS = ['air-operations', 'clinic', 'county-ems', 'hospital', 'shelters'] as const;
const RULES = [
  ...['icu-beds', 'isolation-rooms', 'ventilators', 'burn-unit', 'blood-reserve', 'dialysis-slots', 'triage-staff'],
  ...['evacuation-ward', 'oxygen-supply', 'smoke-shelters', 'water-tankers', 'night-landing', 'helipad-closed'],
];
export const CHANGED = 'wf-2291-icu-beds';
const ids = RULES.map((name, index) => (index === 0 ? CHANGED : `wf-${2_291 + index}-${name}`));
/** The one that the clinic refuses. */
const REFUSED = ids.find((id) => id.endsWith('dialysis-slots')) ?? '';
const versions = (version: number, of = ids): RulePublished[] => of.map((id) => makeRule(id, version));

/** @returns the address of a console that shows it */
export async function tellStory(cleanup: Cleanup): Promise<string> {
  const stack = await ownTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  const folder = temporaryFolder(cleanup);
  const env = {
    KAFKA_BROKERS: stack.brokers.join(','),
    SCHEMA_REGISTRY_URL: stack.registry,
    ESS_CONNECTORS: join(folder, 'connectors'),
    ESS_VIEW_FILE: join(folder, 'view'),
  };
  const ess = (...args: string[]): EssProcess => {
    const started = new EssProcess(args, env);
    cleanup.defer(() => started[Symbol.asyncDispose]());
    return started;
  };
  const fakes = new Map<string, FakePartner>();
  for (const name of PARTNERS) {
    const fake = await FakePartner.start();
    cleanup.defer(() => fake[Symbol.asyncDispose]());
    fakes.set(name, fake);
    const deliver = { retry: { firstMs: 100, maxMs: 1_000 }, breaker: { minAttempts: 3 } };
    writeConnector(env.ESS_CONNECTORS, name, 'rules', fake.url, { deliver });
  }
  const source = await SourceTopic.open(stack, { name: 'rules' });
  cleanup.defer(() => source.close());
  const has = (name: string, count: number) => fakes.get(name)?.until((received) => received.length >= count);
  const all = (count: number) => Promise.all(PARTNERS.map((name) => has(name, count)));

  const worker = ess('worker', ...PARTNERS.filter((name) => name !== 'shelters'), '--port', '0');
  const ofShelters = ess('worker', 'shelters', '--port', '0');
  await source.publish(versions(1));
  await all(ids.length);
  await ofShelters.signal('SIGTERM');
  await ofShelters.exited;
  // The command line would give the name of whoever takes the pictures.
  await using desk = await ControlDesk.open(stack.kafka, stack.registry);
  const pause = { partner: 'air-operations', kind: 'pause', reason: 'dispatch moves to another centre' } as const;
  await desk.give([makeCommand({ ...pause, id: 'the-story', by: 'ann@dispatch' })]);
  const clinic = fakes.get('clinic') as FakePartner;
  clinic.reply = ({ body }) => (body['ruleId'] === REFUSED ? 422 : 200);
  const hospital = fakes.get('hospital') as FakePartner;
  hospital.reply = () => 503;
  await source.publish(versions(2, [...ids.slice(0, 4), REFUSED]));
  await Promise.all([
    has('county-ems', ids.length + 5),
    has('clinic', ids.length + 5),
    has('hospital', ids.length + 3),
  ]);
  await worker.logged('partner.held');
  return String((await ess('console', '--port', '0').logged('console.started'))['url']);
}
