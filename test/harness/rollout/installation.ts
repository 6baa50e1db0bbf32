// A whole installation under load: two partners with two workers each, one that streams from two bridges, one that rings at two doors,
// an observer and a console. Each program is replaced in its own place (program-slot.ts). Everything ends with the test.
import { join } from 'node:path';
import { newApiKey } from '@ess/runtime/access/api-key.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { Ringer } from '../../fakes/doors/ringer.ts';
import { FakePartner } from '../../fakes/partner.ts';
import { EventSourceClient } from '../../fakes/streams/event-source.ts';
import type { Verdict } from '../../judges/delivery-checker.ts';
import { judgeByRule, timesToAck } from '../../judges/delivery-checker.ts';
import { FAREWELL } from '../../judges/stream-history.ts';
import { hookRecords, judgeKeys } from '../data/hook-records.ts';
import type { Load } from '../data/load.ts';
import { steadyLoad } from '../data/load.ts';
import { eventually } from '../deadline.ts';
import { freePort } from '../free-port.ts';
import { DOOR_SECRET, DOOR_SIGNING_SECRET, writeDoor } from '../programs/door-process.ts';
import { Pipeline } from '../programs/pipeline.ts';
import { CURSOR_KEY, writeListener } from '../programs/stream-line.ts';
import type { TestStack } from '../test-stack.ts';
import type { ProgramName } from './program-slot.ts';
import { Balancer, ProgramSlot } from './program-slot.ts';

const TOPIC = 'rules';
const HOOK_TOPIC = 'hospital.bedChange';
const LISTENER = 'listener';
const RINGER = 'ringer';
const RINGS_PER_SECOND = 20;
const LOAD = { perSecond: 200, keys: 100 };

/** Of programs that nobody asks here, when they run as one. */
const ANY_PORT = [
  ...['ESS_WORKER_PORT', 'ESS_BRIDGE_ADMIN_PORT', 'ESS_INBOUND_ADMIN_PORT'],
  ...['ESS_CONSOLE_PORT', 'ESS_CONSOLE_ADMIN_PORT'],
];

interface Begun {
  readonly scriptOf?: (program: ProgramName, index: number) => string | undefined;
  readonly together?: boolean;
}

interface Webhook {
  readonly name: string;
  readonly partner: FakePartner;
}

/** From when to when, ms since 1970. */
export interface Phase {
  readonly fromMs: number;
  readonly toMs: number;
}

export class Installation implements AsyncDisposable {
  /** In the order in which they are replaced. */
  readonly slots: readonly ProgramSlot[];
  readonly #line: Pipeline;
  readonly #webhooks: readonly Webhook[];
  readonly #load: Load;
  readonly #client: EventSourceClient;
  readonly #ringer: Ringer;
  readonly #observerUrl: () => string;
  readonly #cleanup: Cleanup;

  private constructor(parts: {
    line: Pipeline;
    webhooks: readonly Webhook[];
    slots: readonly ProgramSlot[];
    client: EventSourceClient;
    ringer: Ringer;
    observerUrl: () => string;
    cleanup: Cleanup;
  }) {
    this.slots = parts.slots;
    this.#line = parts.line;
    this.#webhooks = parts.webhooks;
    this.#client = parts.client;
    this.#ringer = parts.ringer;
    this.#observerUrl = parts.observerUrl;
    this.#cleanup = parts.cleanup;
    this.#load = steadyLoad(parts.line.source, LOAD);
  }

