// Whether a worker may carry an order out: by its own settings, its own connector and its own count, whatever the command says
// of itself. What one worker has decided of an order stays so: its partitions must not part ways when a topic grows meanwhile.
// Workers with other settings may decide otherwise of theirs.

import type { Connector } from '@ess/domain/connector/connector.ts';
import { approvalNeeded, approvedRecords } from '@ess/domain/control/approval.ts';
import type { CommandState } from '@ess/domain/control/control-state.ts';
import type { Moved } from './order-size.ts';

export interface ApprovalRule {
  /** Records that one person may order; Infinity: any number. */
  readonly limit: number;
  /** How many records it is about, as `orderSize` says. @throws Kafka's errors while it is away */
  readonly size: (order: Asked, limit: number, moved: readonly Moved[]) => Promise<number>;
}

type Asked = Pick<CommandState, 'command' | 'approval'>;

const REMEDY = 'nobody has approved it: give it with --propose, and let somebody else approve it';

/** Of a partner one replay and one redrive or drop run at a time. */
const DECIDED_MAX = 1_000;

export class ApprovalGate {
  readonly #rule: ApprovalRule;
  readonly #connector: () => Pick<Connector, 'partner' | 'critical'>;
  /** By id, the one that was asked for last at the end. */
  readonly #decided = new Map<string, string | undefined>();

  constructor(rule: ApprovalRule, connector: () => Pick<Connector, 'partner' | 'critical'>) {
    this.#rule = rule;
    this.#connector = connector;
  }

  /**
   * @param moved where positions stand for it already
   * @returns why it is refused, and the remedy; undefined: it runs
   * @throws Kafka's errors while nothing can be counted: then it does not run yet
   */
  async refusal(order: Asked, moved: readonly Moved[] = []): Promise<string | undefined> {
    const { id } = order.command;
    if (this.#decided.has(id)) return this.refused(id);
    const why = await (order.approval ? this.#asApproved(order, moved) : this.#decide(order, moved));
    if (!this.#decided.has(id)) this.#decided.set(id, why);
    return this.refused(id);
  }

  /** As it was decided before. What runs is asked for again and again, and is not forgotten. */
  refused(id: string): string | undefined {
    if (!this.#decided.has(id)) return undefined;
    const why = this.#decided.get(id);
    this.#decided.delete(id);
    this.#decided.set(id, why);
    const [oldest = ''] = this.#decided.keys();
    if (this.#decided.size > DECIDED_MAX) this.#decided.delete(oldest);
    return why;
  }

  async #decide(order: Asked, moved: readonly Moved[]): Promise<string | undefined> {
    const connector = this.#connector();
    const { limit, size } = this.#rule;
    const isCounted = !connector.critical && Number.isFinite(limit);
    const why = approvalNeeded({ connector, records: isCounted ? await size(order, limit, moved) : 0, limit });
    return why && `${why}: ${REMEDY}`;
  }

  /** What it sends is no more than what was shown to the second person. */
  async #asApproved(order: Asked, moved: readonly Moved[]): Promise<string | undefined> {
    const limit = approvedRecords(order.command);
    const records = await this.#rule.size(order, limit, moved);
    return records > limit
      ? `${records} records are more than the ${limit} that were approved: propose it anew`
      : undefined;
  }
}
