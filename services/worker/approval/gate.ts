// Whether a worker may carry an order out: by its own settings, its own connector and its own count, whatever the command says
// of itself. What one worker has decided of an order stays so: its partitions must not part ways when a topic grows meanwhile.

import type { Connector } from '@ess/domain/connector/connector.ts';
import { approvalNeeded } from '@ess/domain/control/approval.ts';
import type { CommandState } from '@ess/domain/control/control-state.ts';

export interface ApprovalRule {
  /** Records that one person may order; Infinity: any number. */
  readonly limit: number;
  /** How many records it is about. @throws Kafka's errors while it is away */
  readonly size: (order: CommandState) => Promise<number>;
}

const REMEDY = 'nobody has approved it: give it with --propose, and let somebody else approve it';

export class ApprovalGate {
  readonly #rule: ApprovalRule;
  readonly #connector: () => Pick<Connector, 'partner' | 'critical'>;
  /** By id. */
  readonly #decided = new Map<string, string | undefined>();

  constructor(rule: ApprovalRule, connector: () => Pick<Connector, 'partner' | 'critical'>) {
    this.#rule = rule;
    this.#connector = connector;
  }

  /**
   * @returns why it is refused, and the remedy; undefined: it runs
   * @throws Kafka's errors while nothing can be counted: then it does not run yet
   */
  async refusal(order: CommandState): Promise<string | undefined> {
    const { id } = order.command;
    if (order.approval) return undefined;
    if (!this.#decided.has(id)) {
      const why = await this.#decide(order);
      if (!this.#decided.has(id)) this.#decided.set(id, why && `${why}: ${REMEDY}`);
    }
    return this.#decided.get(id);
  }

  /** As it was decided before. */
  refused(id: string): string | undefined {
    return this.#decided.get(id);
  }

  async #decide(order: CommandState): Promise<string | undefined> {
    const connector = this.#connector();
    const { limit, size } = this.#rule;
    const isCounted = !connector.critical && Number.isFinite(limit);
    return approvalNeeded({ connector, records: isCounted ? await size(order) : 0, limit });
  }
}
