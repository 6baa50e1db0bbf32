// The coordinator against a cluster that answers as told: moves, silence, and joins that broke off.
import { eventually } from '@ess/test/harness/deadline.ts';
import { expect, test } from '@jest/globals';
import { Coordinator } from './coordinator.ts';

const moved = () => Object.assign(new Error('not the coordinator'), { type: 'NOT_COORDINATOR_FOR_GROUP' });
const closed = () => Object.assign(new Error('closed'), { name: 'KafkaJSConnectionClosedError', retriable: true });

const rebalancing = () => Object.assign(new Error('rejoin'), { type: 'REBALANCE_IN_PROGRESS' });

/** A broker that notes what it is asked. */
class FakeBroker {
  readonly asked: string[] = [];
  connected = true;
  fail: ((request: string) => Error | undefined) | undefined;

  isConnected = () => this.connected;
  readonly joins: object[] = [];
  readonly beats: object[] = [];
  joinGroup = (request: object) => {
    this.joins.push(request);
    return this.#ask('join');
  };
  syncGroup = () => this.#ask('sync');
  heartbeat = (request: object) => {
    this.beats.push(request);
    return this.#ask('heartbeat');
  };
  leaveGroup = () => this.#ask('leave');
  offsetCommit = () => this.#ask('commit');
  offsetFetch = () => this.#ask('fetch');

  async #ask(request: string): Promise<object> {
    this.asked.push(request);
    const error = this.fail?.(request);
    if (error) throw error;
    return { answer: request };
  }
}

/** @param brokers the coordinator as each search finds it; the last one stands */
async function joined(...brokers: FakeBroker[]) {
  const said = {
    alive: 0,
    calm: 0,
    lost: 0,
    joinDue: false,
    leaving: false,
    searches: 0,
    admitJoin: async (): Promise<number> => 30_000,
  };
  const cluster = {
    findGroupCoordinator: async (_wanted: object): Promise<object> => {
      said.searches += 1;
      return brokers[Math.min(said.searches, brokers.length) - 1] as FakeBroker;
    },
  };
  const coordinator = new Coordinator(cluster, 'group', {
    onAlive: (_askedAtMs, isCalm) => {
      said.alive += 1;
      if (isCalm) said.calm += 1;
    },
    onLost: () => {
      said.lost += 1;
    },
    admitJoin: () => said.admitJoin(),
    isJoinDue: () => said.joinDue,
    isLeaving: () => said.leaving,
  });
  expect(await cluster.findGroupCoordinator({})).toBe(coordinator);
  await coordinator.syncGroup({ groupId: 'group', memberId: 'me', generationId: 7 });
  return { coordinator, said };
}

test('a commit follows the group to its new coordinator, and is done once', async () => {
  const [before, after] = [new FakeBroker(), new FakeBroker()];
  before.fail = (request) => (request === 'commit' ? moved() : undefined);
  const { coordinator } = await joined(before, after);
  await coordinator.offsetCommit({});
  expect([before.asked, after.asked]).toEqual([['sync', 'commit'], ['commit']]);
});

test('a commit that Kafka refuses is not for kafkajs to repeat: it would go out under the next membership', async () => {
  const broker = new FakeBroker();
  const { coordinator } = await joined(broker);
  broker.fail = () => Object.assign(new Error('another generation'), { type: 'ILLEGAL_GENERATION', retriable: true });
  await expect(coordinator.offsetCommit({})).rejects.toMatchObject({ message: 'another generation', retriable: false });
  expect(broker.asked).toEqual(['sync', 'commit']);
});

test('while there is no coordinator heartbeats are left out and keep nothing alive; the next one goes to the new one', async () => {
  const [before, after] = [new FakeBroker(), new FakeBroker()];
  const { coordinator, said } = await joined(before, after);
  await coordinator.heartbeat({});
  expect(said.alive).toBe(2);
  before.fail = () => {
    before.connected = false;
    return closed();
  };
  await coordinator.heartbeat({});
  await coordinator.heartbeat({});
  expect([said.alive, before.asked]).toEqual([2, ['sync', 'heartbeat', 'heartbeat']]);
  await eventually('the group is followed', async () => {
    await coordinator.heartbeat({});
    return after.asked.length > 0 || undefined;
  });
  expect([said.alive, after.asked]).toEqual([3, ['heartbeat']]);
});

