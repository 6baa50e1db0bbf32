// What a command has to know of a partner's connector: where its records come from, and which of them are for it.

import type { Connector } from '@ess/domain/connector/connector.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { formatProblem } from '@ess/domain/text/problem.ts';
import { compilePartner } from '@ess/runtime/connectors/connector-folder.ts';
import { knownPartner } from './known-partner.ts';
import { fittingSchemas, KnownSchemas } from './source-schemas.ts';
import { tell } from './terminal/print.ts';

/**
 * The connector without its secrets, which a command does not need.
 * @throws EssError ESS_USAGE for an unknown partner, ESS_CONFIG for an invalid connector
 */
export async function partnerSource(root: string, name: string, registry: RegistryAddress): Promise<Connector> {
  const partner = knownPartner(name, root);
  const { sourceSchema, shownSchema } = await fittingSchemas(new KnownSchemas(root, registry), partner, tell);
  const { connector, problems } = compilePartner(root, partner, { sourceSchema, shownSchema, withoutEnv: true });
  if (!connector)
    throw new EssError(
      'ESS_CONFIG',
      `connector ${partner} is invalid:\n${problems.map((problem) => `  ${formatProblem(problem)}`).join('\n')}`,
    );
  if (!connector.deliver)
    throw new EssError('ESS_USAGE', `${partner} has no "deliver": it reads for itself, and no worker has a position`);
  return connector;
}
