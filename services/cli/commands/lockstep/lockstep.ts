// `ess lockstep`: which partner holds which version of which rule, by the view (services/view), built for this call.
import { setTimeout as delay } from 'node:timers/promises';
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { compilePartner, listConnectors } from '@ess/runtime/connectors/connector-folder.ts';
import { AUDIT_TOPIC, DEAD_LETTER_STATE_TOPIC, DEAD_LETTER_TOPIC, STATE_TOPIC } from '@ess/schemas/topics.ts';
import type { Question, View } from '@ess/view/view.ts';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { knownPartner } from '../../known-partner.ts';
import { openKafka } from '../../open-kafka.ts';
import { fittingSchemas, KnownSchemas } from '../../source-schemas.ts';
import { clearScreen, print, printAll, tell } from '../../terminal/print.ts';
import { lockstepLines } from './lockstep-lines.ts';

interface Options {
  readonly rule?: string;
  readonly drifted?: boolean;
  readonly all?: boolean;
  readonly watch?: number | true;
  readonly failOnDrift?: boolean;
  readonly connectors?: string;
  readonly json?: boolean;
}

const WATCH_S = 2;
const NEEDED = [STATE_TOPIC, DEAD_LETTER_TOPIC, DEAD_LETTER_STATE_TOPIC, AUDIT_TOPIC];

export function addLockstepCommand(program: Command): void {
  program
    .command('lockstep')
    .description('which partner holds which version of which rule: what drifts, since when, and why')
    .argument('[partners...]', 'folders under connectors/; default: every one that delivers')
    .option('--rule <id>', 'this rule at every partner, in step or not')
    .option('--drifted', 'only partners with a rule that drifts')
    .option('--all', 'every rule, not only those that drift')
    .option('--watch [seconds]', `again every so many seconds, like top (default ${WATCH_S})`, seconds)
    .option('--fail-on-drift', 'exit code 1 when anything drifts')
    .option('--connectors <dir>', 'folder of the connectors')
    .option('--json', 'one JSON object on one line')
    .addHelpText(
      'after',
      `
Everything that a partner does not hold as it is in force drifts, but for what was published a moment ago (inFlight), and what
the partner need not hold (outOfScope, withdrawn). docs/lockstep.md says what each state means and what to do.

Examples:
  ess lockstep
  ess lockstep hospital --watch
  ess lockstep --rule wf-2291
  ess lockstep --json | jq '.cells[] | select(.state == "deadLettered")'
  ess lockstep --fail-on-drift || page-somebody`,
    )
    .action(lockstep);
}

async function lockstep(names: readonly string[], options: Options): Promise<void> {
  const { kafka, settings } = await openKafka('ess-lockstep', NEEDED);
  const root = options.connectors ?? settings.connectors;
  const connectors = await deliveringConnectors(root, names, settings.registry);
  const [{ View }, { createProgress }] = await Promise.all([
    import('@ess/view/view.ts'),
    import('@ess/infra/local/machine/progress.ts'),
  ]);
  const progress = createProgress();
  await using view: View = await View.open({
    kafka,
    registry: settings.registry,
    connectors,
    onProgress: (read, all) => progress.show(`reading topics: ${read} of ${all}`),
  });
  progress.end();
  const question: Question = {
    ...(options.rule !== undefined && { rule: options.rule }),
    ...(options.all && { all: true }),
  };
  for (;;) {
    const answer = view.answer(question);
    const partners = options.drifted ? answer.partners.filter(({ drifting }) => drifting > 0) : answer.partners;
    if (options.watch !== undefined) clearScreen();
    if (options.json) print(JSON.stringify({ ...answer, partners }));
    else await printAll(lockstepLines({ ...answer, partners }, options.rule));
    if (options.watch === undefined) {
      if (options.failOnDrift && answer.partners.some(({ drifting }) => drifting > 0)) process.exitCode = 1;
      return;
    }
    await delay((options.watch === true ? WATCH_S : options.watch) * 1000);
  }
}

/** Without their secrets: nothing is sent. @throws EssError ESS_USAGE for an unknown name, ESS_CONFIG for one that is not valid */
async function deliveringConnectors(
  root: string,
  names: readonly string[],
  registry: RegistryAddress,
): Promise<Connector[]> {
  const known = new KnownSchemas(root, registry);
  const wanted = names.length > 0 ? names.map((name) => knownPartner(name, root)) : listConnectors(root);
  const found: Connector[] = [];
  for (const partner of wanted) {
    const { connector, problems } = compilePartner(root, partner, {
      ...(await fittingSchemas(known, partner, tell)),
      withoutEnv: true,
    });
    if (connector?.deliver) found.push(connector);
    else if (!connector && names.length > 0)
      throw new EssError('ESS_CONFIG', `connector ${partner} is invalid: ${problems[0]?.message ?? ''}`);
    else if (!connector)
      tell(`${partner} is left out: its connector is invalid; "ess connector check ${partner}" says why`);
  }
  if (found.length === 0)
    throw new EssError('ESS_USAGE', `none of the connectors in ${root} delivers: there is nothing to compare`);
  return found;
}

function seconds(text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number >= 0.5) return number;
  throw new InvalidArgumentError('seconds, at least 0.5.');
}
