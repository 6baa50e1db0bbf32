// The programs of an installation on a secured Kafka, each as a process and a user of its own, at work all the time: rules are
// published, a partner rings its door, another one streams, and somebody looks at the console.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ACCESS_FILE, readAccessPlan } from '@ess/cli/access-plan-file.ts';
import { letUsersIn } from '@ess/cli/commands/access/secured-users.ts';
import type { Grant } from '@ess/domain/access/right.ts';
import { newApiKey } from '@ess/runtime/access/api-key.ts';
import type { Cleanup } from '@ess/runtime/cleanup.ts';
import { LOCAL_PERSON, securedEnv } from '@ess/runtime/settings/stack-file.ts';
import { stringify } from 'yaml';
import { Ringer } from '../../fakes/doors/ringer.ts';
import { FakePartner } from '../../fakes/partner.ts';
import { EventSourceClient } from '../../fakes/streams/event-source.ts';
import type { Load } from '../data/load.ts';
import { steadyLoad } from '../data/load.ts';
import { eventually } from '../deadline.ts';
import { DOOR_SECRET, DOOR_SIGNING_SECRET, writeDoor } from '../programs/door-process.ts';
import { Pipeline } from '../programs/pipeline.ts';
import type { RawEnd } from '../programs/raw-command.ts';
import { runRaw } from '../programs/raw-command.ts';
import { EssProcess } from '../programs/worker-process.ts';
import type { SecuredTestStack } from './secured-stack.ts';

export const PROGRAMS = ['worker', 'bridge', 'inbound', 'observer', 'console'] as const;
export type ProgramName = (typeof PROGRAMS)[number];

/** Its door takes what is signed with nothing but the secret in the body. */
const DOOR = { path: '/webhook/bedChange', auth: { body: { auth: `\${WARD_SECRET}` } } };
const VIEW_TOKEN = 'a-token-for-the-view-of-the-test';
const FIELDS = { ruleId: 'ruleId', version: 'version', minIcuBeds: 'bedCap' };

export class SecuredPrograms {
  readonly stack: SecuredTestStack;
  readonly line: Pipeline;
  readonly receiver: FakePartner;
  readonly load: Load;
  readonly grants: readonly Grant[];
  ringer!: Ringer;
  #stream: EventSourceClient | undefined;
  #streamsFrom = '';
  readonly #key: string;
  readonly #env: Readonly<Record<string, string>>;
  readonly #running = new Map<ProgramName, EssProcess>();