test('an error that is no move of the coordinator reaches kafkajs, which joins again', async () => {
  const broker = new FakeBroker();
  const { coordinator, said } = await joined(broker);
  broker.fail = () => rebalancing();
  await expect(coordinator.heartbeat({})).rejects.toMatchObject({ type: 'REBALANCE_IN_PROGRESS' });
  // The session goes on, the wait of the others has begun.
  expect([said.alive, said.calm, said.lost]).toEqual([2, 1, 0]);
});

test.each(['UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION'])(
  'a heartbeat that is answered %s: the group goes on without this member',
  async (type) => {
    const broker = new FakeBroker();
    const { coordinator, said } = await joined(broker);
    broker.fail = () => Object.assign(new Error('who?'), { type });
    await expect(coordinator.heartbeat({})).rejects.toMatchObject({ type });
    expect([said.alive, said.lost]).toEqual([1, 1]);
  },
);

test('a join waits until the last assignment is over; meanwhile heartbeats go out under the membership of before', async () => {
  const broker = new FakeBroker();
  const { coordinator, said } = await joined(broker);
  broker.fail = (request) => (request === 'heartbeat' ? rebalancing() : undefined);
  const over = Promise.withResolvers<number>();
  said.admitJoin = () => over.promise;
  const join = coordinator.joinGroup({ groupId: 'group', rebalanceTimeout: 60_000 });
  await eventually('two heartbeats', async () => said.alive > 2 || undefined);
  expect(broker.joins).toEqual([]);
  expect(broker.beats[0]).toEqual({ groupId: 'group', memberId: 'me', groupGenerationId: 7 });
  expect(said.calm).toBe(1);
  over.resolve(130_000);
  await join;
  expect(broker.joins).toEqual([{ groupId: 'group', rebalanceTimeout: 130_000 }]);
});

test('after a join that broke off the next heartbeat asks for another one instead of keeping what nobody uses', async () => {
  const broker = new FakeBroker();
  const { coordinator, said } = await joined(broker);
  said.joinDue = true;
  await expect(coordinator.heartbeat({})).rejects.toMatchObject({ type: 'REBALANCE_IN_PROGRESS' });
  expect(broker.asked).toEqual(['sync']);
});

test('a step of a join that meets no coordinator has kafkajs join again from the first one', async () => {
  const broker = new FakeBroker();
  const { coordinator, said } = await joined(broker);
  const again = { type: 'NOT_COORDINATOR_FOR_GROUP' };
  for (const [step, join] of [
    ['join', () => coordinator.joinGroup({})],
    ['sync', () => coordinator.syncGroup({})],
  ] as const) {
    broker.fail = (request) => (request === step ? closed() : undefined);
    await expect(join()).rejects.toMatchObject({ ...again, cause: { retriable: true } });
  }
  broker.connected = false;
  await expect(coordinator.joinGroup({})).rejects.toMatchObject(again);
  broker.connected = true;
  const refused = Object.assign(new Error('no right'), { type: 'GROUP_AUTHORIZATION_FAILED' });
  broker.fail = () => refused;
  await expect(coordinator.joinGroup({})).rejects.toBe(refused);
  const end = closed();
  broker.fail = () => end;
  said.leaving = true;
  await expect(coordinator.joinGroup({})).rejects.toBe(end); // it would go on for as long as Kafka is away
});

/** What kafkajs's consumer gets of a search that ended with `error`. */
function searched(error: Error): Promise<unknown> {
  const cluster = { findGroupCoordinator: (_wanted: object): Promise<object> => Promise.reject(error) };
  const nothing = () => undefined;
  const admitJoin = async () => 0;
  const never = () => false;
  new Coordinator(cluster, 'group', {
    onAlive: nothing,
    onLost: nothing,
    admitJoin,
    isJoinDue: never,
    isLeaving: never,
  });
  return cluster.findGroupCoordinator({}).catch((why: unknown) => why);
}

/** As kafkajs ends a search when no broker named the coordinator, for whatever reason: it says that no repetition helps. */
const unnamed = (cause?: Error) =>
  Object.assign(new Error('Failed to find group coordinator', { cause }), {
    name: 'KafkaJSGroupCoordinatorNotFound',
    retriable: false,
  });

test.each([
  ['the broker went away', closed()],
  ['each broker was too slow to answer', unnamed()],
])('so does a search for the coordinator that finds none: %s', async (_why, lost) => {
  expect(await searched(lost)).toMatchObject({ type: 'NOT_COORDINATOR_FOR_GROUP', cause: lost });
});

test('a search that Kafka refuses ends the consumer: no repetition changes it', async () => {
  const refused = unnamed(Object.assign(new Error('not yours'), { type: 'GROUP_AUTHORIZATION_FAILED' }));
  expect(await searched(refused)).toBe(refused);
});
