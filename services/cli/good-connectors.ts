// A program that works for every connector begins with those that are good: one that is not keeps only its own partner waiting.
import type { Connector } from '@ess/domain/connector.ts';
import type { Log } from '@ess/runtime/log.ts';

export interface GoodConnectors {
  readonly connectors: readonly Connector[];
  /** Names of those that could not be loaded; each has been told. */
  readonly refused: readonly string[];
}

/**
 * @param load throws what is wrong with one
 * @throws that of the first one when none is good
 */
export function goodConnectors(
  names: readonly string[],
  load: (name: string) => Connector,
  log: Pick<Log, 'error'>,
): GoodConnectors {
  const connectors: Connector[] = [];
  const refused = new Map<string, unknown>();
  for (const name of names)
    try {
      connectors.push(load(name));
    } catch (error) {
      refused.set(name, error);
    }
  const [first] = refused.values();
  if (connectors.length === 0 && first !== undefined) throw first;
  for (const [partner, error] of refused) log.error({ partner, error: String(error) }, 'connector.refused');
  return { connectors, refused: [...refused.keys()] };
}
