// Every scenario, in the order in which they run.
import type { Scenario } from '../measured.ts';
import { S1 } from './s1-waiting-rules.ts';
import { S2 } from './s2-slow-sink.ts';

export const SCENARIOS: readonly Scenario[] = [S1, S2];
