// How a client that streams tells the agency how far it is: the newest cursor, posted one at a time. What comes meanwhile waits and
// goes as one. Where the bridge is away it is posted again, because nobody else will say it.
import { setTimeout as delay } from 'node:timers/promises';

export interface CheckpointsOptions {
  /** Address of the bridge, e.g. http://127.0.0.1:8082 */
  readonly bridgeUrl: string;
  readonly apiKey: string;
  /** Told of an answer that trying again does not change. */
  readonly onRefused: (why: string) => void;
}

const RETRY_MS = 1_000;

export class Checkpoints {
  readonly #options: CheckpointsOptions;
  readonly #closing = new AbortController();
  #newest: string | undefined;
  #posting: Promise<void> | undefined;

  constructor(options: CheckpointsOptions) {
    this.#options = options;
  }

  /** Everything before this cursor is here. Empty: the stream has given none. */
  reached(cursor: string): void {
    if (cursor === '' || this.#closing.signal.aborted) return;
    this.#newest = cursor;
    this.#posting ??= this.#post().finally(() => {
      this.#posting = undefined;
    });
  }

  /** What was not posted by now is not posted any more. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#posting;
  }

  async #post(): Promise<void> {
    const { bridgeUrl, apiKey, onRefused } = this.#options;
    const { signal } = this.#closing;
    const headers = { 'x-api-key': apiKey, 'content-type': 'application/json' };
    while (this.#newest !== undefined && !signal.aborted) {
      const id = this.#newest;
      const body = JSON.stringify({ id });
      const init = { method: 'POST', headers, body, signal };
      const status = await fetch(`${bridgeUrl}/stream/checkpoint`, init).then(
        async (answer) => {
          await answer.body?.cancel();
          return answer.status;
        },
        () => undefined,
      );
      if (status === undefined || status >= 500) await delay(RETRY_MS, undefined, { signal }).catch(() => undefined);
      else if (this.#newest === id) {
        this.#newest = undefined;
        if (status !== 204) onRefused(`the bridge answered ${status} to a checkpoint`);
      }
    }
  }
}
