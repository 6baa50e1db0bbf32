// What the checks of a connector's trust (certificates, proxies, tokens) need of those around them.
import type { Findings } from '../../text/problem.ts';
import type { Variables } from '../../values/variables.ts';

export interface TrustContext {
  readonly variables: Variables;
  readonly findings: Findings;
}
