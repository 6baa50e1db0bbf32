// The connectors that deliver or stream, as a command that only looks needs them.
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { RegistryAddress } from '@ess/domain/stream/registry-access.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { compilePartner, listConnectors } from '@ess/runtime/connectors/connector-folder.ts';
import { knownPartner } from './known-partner.ts';
import { fittingSchemas, KnownSchemas } from './source-schemas.ts';
import { tell } from './terminal/print.ts';

export interface Outgoing {
  readonly connectors: readonly Connector[];
  /** Partners of which nobody can say what they want: it was told why. */
  readonly leftOut: readonly string[];
}

/**
 * Without their secrets: nothing is sent.
 * @throws EssError ESS_USAGE for an unknown name, ESS_CONFIG for one that is not valid, ESS_REGISTRY where nobody can tell that
 */
export async function outgoingConnectors(
  root: string,
  names: readonly string[],
  registry: RegistryAddress,
): Promise<Outgoing> {
  const known = new KnownSchemas(root, registry);
  const wanted = names.length > 0 ? names.map((name) => knownPartner(name, root)) : listConnectors(root);
  const found: Connector[] = [];
  const leftOut: string[] = [];
  for (const partner of wanted) {
    const { away, ...schemas } = await fittingSchemas(known, partner, tell);
    const { connector, problems } = compilePartner(root, partner, { ...schemas, withoutEnv: true });
    if (connector?.deliver || connector?.stream.enabled) found.push(connector);
    if (connector) continue;
    // It may be the registry alone that knows what its source has.
    if (names.length > 0 && away !== undefined) throw new EssError('ESS_REGISTRY', away);
    if (names.length > 0)
      throw new EssError('ESS_CONFIG', `connector ${partner} is invalid: ${problems[0]?.message ?? ''}`);
    leftOut.push(partner);
    const invalid = `its connector is invalid; "ess connector check ${partner}" says why`;
    tell(`${partner} is left out: ${away ?? invalid}`);
  }
  if (found.length === 0)
    throw new EssError(
      'ESS_USAGE',
      `none of the connectors in ${root} delivers or streams: there is nothing to compare`,
    );
  return { connectors: found, leftOut };
}
