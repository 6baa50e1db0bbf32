// What each check of a connector's fields needs: variables are resolved by the one, problems are told to the other.
import type { Findings } from '../text/problem.ts';
import type { Variables } from './variables.ts';

export interface CheckContext {
  readonly variables: Variables;
  readonly findings: Findings;
}