  private constructor(stack: SecuredTestStack, line: Pipeline, receiver: FakePartner, key: string) {
    this.stack = stack;
    this.line = line;
    this.receiver = receiver;
    this.#key = key;
    this.load = steadyLoad(line.source, { perSecond: 10, keys: 20 });
    this.grants = readAccessPlan(ACCESS_FILE, line.connectors).grants;
    this.#env = {
      KAFKA_BROKERS: stack.brokers.join(','),
      SCHEMA_REGISTRY_URL: stack.registry,
      ESS_CONNECTORS: line.connectors,
      WARD_SECRET: DOOR_SECRET,
      WARD_SIGNING_SECRET: DOOR_SIGNING_SECRET,
      ESS_CURSOR_KEYS: 'a-key-of-cursors-0123456789',
      ESS_VIEW_TOKEN: VIEW_TOKEN,
      ESS_BRIDGE_PORT: '0',
      ESS_BRIDGE_ADMIN_PORT: '0',
      ESS_INBOUND_PORT: '0',
      ESS_INBOUND_ADMIN_PORT: '0',
      ESS_OBSERVER_PORT: '0',
      ESS_CONSOLE_PORT: '0',
      ESS_CONSOLE_ADMIN_PORT: '0',
      ESS_WORKER_PORT: '0',
    };
  }

  /** Resolves when all of them are at work. */
  static async start(stack: SecuredTestStack, cleanup: Cleanup): Promise<SecuredPrograms> {
    const receiver = await FakePartner.start();
    cleanup.defer(() => receiver[Symbol.asyncDispose]());
    const line = await Pipeline.open(stack, receiver, {
      topic: 'rules',
      deliver: { retry: { firstMs: 10, maxMs: 100 }, breaker: { minAttempts: 1_000 } },
    });
    cleanup.defer(() => line[Symbol.asyncDispose]());
    writeDoor(line.connectors, 'ward', { topic: 'hospital.bedChange', hook: DOOR });
    const key = newApiKey();
    writeStreaming(line.connectors, key.hash);
    await letUsersIn(stack.secured, line.connectors, stack.log);
    const made = new SecuredPrograms(stack, line, receiver, key.key);
    cleanup.defer(() => Promise.all([...made.#running.values()].map((one) => one[Symbol.asyncDispose]())));
    for (const name of PROGRAMS) made.#begin(name);
    made.ringer = new Ringer('ward', () => made.#urlOf('inbound'), 2);
    cleanup.defer(() => made.#stream?.[Symbol.asyncDispose]());
    await Promise.all(PROGRAMS.map((name) => made.goesOn(name)));
    return made;
  }

  userOf(name: ProgramName): string {
    return name === 'worker' ? `ess-worker-${this.line.partner}` : `ess-${name}`;
  }

  process(name: ProgramName): EssProcess {
    return this.#running.get(name) as EssProcess;
  }

  /** Resolves when its process of before has ended and another one has begun. */
  async restart(name: ProgramName, signal: NodeJS.Signals = 'SIGTERM'): Promise<EssProcess> {
    const before = this.process(name);
    if (before.ended === undefined) await before.signal(signal);
    return this.#begin(name);
  }

  #begin(name: ProgramName): EssProcess {
    const args = name === 'worker' ? [name, this.line.partner] : name === 'inbound' ? [name, 'ward'] : [name];
    const began = new EssProcess(args, { ...this.#env, ...securedEnv(this.stack.secured.folder, this.userOf(name)) });
    this.#running.set(name, began);
    return began;
  }

  /** Resolves when it has done its work on what came after this call. One that has ended is started again. */
  async goesOn(name: ProgramName): Promise<void> {
    const from = this.load.published();
    const rang = this.ringer.sent;
    await eventually(`${name} goes on`, async () => {
      if (this.process(name).ended !== undefined) this.#begin(name);
      return (await this.#isThrough(name, from, rang)) ? true : undefined;
    }).catch((error) => {
      throw new Error(`${error.message}; the end:\n${this.process(name).output.slice(-3_000)}`);
    });
  }

  /** @param from number of a rule @param rang number of a ring */
  async #isThrough(name: ProgramName, from: number, rang: number): Promise<boolean> {
    const { ruleId, version } = ruleAt(from);
    const isIt = (one: Readonly<Record<string, unknown>>) =>
      one['ruleId'] === ruleId && Number(one['version']) >= version;
    if (name === 'worker') return this.receiver.received.some(({ body, status }) => status === 200 && isIt(body));
    if (name === 'bridge') return this.#listening().documents.some(isIt);
    if (name === 'inbound') return [...this.ringer.answered.keys()].some((key) => Number(key.split('-')[1]) >= rang);
    const asked =
      name === 'observer'
        ? await this.#get(`${this.#urlOf('observer')}/view?rule=${ruleId}`, { authorization: `Bearer ${VIEW_TOKEN}` })
        : await this.ask(`rules/${ruleId}`);
    const { cells = [] } = (asked ?? {}) as { cells?: Array<{ partner: string; acked: number; state: string }> };
    return cells.some(
      ({ partner, acked, state }) => partner === this.line.partner && acked >= version && state === 'inStep',
    );
  }

  /** One that was answered with anything but a stream has given up, as browsers do. */
  #listening(): EventSourceClient {
    const { failed, lastEventId = '' } = this.#stream ?? {};
    const url = this.#urlOf('bridge');
    if (this.#stream === undefined || failed !== undefined || url !== this.#streamsFrom) {
      void this.#stream?.close();
      this.#streamsFrom = url;
      this.#stream = new EventSourceClient(`${url}/stream`, {
        ...{ headers: { 'x-api-key': this.#key }, lastEventId, retryMs: 200 },
      });
    }
    return this.#stream;
  }

  /** Of its process now; nobody listens there while it starts. */
  #urlOf(name: ProgramName): string {
    const { url, admin } = this.process(name).lines.find(({ msg }) => msg === `${name}.started`) ?? {};
    return String(url ?? admin ?? 'http://127.0.0.1:9');
  }

  /** A client of the stream says how far it is. */
  async checkpoint(): Promise<void> {
    const answer = await fetch(`${this.#urlOf('bridge')}/stream/checkpoint`, {
      method: 'POST',
      headers: { 'x-api-key': this.#key, 'content-type': 'application/json' },
      body: JSON.stringify({ id: this.#listening().lastEventId }),
    });
    await answer.text();
  }

  /** What the console answers; undefined: nothing good. */
  async ask(path: string, body?: object): Promise<unknown> {
    return this.#get(`${this.#urlOf('console')}/api/v1/${path}`, {}, body);
  }

  async #get(url: string, headers: Record<string, string>, body?: object): Promise<unknown> {
    const posted = body && {
      method: 'POST',
      body: JSON.stringify(body),
      headers: { ...headers, 'content-type': 'application/json' },
    };
    const answer = await fetch(url, posted ?? { headers }).catch(() => undefined);
    const text = await answer?.text();
    return answer?.status === 200 ? JSON.parse(text as string) : undefined;
  }

  /** A command of a person. */
  ess(...args: string[]): Promise<RawEnd> {
    return runRaw(args, { ...this.#env, ...securedEnv(this.stack.secured.folder, LOCAL_PERSON) });
  }
}

/** As steadyLoad makes them. */
const ruleAt = (at: number) => ({ ruleId: `r${at % 20}`, version: 1 + Math.floor(at / 20) });

function writeStreaming(root: string, hash: string): void {
  const folder = join(root, 'kiosk');
  mkdirSync(folder, { recursive: true });
  const connector = {
    partner: 'kiosk',
    source: { topic: 'rules', where: { scope: 'Hospital' } },
    mapping: 'mapping.json',
    stream: { enabled: true },
    access: { apiKeyHashes: [hash] },
  };
  writeFileSync(join(folder, 'mapping.json'), JSON.stringify({ fields: FIELDS }));
  writeFileSync(join(folder, 'connector.yaml'), stringify(connector));
}
