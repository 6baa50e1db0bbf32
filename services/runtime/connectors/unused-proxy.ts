// A proxy that the environment names, and that no connector asks for: whoever set it may think that it is used.
import type { Connector } from '@ess/domain/connector/connector.ts';
import { PROXY_VARIABLES } from '@ess/domain/connector/trust/proxy.ts';

/** In words; undefined when no such variable is set, or every connector that delivers has said which way it goes. */
export function unusedProxy(
  connectors: readonly Pick<Connector, 'partner' | 'deliver' | 'recipe'>[],
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  const set = PROXY_VARIABLES.filter((name) => env[name]);
  const straight = connectors.filter(({ deliver, recipe }) => {
    const asksEnvironment = PROXY_VARIABLES.some((name) => recipe.env.has(name));
    return deliver !== undefined && deliver.proxy === undefined && !asksEnvironment;
  });
  if (set.length === 0 || straight.length === 0) return undefined;
  const names = straight.map(({ partner }) => partner).join(', ');
  return `${set.join(', ')} is set and not used for ${names}: write deliver.proxy: environment where it is wanted`;
}
