// Every scenario, in the order in which they run.
import type { Scenario } from '../measured.ts';
import { BUDGET } from './budget.ts';
import { F1 } from './f1-steady.ts';
import { F2 } from './f2-highest.ts';
import { F3 } from './f3-catch-up.ts';
import { F4 } from './f4-silent-clients.ts';
import { F5 } from './f5-storm.ts';
import { INBOUND } from './inbound.ts';
import { LEADER } from './leader.ts';
import { RATE } from './rate.ts';
import { REFUSAL } from './refusal.ts';
import { REPLAY } from './replay.ts';
import { RESUME } from './resume.ts';
import { REVOKE } from './revoke.ts';
import { S1 } from './s1-waiting-rules.ts';
import { S2 } from './s2-slow-sink.ts';
import { S3 } from './s3-paced.ts';
import { S4 } from './s4-slow-key.ts';
import { S5 } from './s5-isolation.ts';
import { S6 } from './s6-many-partners.ts';
import { S7 } from './s7-catch-up.ts';
import { S8 } from './s8-three-workers.ts';
import { SOAK } from './soak.ts';
import { START } from './start-errors.ts';

export const SCENARIOS: readonly Scenario[] = [
  S1,
  S2,
  S3,
  S4,
  S5,
  S6,
  S7,
  S8,
  INBOUND,
  REPLAY,
  F1,
  F2,
  F3,
  F4,
  F5,
  BUDGET,
  RATE,
  RESUME,
  REVOKE,
  REFUSAL,
  START,
  LEADER,
  SOAK,
];
