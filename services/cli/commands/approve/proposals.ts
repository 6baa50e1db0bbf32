// `ess proposals`: what waits for a second person.

import { withdraw } from '@ess/orders/approval.ts';
import { ControlDesk } from '@ess/orders/desk.ts';
import { whoAmI } from '@ess/runtime/who.ts';
import type { Command } from 'commander';
import { knownPartner } from '../../known-partner.ts';
import { openKafka } from '../../open-kafka.ts';
import { print, tell } from '../../terminal/print.ts';
import { proposalJson, proposalTable } from './proposal-lines.ts';

interface ListOptions {
  readonly partner?: string;
  readonly all?: boolean;
  readonly connectors?: string;
  readonly json?: boolean;
}

export function addProposalsCommand(program: Command): void {
  const proposals = program
    .command('proposals')
    .enablePositionalOptions() // the subcommand has options of the same names
    .description('replays, redrives and drops that wait for a second person')
    .option('--partner <name>', 'only of this partner')
    .option('--all', 'also those that were approved or have ended')
    .option('--connectors <dir>', 'folder of the connectors')
    .option('--json', 'one JSON object per line')
    .addHelpText(
      'after',
      `
Which orders need a second person is said by ESS_APPROVAL_RECORDS and by "critical" in connector.yaml.
What is proposed is frozen: more records or letters that come meanwhile are no part of it.

Examples:
  ess proposals
  ess proposals --partner hospital --all --json`,
    )
    .action(list);

  proposals
    .command('withdraw')
    .description('takes a proposal back that nobody has approved yet; only who made it can')
    .argument('<id>', 'as proposals lists it')
    .option('--reason <text>', 'why; goes on record')
    .option('--json', 'one JSON object on one line')
    .addHelpText('after', '\nExample:\n  ess proposals withdraw a1b2c3d4')
    .action(takeBack);
}

async function list({ partner, all, connectors, json }: ListOptions): Promise<void> {
  const { kafka, settings } = await openKafka('ess-proposals');
  await using desk = await ControlDesk.open(kafka, settings.registry);
  const known = all ? desk.state.proposals() : desk.state.waiting();
  // A partner that has no connector any more may have had proposals.
  if (partner !== undefined && !known.some(({ command }) => command.partner === partner))
    knownPartner(partner, connectors ?? settings.connectors);
  const found = known.filter(({ command }) => partner === undefined || command.partner === partner);
  if (json) for (const state of found) print(JSON.stringify(proposalJson(state)));
  else if (found.length > 0) for (const line of proposalTable(found)) print(line);
  if (found.length === 0) tell('no proposal');
}

async function takeBack(id: string, { reason, json }: { reason?: string; json?: boolean }): Promise<void> {
  const { kafka, settings } = await openKafka('ess-proposals');
  await using desk = await ControlDesk.open(kafka, settings.registry);
  await desk.give([withdraw(desk.state, id, whoAmI(), reason ?? null)]);
  const state = desk.state.find(id);
  if (json) print(JSON.stringify(state && proposalJson(state)));
  else print(`${id} is ${state?.status === 'expired' ? 'withdrawn' : state?.status}`);
}
