// The connectors that deliver or stream, as a command that only looks needs them.
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { compilePartner, listConnectors } from '@ess/runtime/connectors/connector-folder.ts';
import { knownPartner } from './known-partner.ts';
import { fittingSchemas, KnownSchemas } from './source-schemas.ts';
import { tell } from './terminal/print.ts';

/**
 * Without their secrets: nothing is sent.
 * @throws EssError ESS_USAGE for an unknown name, ESS_CONFIG for one that is not valid, ESS_REGISTRY where nobody can tell that
 */
export async function outgoingConnectors(
  root: string,
  names: readonly string[],
  registry: RegistryAddress,
): Promise<Connector[]> {
  const known = new KnownSchemas(root, registry);
  const wanted = names.length > 0 ? names.map((name) => knownPartner(name, root)) : listConnectors(root);
  const found: Connector[] = [];
  for (const partner of wanted) {
    const { away, ...schemas } = await fittingSchemas(known, partner, tell);
    const { connector, problems } = compilePartner(root, partner, { ...schemas, withoutEnv: true });
    if (connector?.deliver || connector?.stream.enabled) found.push(connector);
    // It may be the registry alone that knows what its source has.
    else if (!connector && away !== undefined && names.length > 0) throw new EssError('ESS_REGISTRY', away);
    else if (!connector && away !== undefined) tell(`${partner} is left out: ${away}`);
    else if (!connector && names.length > 0)
      throw new EssError('ESS_CONFIG', `connector ${partner} is invalid: ${problems[0]?.message ?? ''}`);
    else if (!connector)
      tell(`${partner} is left out: its connector is invalid; "ess connector check ${partner}" says why`);
  }
  if (found.length === 0)
    throw new EssError(
      'ESS_USAGE',
      `none of the connectors in ${root} delivers or streams: there is nothing to compare`,
    );
  return found;
}
