// All doors of a process, by path. A changed connector takes its doors' places at once, when every one of them is ready:
// its topic read back, its schema known to the registry.
import type { Connector, InboundHook } from '@ess/domain/connector/connector.ts';
import { RateLimit } from '@ess/domain/delivery/rate-limit.ts';
import { EssError } from '@ess/domain/text/error.ts';
import type { JwtVerifier } from '@ess/runtime/access/jwt.ts';
import type { Codec } from '@ess/stream/registry/codec.ts';
import type { Door } from './door.ts';
import { openDoor } from './door.ts';
import { createGate } from './gate.ts';
import type { HookTopic } from './hook-topic.ts';

export interface DoorParts {
  readonly codec: Codec;
  readonly jwt: JwtVerifier | undefined;
  readonly openTopic: (topic: string) => Promise<HookTopic>;
}

/** How much of the rate may come at once. */
const BURST_MS = 1_000;

export class Doors {
  readonly #parts: DoorParts;
  readonly #topics = new Map<string, Promise<HookTopic>>();
  #doors: ReadonlyMap<string, Door> = new Map();

  constructor(parts: DoorParts) {
    this.#parts = parts;
  }

  at(path: string): Door | undefined {
    return this.#doors.get(path);
  }

  get all(): readonly Door[] {
    return [...this.#doors.values()];
  }

  /** @throws EssError ESS_CONFIG when a path is taken, a token cannot be checked or a schema is unknown; nothing has changed then */
  async put(connector: Connector, signal?: AbortSignal): Promise<void> {
    const made = await this.#make(connector);
    signal?.throwIfAborted(); // its files have changed meanwhile
    const kept = [...this.#doors].filter(([, { partner }]) => partner !== connector.partner);
    for (const [path, { partner }] of kept)
      if (made.some(({ hook }) => hook.path === path))
        throw new EssError('ESS_CONFIG', `${connector.partner}: ${path} is a door of ${partner}; give it another path`);
    this.#doors = new Map([...kept, ...made.map((door) => [door.hook.path, door] as const)]);
  }

  /** Nobody rings there any more. Its topics are still followed: other doors may have them. */
  remove(partner: string): void {
    this.#doors = new Map([...this.#doors].filter(([, door]) => door.partner !== partner));
  }

  async close(): Promise<void> {
    const opened = await Promise.allSettled(this.#topics.values());
    await Promise.all(opened.map((topic) => (topic.status === 'fulfilled' ? topic.value.close() : undefined)));
  }

  get topics(): Promise<PromiseSettledResult<HookTopic>[]> {
    return Promise.allSettled(this.#topics.values());
  }

  #make(connector: Connector): Promise<Door[]> {
    const { jwt } = this.#parts;
    const perSecond = connector.access.rateLimit?.perSecond ?? Number.POSITIVE_INFINITY;
    // One for all doors of a partner.
    const rate = new RateLimit(perSecond, Math.max(BURST_MS, 1000 / perSecond));
    return Promise.all(
      connector.inbound.map(async (hook) => {
        if (hook.auth.jwt && jwt === undefined)
          throw new EssError(
            'ESS_CONFIG',
            `${connector.partner}: ${hook.path} takes tokens, but ESS_JWT_ISSUER is not set`,
          );
        const { schema } = hook;
        if (schema === undefined)
          throw new EssError('ESS_CONFIG', `${connector.partner}: the registry has no schema of ${hook.topic}-value`);
        const gate = createGate(hook.auth, connector.access, jwt);
        const encode = await this.#parts.codec.encoder(`${hook.topic}-value`, schema as object);
        return openDoor(connector, hook, schema, { gate, rate, encode, topic: await this.#topic(hook) });
      }),
    );
  }

  #topic({ topic }: InboundHook): Promise<HookTopic> {
    const known = this.#topics.get(topic);
    if (known) return known;
    const opened = this.#parts.openTopic(topic);
    this.#topics.set(topic, opened);
    opened.catch(() => this.#topics.delete(topic));
    return opened;
  }
}
