// Orders that are proposed instead of given: options, and what is said about it.

import { PROPOSAL_MAX_MS } from '@ess/domain/control/approval.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { readDuration, timeText } from '@ess/domain/text/moment.ts';
import { propose } from '@ess/orders/approval.ts';
import type { ControlDesk } from '@ess/orders/desk.ts';
import type { Command as Order } from '@ess/schemas/generated/types.ts';
import type { Command } from 'commander';
import { print, tell } from './terminal/print.ts';

export interface ProposeOptions {
  readonly propose?: boolean;
  readonly expires: string;
  readonly json?: boolean;
}

export const withPropose = (command: Command): Command =>
  command
    .option('--propose', 'only propose it: it runs when somebody else approves it; by itself where that is needed')
    .option('--expires <duration>', 'how long a proposal waits, at most 7d', '1h');

/** @returns ms since 1970. @throws EssError ESS_USAGE */
export function expiryOf({ expires }: ProposeOptions): number {
  const ms = readDuration(expires) ?? 0;
  if (ms > 0 && ms <= PROPOSAL_MAX_MS) return Date.now() + ms;
  throw new EssError('ESS_USAGE', `--expires "${expires}": write a duration of at most 7d, such as 90m`);
}

export interface Proposing {
  readonly order: Order;
  readonly records: number;
  /** connectorDigest; absent: nothing is sent. */
  readonly connector?: string | undefined;
  /** A second person is needed; undefined: it was asked for. */
  readonly why: string | undefined;
}

/** Puts a proposal on record, and says how it goes on. */
export async function giveProposal(
  desk: ControlDesk,
  { order, records, connector, why }: Proposing,
  options: ProposeOptions,
): Promise<void> {
  const proposed = propose(order, { records, connector, expiresAtMs: expiryOf(options) });
  await desk.give([proposed]);
  const { id, partner, proposal } = proposed;
  const digest = proposal?.digest ?? '';
  const expiresAt = timeText(proposal?.expiresAt ?? 0);
  if (desk.state.find(id)?.status !== 'proposed')
    throw new EssError('ESS_CONFLICT', `the proposal was not taken: too many wait ("ess proposals")`);
  const approve = `ess approve ${id} --digest ${digest.slice(0, 16)}`;
  if (why !== undefined) tell(`${why}: it is proposed, and runs when somebody else approves it`);
  if (options.json)
    print(JSON.stringify({ id, partner, status: 'proposed', records, digest, expiresAt, why: why ?? null, approve }));
  else print(`${id}  ${partner}  proposed until ${expiresAt}: "${approve}" by somebody else lets it run`);
}
