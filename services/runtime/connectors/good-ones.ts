// Of several connectors those that are good: one that is not keeps only its own partner waiting.
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { Log } from '../log/log.ts';

/**
 * @param load throws what is wrong with one
 * @param isOurs of one that is good, or, without it, that is not
 * @throws that of the first one when none is good
 */
export function goodOnes(
  names: readonly string[],
  load: (name: string) => Connector,
  log: Pick<Log, 'error'>,
  isOurs: (name: string, connector?: Connector) => boolean = () => true,
): Connector[] {
  const connectors: Connector[] = [];
  const refused = new Map<string, unknown>();
  for (const name of names)
    try {
      const connector = load(name);
      if (isOurs(name, connector)) connectors.push(connector);
    } catch (error) {
      if (isOurs(name)) refused.set(name, error);
    }
  const [first] = refused.values();
  if (connectors.length === 0 && first !== undefined) throw first;
  for (const [partner, error] of refused) log.error({ partner, error: String(error) }, 'connector.refused');
  return connectors;
}
