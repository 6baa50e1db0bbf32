// A connector's folder, checked: what is wrong with it, and what is right and has to be known.
import { join } from 'node:path';
import type { Connector, Deliver } from '@ess/domain/connector/connector.ts';
import { priceOf } from '@ess/domain/delivery/rebalance-timeout.ts';
import type { Problem } from '@ess/domain/text/problem.ts';
import type { LoadOptions } from './connector-folder.ts';
import { compilePartner } from './connector-folder.ts';
import { foreignTrace } from './foreign-trace.ts';

/** One entry of `ess connector check --json`. */
export interface CheckedConnector {
  readonly partner: string;
  readonly ok: boolean;
  readonly problems: readonly Problem[];
  /** What is right and has its price. */
  readonly notes?: readonly string[];
}

export interface Checked {
  readonly result: CheckedConnector;
  readonly connector: Connector | undefined;
}

/** @throws EssError ESS_USAGE when there is no such partner */
export function checkOne(root: string, partner: string, options: LoadOptions): Checked {
  const { connector, problems } = compilePartner(root, partner, options);
  const said = connector?.deliver
    ? [priceOf(connector.deliver), pipePrice(connector.deliver), foreignTrace(connector)]
    : [];
  const known = said.filter((note) => note !== undefined);
  const notes = known.length > 0 && { notes: known };
  return { result: { partner, ok: problems.length === 0, problems, ...notes }, connector };
}

/** What requests behind others on one connection cost; undefined: there are none. */
const pipePrice = ({ pipelining }: Deliver): string | undefined =>
  pipelining === 1
    ? undefined
    : 'deliver.pipelining: requests behind one that fails come twice, and may be worked on after newer versions of their rules; the partner must ignore what is older than it has';

/** The same of one that was listed: folders come and go while others are checked. */
export function checkListed(root: string, partner: string, options: LoadOptions): Checked {
  try {
    return checkOne(root, partner, options);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const problem = { file: join(root, partner), field: '', message, remedy: 'check it again' };
    return { result: { partner, ok: false, problems: [problem] }, connector: undefined };
  }
}
