// Connectors and the schemas that they were compiled against belong together: one changes with the other.
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { LoadOptions } from './connector-folder.ts';
import { loadConnector } from './connector-folder.ts';

/** A new schema of a subject, or none that it fits, leaves a connector as it is. */
export function isSame(before: Connector, now: Connector): boolean {
  const { schemas } = now.recipe;
  return (
    before.digest === now.digest &&
    [...schemas].every(([subject, schema]) => before.recipe.schemas.get(subject) === schema)
  );
}

/** @param olderSchemas is asked when it is not good with those that are known */
export async function tryLoad(
  root: string,
  partner: string,
  known: LoadOptions,
  olderSchemas: ((partner: string) => Promise<LoadOptions | undefined>) | undefined,
): Promise<Connector | { readonly error: unknown }> {
  try {
    return loadConnector(root, partner, known);
  } catch (error) {
    const older = await olderSchemas?.(partner);
    if (!older) return { error };
    try {
      return loadConnector(root, partner, older);
    } catch {
      return { error };
    }
  }
}
