// Partners that stream, as in production: a public topic of the test's own, connector folders with API keys, and `ess bridge`
// processes that serve them. `await using line = await StreamLine.open(stack)`; everything ends with the test.
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { newApiKey } from '@ess/runtime/access/api-key.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { PublicRule } from '@ess/schemas/generated/types.ts';
import { applyTopics } from '@ess/stream/kafkajs/topics.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import type { Written } from '@ess/stream/write/outbox.ts';
import { Outbox } from '@ess/stream/write/outbox.ts';
import { stringify } from 'yaml';
import { EventSourceClient } from '../../fakes/streams/event-source.ts';
import { eventually } from '../deadline.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { TestStack } from '../test-stack.ts';
import { EssProcess } from './worker-process.ts';

export const CURSOR_KEY = 'test-cursor-key-0123456789abcdef';

export interface Partner {
  readonly name: string;
  readonly scope: string;
  readonly key: string;
  readonly hash: string;
  readonly fields?: Readonly<Record<string, string>>;
}

const FIELDS = { ruleId: 'ruleId', version: 'version', minIcuBeds: 'bedCap', title: 'title' };

/** A line number that the test knows again, in `version`. */
export function publicRule(ruleId: string, version: number, scope: string): PublicRule {
  return {
    eventId: `${ruleId}-${version}`,
    ruleId,
    version,
    status: 'active',
    scope,
    region: null,
    title: `Rule ${ruleId} of ${scope}`,
    effectiveDate: null,
    publishedAt: Date.now(),
    minIcuBeds: version,
    minVentilators: null,
    pauseSurveys: null,
    noFlyRadiusKm: null,
  } as PublicRule;
}

export class BridgeProcess extends EssProcess {
  url = '';
  adminUrl = '';
}

export class StreamLine implements AsyncDisposable {
  readonly stack: TestStack;
  readonly topic = `t-${randomBytes(5).toString('hex')}-public`;
  readonly connectors: string;
  readonly bridges: BridgeProcess[] = [];
  readonly #cleanup = new Cleanup();
  readonly #outbox: Outbox;
  readonly #encode: (rule: object) => Buffer;
  readonly #brokers: string;

  private constructor(stack: TestStack, encode: (rule: object) => Buffer, brokers: string) {
    this.stack = stack;
    this.#encode = encode;
    this.#brokers = brokers;
    this.connectors = temporaryFolder(this.#cleanup);
    this.#outbox = new Outbox(stack.kafka);
    this.#cleanup.defer(() => this.#outbox.close(1_000));
    this.#cleanup.defer(() => Promise.all(this.bridges.map((bridge) => bridge[Symbol.asyncDispose]())));
  }

  /** @param brokers another way to Kafka for the bridges, e.g. through a proxy */
  static async open(
    stack: TestStack,
    { partitions = 4, brokers = stack.brokers.join(',') }: { partitions?: number; brokers?: string } = {},
  ) {
    const encode = await new Codec(stack.registry).encoder(
      'public.rules-value',
      readSchema('public.rules') as unknown as object,
    );
    const line = new StreamLine(stack, encode, brokers);
    await applyTopics(stack.kafka, [{ name: line.topic, partitions, replication: 1, config: {} }]);
    return line;
  }

  /** Writes a connector that streams one scope. */
  partner(scope: string, more: { readonly subject?: string; readonly fields?: Partner['fields'] } = {}): Partner {
    const name = `p${randomBytes(4).toString('hex')}`;
    const partner = { name, scope, ...newApiKey(), ...(more.fields ? { fields: more.fields } : {}) };
    this.write(partner, [partner.hash], more.subject);
    return partner;
  }

  /** Writes its folder again. */
  write(partner: Partner, hashes: readonly string[], subject?: string): void {
    writeListener(this.connectors, partner, hashes, subject);
  }

  removePartner({ name }: Partner): void {
    rmSync(join(this.connectors, name), { recursive: true });
  }

  /** Starts a bridge and waits until it serves. */
  async bridge(
    env: Record<string, string> = {},
    args: readonly string[] = [],
    { script, descriptors }: { script?: string | undefined; descriptors?: number } = {},
  ): Promise<BridgeProcess> {
    const bridge = new BridgeProcess(
      ['bridge', '--no-projector', '--topic', this.topic, '--port', '0', '--admin-port', '0', ...args],
      {
        KAFKA_BROKERS: this.#brokers,
        SCHEMA_REGISTRY_URL: this.stack.registry,
        ESS_CONNECTORS: this.connectors,
        ESS_CURSOR_KEYS: CURSOR_KEY,
        ...env,
      },
      script,
      descriptors,
    );
    this.bridges.push(bridge);
    const { url, admin } = await bridge.logged('bridge.started');
    Object.assign(bridge, { url, adminUrl: admin });
    return bridge;
  }

  publish(rules: readonly PublicRule[]): Promise<Written[]> {
    return this.#outbox.append(
      rules.map((rule) => ({ topic: this.topic, key: rule.ruleId, value: this.#encode(rule) })),
    );
  }

  /** Bytes as they are. */
  publishRaw(key: string, value: Buffer | null): Promise<Written[]> {
    return this.#outbox.append([{ topic: this.topic, key, value }]);
  }

  encode(rule: PublicRule): Buffer {
    return this.#encode(rule);
  }

  /** A strict client of a partner's stream. */
  listen(bridge: { readonly url: string }, { key }: Partner, query = '', more: { lastEventId?: string } = {}) {
    return new EventSourceClient(`${bridge.url}/stream${query}`, {
      headers: { 'x-api-key': key },
      retryMs: 100,
      ...more,
    });
  }

  /** A client whose stream has begun. */
  async listening(bridge: { readonly url: string }, partner: Partner, query = ''): Promise<EventSourceClient> {
    const client = this.listen(bridge, partner, query);
    await eventually('the stream has begun', () => (client.lastEventId !== '' ? true : undefined));
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanup[Symbol.asyncDispose]();
  }
}

/** Writes the folder of a partner that streams one scope. */
export function writeListener(
  root: string,
  { name, scope, fields = FIELDS }: Pick<Partner, 'name' | 'scope' | 'fields'>,
  hashes: readonly string[],
  subject?: string,
): void {
  const folder = join(root, name);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'mapping.json'), JSON.stringify({ fields }));
  const connector = {
    partner: name,
    source: { topic: 'rules', where: { scope } },
    mapping: 'mapping.json',
    stream: { enabled: true },
    access: { apiKeyHashes: [...hashes], ...(subject === undefined ? {} : { jwtSubject: subject }) },
  };
  writeFileSync(join(folder, 'connector.yaml'), stringify(connector));
}

export const versions = (client: EventSourceClient): unknown[] => client.documents.map(({ version }) => version);

/** Versions of one scope, `from` up to but not including `to`, spread over keys so that every partition has some. */
export const rulesOf = (scope: string, from: number, to: number): PublicRule[] =>
  Array.from({ length: to - from }, (_, index) => publicRule(`r${(from + index) % 16}`, from + index, scope));
