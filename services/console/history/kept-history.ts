// Keeps the last hour of all partners while the console runs: rows of the audit as the view takes them, what was before from the index,
// and a look at what waits every few seconds.
import type { AuditSearch } from '@ess/view/audit/audit-search.ts';
import type { View } from '@ess/view/view.ts';
import { History } from './history.ts';
import { STEP_MS } from './hour.ts';
import { Recall } from './recall.ts';

export class KeptHistory implements Disposable {
  readonly history: History;
  readonly #recall: Recall;
  readonly #closing = new AbortController();
  #looking: NodeJS.Timeout | undefined;

  constructor(beganMs = Date.now()) {
    this.history = new History(beganMs);
    this.#recall = new Recall(this.history, beganMs);
  }

  readonly take: Recall['take'] = (row, record) => this.#recall.take(row, record);

  /** @param search undefined: no index is kept */
  begin(view: Pick<View, 'partners' | 'groupOf'>, search: Pick<AuditSearch, 'find'> | undefined): void {
    if (search) void this.#recall.from(search, this.#closing.signal);
    const lagOf = (partner: string) => view.groupOf(partner)?.status.lag.records;
    const look = () => this.history.look(new Map(view.partners.map((name) => [name, lagOf(name)])), Date.now());
    look();
    this.#looking = setInterval(look, STEP_MS).unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#looking);
    this.#closing.abort();
  }
}
