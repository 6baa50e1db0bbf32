// Connectors and the schemas that they were compiled against belong together: one changes with the other.
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { ConnectorRecipe } from '@ess/domain/connector/recipe.ts';
import type { LoadOptions } from './connector-folder.ts';
import { compilePartner, invalid } from './connector-folder.ts';

/** A new schema of a subject, or none that it fits, leaves a connector as it is. */
export function isSame(before: Connector, now: Connector): boolean {
  const { schemas } = now.recipe;
  return (
    before.digest === now.digest &&
    [...schemas].every(([subject, schema]) => before.recipe.schemas.get(subject) === schema)
  );
}

/** Why there is no connector, and what it has asked for. */
export interface Refused {
  readonly error: unknown;
  readonly recipe?: ConnectorRecipe | undefined;
}

/** @param olderSchemas is asked when it is not good with those that are known */
export async function tryLoad(
  root: string,
  partner: string,
  known: LoadOptions,
  olderSchemas: ((partner: string) => Promise<LoadOptions | undefined>) | undefined,
): Promise<Connector | Refused> {
  const load = (options: LoadOptions): Connector | Refused => {
    try {
      const { connector, problems, recipe } = compilePartner(root, partner, options);
      return connector ?? { error: invalid(partner, problems), recipe };
    } catch (error) {
      return { error };
    }
  };
  const found = load(known);
  if (!('error' in found)) return found;
  const older = await olderSchemas?.(partner);
  const fitting = older && load(older);
  return fitting && !('error' in fitting) ? fitting : found;
}
