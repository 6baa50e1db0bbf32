// A redrive for unit tests: letters, what the partner has acked, and what is on record, as topics of Kafka.
import { deserialize, serialize } from 'node:v8';
import type { Connector } from '@ess/domain/connector/connector.ts';
import { ControlState, makeCommand } from '@ess/domain/control/control-state.ts';
import { packLetters } from '@ess/domain/delivery/dead-letters.ts';
import type { Command, DeadLetter, DeadLetterState, DeliveryState } from '@ess/schemas/generated/types.ts';
import type { Row } from '@ess/stream/write/packed-rows.ts';
import type { Pulled } from '@ess/worker/intake/pull.ts';
import { ScopeExits } from '@ess/worker/intake/scope-exits.ts';
import { RedriveRun } from '@ess/worker/redrive/redrive-run.ts';
import { FakeTopic } from '../../fakes/kafka/fake-cluster.ts';
import { makePartner } from './partner.ts';
import { makeRule } from './rules.ts';

export const REDRIVE_ID = 'redrive-1';

/** A letter of version 3 of its rule, from partition 0 of the source. */
export function letterOf(
  ruleId: string,
  offset: number,
  more: Partial<DeadLetter> = {},
  scope = 'Hospital',
): DeadLetter {
  return {
    partner: 'hospital',
    ruleId,
    version: 3,
    topic: 'rules',
    partition: 0,
    offset,
    key: Buffer.from(ruleId),
    value: serialize(makeRule(ruleId, 3, { scope })),
    headers: [],
    recordTimestamp: 1_000,
    reason: 'status-422',
    detail: '',
    attempts: 1,
    parkedAt: 1_000,
    deliveryId: null,
    topicId: null,
    ...more,
  };
}

export interface RedriveGiven {
  readonly letters: readonly DeadLetter[];
  /** Offsets in ess.dead-letters; absent: all. */
  readonly selected?: readonly number[];
  readonly done?: ReadonlyArray<Partial<DeadLetterState>>;
  readonly acked?: ReadonlyArray<Partial<DeliveryState>>;
  readonly force?: boolean;
  readonly topic?: string;
  /** Rules that the partner has. */
  readonly inForce?: readonly string[];
  readonly source?: Connector['source'];
  /** Id of the source topic. */
  readonly topicId?: string;
}

/** A redrive of letters that are in Kafka, as its worker would carry it out. */
export function openRedrive(given: RedriveGiven) {
  const {
    letters,
    selected,
    done = [],
    acked = [],
    force = false,
    topic = 'rules',
    source,
    topicId,
    inForce = [],
  } = given;
  const [parked, states, delivered] = ['ess.dead-letters', 'ess.dead-letter-state', 'ess.delivery-state'].map(
    (name) => new FakeTopic(1, name),
  ) as [FakeTopic, FakeTopic, FakeTopic];
  const put = (into: FakeTopic, key: string, row: object) =>
    into.add(0, { records: [{ key, value: serialize(row) }], timestampMs: Date.now() });
  for (const letter of letters) put(parked, `${letter.partner}/${letter.ruleId}`, letter);
  for (const row of done) put(states, 'k', { partner: 'hospital', topic: 'rules', partition: 0, ...row });
  for (const row of acked) put(delivered, `hospital/${row.ruleId}`, row);

  const places = (selected ?? letters.keys().toArray()).map((offset) => ({ partition: 0, offset, times: 1 }));
  const command = makeCommand({
    id: REDRIVE_ID,
    partner: 'hospital',
    kind: 'redrive',
    by: 'anna@ops',
    reason: null,
    redrive: {
      topic,
      partitions: [0],
      letters: packLetters(places),
      force,
      reason: null,
      ruleId: null,
      sinceMs: null,
      untilMs: null,
      limit: null,
    },
  });
  const state = new ControlState();
  state.apply(command);
  const told: Command[] = [];
  const rows: Row[] = [];
  const letterState = (row: DeadLetterState) => serialize(row);
  const nothing = () => Buffer.alloc(0);
  const { partner } = makePartner({
    ...(source && { connector: { source } }),
    shared: {
      kafka: FakeTopic.kafkaOf([parked, states, delivered]),
      codec: {
        isPrepared: () => true,
        holdsSource: () => false,
        prepare: async () => {},
        decode: (value) => ({ ok: true, record: deserialize(value ?? serialize({})) }),
      },
      control: { state, write: async (commands) => void told.push(...commands) },
      encode: { audit: nothing, state: nothing, deadLetter: nothing, letterState },
      history: {
        rules: async function* () {
          yield inForce.map((ruleId) => ({ ruleId, inForce: true }));
        },
        acked: async () => undefined,
        sent: async () => new Map(),
      },
      outbox: { append: async (written) => void rows.push(...written), appendAndTell: async () => [] },
    },
  });
  partner.ledger.topicId = topicId ?? null;
  const order = command.redrive as NonNullable<typeof command.redrive>;
  const changed = () => undefined;
  const partitions = () => [0];
  const scope = { partitions, scopeExits: new ScopeExits(partner, { partitions, changed, later: changed }) };
  const run = new RedriveRun(partner, command, order, [0], scope, new AbortController().signal);
  const cancel = () =>
    state.apply(makeCommand({ id: 'c', partner: 'hospital', kind: 'cancel', by: 'b', of: REDRIVE_ID }));
  const stateRows = () =>
    rows
      .filter((row) => row.topic === 'ess.dead-letter-state')
      .map(({ value }) => deserialize(value as Buffer) as DeadLetterState);
  return { run, stateRows, cancel, written: () => told };
}

export async function itemsOf(run: RedriveRun): Promise<Pulled[]> {
  const pulled: Pulled[] = [];
  for await (const one of run.items()) pulled.push(one);
  return pulled;
}

export const rulesOf = (pulled: readonly Pulled[]) => pulled.map(({ item }) => item.ruleId);
