// What the registry says of one schema id is that id's trouble only if it gives another one that it gave before. When it does not, it
// refuses us, is another registry or has lost its schemas, and nothing is known about any record.
import { EssError } from '@ess/domain/text/error.ts';
import type { Refused, RegistryHttp } from './registry-http.ts';
import { expectDone } from './registry-http.ts';

export class Witness {
  readonly #http: RegistryHttp;
  /** The first one that it gave, of a schema of ours mostly, and the newest: one of them may have been deleted since. */
  #first: number | undefined;
  #newest: number | undefined;

  constructor(http: RegistryHttp) {
    this.#http = http;
  }

  /** The registry gave this one. */
  gave(id: number): void {
    this.#first ??= id;
    this.#newest = id;
  }

  /** @throws EssError ESS_REGISTRY when what it said need not be about that id */
  async confirm({ message, status }: Refused): Promise<void> {
    const known = new Set([this.#newest, this.#first].filter((id) => id !== undefined));
    let cause: unknown;
    for (const id of known) {
      try {
        expectDone(await this.#http.ask('GET', `/schemas/ids/${id}`));
        return;
      } catch (error) {
        cause = error;
      }
    }
    if (known.size > 0)
      throw new EssError(
        'ESS_REGISTRY',
        `${message}; nor does it give schema id ${[...known].join(', ')}, as it did before`,
        {
          cause,
        },
      );
    // It has given none yet, and may let us see none at all.
    if (status === 403) throw new EssError('ESS_REGISTRY', message);
  }
}
