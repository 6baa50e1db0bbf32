// Every scenario, in the order in which they run.
import type { Scenario } from '../figures/measured.ts';
import { BUDGET } from './deliveries/budget.ts';
import { LEADER } from './deliveries/leader.ts';
import { RATE } from './deliveries/rate.ts';
import { REPLAY } from './deliveries/replay.ts';
import { RESUME } from './deliveries/resume.ts';
import { S1 } from './deliveries/s1-waiting-rules.ts';
import { S2 } from './deliveries/s2-slow-sink.ts';
import { S3 } from './deliveries/s3-paced.ts';
import { S4 } from './deliveries/s4-slow-key.ts';
import { S5 } from './deliveries/s5-isolation.ts';
import { S7 } from './deliveries/s7-catch-up.ts';
import { S9 } from './deliveries/slow/s9-slow-sink-tls.ts';
import { S10 } from './deliveries/slow/s10-slow-partners.ts';
import { S11 } from './deliveries/slow/s11-slow-sink-http2.ts';
import { SOAK } from './deliveries/soak.ts';
import { CAPACITY } from './sizes/capacity.ts';
import { CONNECT } from './sizes/connect.ts';
import { S6 } from './sizes/s6-many-partners.ts';
import { S8 } from './sizes/s8-three-workers.ts';
import { F1 } from './streams/f1-steady.ts';
import { F2 } from './streams/f2-highest.ts';
import { F3 } from './streams/f3-catch-up.ts';
import { F4 } from './streams/f4-silent-clients.ts';
import { F5 } from './streams/f5-storm.ts';
import { INBOUND } from './streams/inbound.ts';
import { REFUSAL } from './streams/refusal.ts';
import { REVOKE } from './streams/revoke.ts';
import { START } from './streams/start-errors.ts';
import { CONSOLE } from './view/console.ts';
import { FRESH } from './view/fresh.ts';
import { VIEW } from './view/view.ts';

export const SCENARIOS: readonly Scenario[] = [
  S1,
  S2,
  S3,
  S4,
  S5,
  S6,
  S7,
  S8,
  S9,
  S10,
  S11,
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
  VIEW,
  FRESH,
  CONSOLE,
  CAPACITY,
  CONNECT,
];
