// A partner's name as a person typed it: checked before anything is asked of Kafka, so that a typing mistake is told at once.
import { EssError } from '@ess/domain/text/error.ts';
import { didYouMean } from '@ess/domain/text/nearest.ts';
import { listConnectors } from '@ess/runtime/connectors/connector-folder.ts';

/** @throws EssError ESS_USAGE with the nearest name when there is no such partner */
export function knownPartner(name: string, root: string): string {
  const partners = listConnectors(root);
  if (partners.includes(name)) return name;
  const remedy = partners.length === 0 ? `there is no connector in ${root}` : didYouMean(name, partners);
  throw new EssError('ESS_USAGE', `there is no partner "${name}": ${remedy}`);
}
