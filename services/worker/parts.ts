// The pieces of one assignment and how they are joined. What they are for is said in assignment.ts.
import { Lanes } from '@ess/domain/delivery/lanes.ts';
import { Committer } from './committer.ts';
import { Backpressure } from './intake/backpressure.ts';
import { CatchUp } from './intake/catch-up.ts';
import { Gathering } from './intake/gathering.ts';
import { Intake } from './intake/intake.ts';
import type { PartitionIntake, SentBefore } from './intake/partition-intake.ts';
import { ScopeExits } from './intake/scope-exits.ts';
import { SourceGate } from './intake/source-gate.ts';
import type { Item } from './item/item.ts';
import { ItemTraces } from './item/item-traces.ts';
import { Retries } from './item/retries.ts';
import { Timers } from './item/timers.ts';
import { Attempts } from './judge/attempts.ts';
import { Disposition } from './judge/disposition.ts';
import { LaneHeads } from './judge/lane-heads.ts';
import { watchOwnership } from './judge/ownership.ts';
import { StartGate } from './judge/start-gate.ts';
import type { AssignmentGroup, PartnerContext } from './partner-context.ts';
import { RowsOnTheirWay } from './record/rows-on-their-way.ts';
import { Redrive } from './redrive/redrive.ts';
import { AssignmentReplays } from './replay/assignment-replays.ts';

/** What the pieces tell the assignment. */
export interface PartsEvents {
  /** Kafka has the rows of a record. */
  readonly settled: (item: Item) => void;
  /** Records of this partition were settled without a turn. */
  readonly passed: (intake: PartitionIntake) => void;
  /** What a record has used of its attempts has changed: one has failed for this reason. */
  readonly counted: (item: Item, reason: string) => void;
  /** The position has jumped to where the replay began. */
  readonly replayOver: (intake: PartitionIntake) => void;
  readonly isLive: () => boolean;
}

export type Parts = ReturnType<typeof joinParts>;

export function joinParts(
  partner: PartnerContext,
  group: AssignmentGroup,
  intakes: ReadonlyMap<number, PartitionIntake>,
  events: PartsEvents,
) {
  const { shared, log, ledger, name } = partner;
  const timers = new Timers();
  const traces = shared.tracer && new ItemTraces(partner, shared.tracer);
  const later = (waitMs: number, then: () => void) => void timers.later(waitMs, then);
  const rows = new RowsOnTheirWay(log);
  const gate = new StartGate(partner, group, timers, {
    start: (item) => laneHeads.begin(item),
    due: () => lanes.pump(),
  });
  const lanes: Lanes<Item> = new Lanes(gate);
  const retries = new Retries(lanes, timers);
  const { settled, counted, passed } = events;
  const catchUp = new CatchUp();
  const gathering = new Gathering({ partner, group, intakes, lanes, retries, catchUp, rows, settled });
  const disposition = new Disposition({ partner, lanes, retries, rows, gathering, settled });
  const attempts = new Attempts(partner, disposition, counted, () => void group.reopen(async () => undefined), traces);
  const source = new SourceGate(partner, group, later);
  const look = (partition: number) => backpressure.look(partition);
  const scopeExits = new ScopeExits(partner, { partitions: () => intakes.keys(), changed: look, later });
  const replays = new AssignmentReplays(partner, group, { lanes, rows, over: events.replayOver, later });
  const redrive = new Redrive(partner, {
    partitions: () => (events.isLive() ? [...intakes.keys()] : []),
    scopeExits,
    lanes,
    rows,
  });
  const laneHeads = new LaneHeads({ partner, lanes, gate, timers, attempts, disposition, scopeExits, intakes });
  const backpressure: Backpressure = new Backpressure({
    partner,
    group,
    intakes,
    lanes,
    source,
    scopeExits,
  });
  const deliveredBefore = (item: Item, sent: SentBefore) => {
    attempts.restate(item, sent);
    redrive.acked(item);
  };
  const intake = new Intake({
    partner,
    lanes,
    timers,
    source,
    scopeExits,
    catchUp,
    gathering,
    rows,
    backpressure,
    deliveredBefore,
    passed,
    traces,
  });
  const committer = new Committer(group, intakes, {
    states: ledger.states,
    workerId: shared.workerId,
    log,
    health: () => partner.health,
    gatherMs: shared.gatherMs,
    stands: (partition) => shared.stands.of(name, partner.connector.source.topic, partition),
  });
  return {
    timers,
    rows,
    gate,
    lanes,
    catchUp,
    gathering,
    disposition,
    attempts,
    source,
    scopeExits,
    replays,
    redrive,
    laneHeads,
    backpressure,
    intake,
    committer,
    traces,
    watchOwnership: () => watchOwnership(group, attempts, later),
  };
}
