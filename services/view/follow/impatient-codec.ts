// A codec for who only looks: a registry that does not answer is told after a while, where a program waits for it.
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { Codec } from '@ess/stream/registry/codec.ts';

export class ImpatientCodec extends Codec {
  readonly #withinMs: number;
  readonly #given = Promise.withResolvers<never>();
  /** Of the monotone clock. */
  #awaySinceMs: number | undefined;

  /** @param withinMs so long it may be away; the question under way then is waited for */
  constructor(registry: RegistryAddress, withinMs = Number.POSITIVE_INFINITY) {
    super(registry);
    this.#withinMs = withinMs;
    this.#given.promise.catch(() => undefined);
  }

  /** What comes of work that needs the registry. @throws EssError ESS_REGISTRY when that has been away for so long */
  unlessGivenUp<T>(work: Promise<T>): Promise<T> {
    work.catch(() => undefined); // it may fail when nobody waits for it any more
    return Promise.race([work, this.#given.promise]);
  }

  override async prepare(values: Iterable<Buffer | null>): Promise<void> {
    const askedAtMs = performance.now();
    try {
      await super.prepare(values);
      this.#awaySinceMs = undefined;
    } catch (error) {
      this.#awaySinceMs ??= askedAtMs;
      if (performance.now() - this.#awaySinceMs >= this.#withinMs) this.#given.reject(error);
      throw error;
    }
  }
}