  /**
   * Resolves when all programs are ready and the load flows.
   * @param stack nobody else writes to its `rules`
   * @param scriptOf which `ess` the first and the second program of a kind begin with; undefined: the repository's
   * @param together all of it is one `ess serve`
   */
  static async open(
    stack: TestStack,
    { scriptOf = () => undefined, together = false }: Begun = {},
  ): Promise<Installation> {
    const cleanup = new Cleanup();
    try {
      const partners = [await FakePartner.start(), await FakePartner.start()] as const;
      for (const partner of partners) cleanup.defer(() => partner[Symbol.asyncDispose]());
      const line = await Pipeline.open(stack, partners[0], { topic: TOPIC });
      cleanup.defer(() => line[Symbol.asyncDispose]());
      const names = [line.partner, line.addPartner(partners[1].url)] as const;
      const { key, hash } = newApiKey();
      writeListener(line.connectors, { name: LISTENER, scope: 'Hospital' }, [hash]);
      writeDoor(line.connectors, RINGER, { topic: HOOK_TOPIC });
      const env = {
        ESS_CURSOR_KEYS: CURSOR_KEY,
        [`${RINGER.toUpperCase()}_SECRET`]: DOOR_SECRET,
        [`${RINGER.toUpperCase()}_SIGNING_SECRET`]: DOOR_SIGNING_SECRET,
        ESS_BRIDGE_PORT: String(await freePort()),
        ESS_INBOUND_PORT: String(await freePort()),
        ESS_OBSERVER_PORT: String(await freePort()),
        ...Object.fromEntries(ANY_PORT.map((name) => [name, '0'])),
        ESS_VIEW_FILE: join(line.connectors, '..', `view-${line.partner}`),
      };
      const [bridges, doors] = [new Balancer(), new Balancer()];
      const slot = (program: ProgramName, args: readonly string[] = [], balancer?: Balancer) =>
        new ProgramSlot(line, { program, args, env, ...(balancer && { balancer }) });
      const twice = (make: () => ProgramSlot) => [make(), make()];
      const single = () => [
        ...names.flatMap((name) => twice(() => slot('worker', [name]))),
        ...twice(() => slot('bridge', [], bridges)),
        ...twice(() => slot('inbound', [RINGER], doors)),
        slot('observer'),
        slot('console'),
      ];
      const slots = together ? [slot('serve')] : single();
      const at = (port: string) => `http://127.0.0.1:${port}`;
      if (together) {
        bridges.add(at(env.ESS_BRIDGE_PORT));
        doors.add(at(env.ESS_INBOUND_PORT));
      }
      const observer = slots.find(({ program }) => program === 'observer');
      const observerUrl = () => observer?.adminUrl ?? at(env.ESS_OBSERVER_PORT);
      for (const [index, one] of slots.entries()) await one.start(scriptOf(one.program, index % 2));
      // As a browser does it: it comes back when the bridge has asked it to.
      const client = new EventSourceClient(() => `${bridges.next()}/stream`, { headers: { 'x-api-key': key } });
      cleanup.defer(() => client.close());
      await client.until('the stream has begun', ({ lastEventId }) => lastEventId !== '');
      const ringer = new Ringer(RINGER, doors.next, RINGS_PER_SECOND);
      const webhooks = names.map((name, index) => ({ name, partner: partners[index] as FakePartner }));
      return new Installation({ line, webhooks, slots, client, ringer, observerUrl, cleanup });
    } catch (error) {
      await cleanup[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Resolves when so many more rules have come to everybody. */
  async flows(rules = LOAD.perSecond): Promise<void> {
    const upTo = this.#load.published() + rules;
    for (const { partner } of this.#webhooks) await partner.until((received) => received.length >= upTo);
    await this.#client.until('the rules in the stream', ({ documents }) => documents.length >= upTo);
  }

  /**
   * Ends the load; resolves when everything has come to where it belongs.
   * @param phases what the times from publish to ack are asked for
   */
  async end<Name extends string>(phases: Readonly<Record<Name, Phase>>) {
    const rules = await this.#load.stop();
    await this.#ringer.stop();
    for (const { name } of this.#webhooks) await this.#line.drained(undefined, name);
    await this.#client.until('all rules in the stream', ({ documents }) => documents.length >= rules.length);
    const streamed = this.#client.events
      .map(({ type, data }, index) => ({ type, data, atMs: this.#client.cameAtMs[index] ?? Infinity }))
      .filter(({ type }) => type === 'message')
      .map(({ data, atMs }) => ({ id: '', status: 200, body: JSON.parse(data) as Record<string, unknown>, atMs }));
    const webhooks: Verdict[] = [];
    for (const { name, partner } of this.#webhooks)
      webhooks.push(judgeByRule(rules, partner.received, await this.#line.audit(name)));
    const named = Object.entries(phases) as Array<[Name, Phase]>;
    const received = this.#webhooks.map(({ partner }) => partner.received);
    return {
      published: rules.length,
      webhooks,
      stream: {
        verdict: judgeByRule(rules, streamed, []),
        gaps: this.#client.events.filter(({ type }) => type === 'ess.gap').length,
        wrong: [this.#client.failed, ...this.#client.faults.filter((fault) => !FAREWELL.test(fault))].filter(Boolean),
      },
      rings: {
        rung: this.#ringer.sent,
        ...judgeKeys(this.#ringer.answered.keys(), await hookRecords(this.#line.stack, HOOK_TOPIC)),
      },
      times: new Map(
        named.map(([name, phase]) => [
          name,
          [...received, streamed].map((receipts) => timesToAck(rules, receipts, phase)),
        ]),
      ),
    };
  }

  /** Rules that the observer sees drift at partners with an endpoint; waits until there is none. */
  inStep(): Promise<true> {
    return eventually('nothing drifts', async () => {
      const page = await (await fetch(`${this.#observerUrl()}/metrics`)).text();
      const drifts = page.split('\n').filter((row) => row.startsWith('ess_drift_rules') && !row.endsWith(' 0'));
      return !drifts.some((row) => this.#webhooks.some(({ name }) => row.includes(`"${name}"`))) || undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // A test that has failed leaves both going.
    await Promise.all([this.#load.stop(), this.#ringer.stop()]).catch(() => undefined);
    await this.#cleanup[Symbol.asyncDispose]();
  }
}
