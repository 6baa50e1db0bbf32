// The coordinator against a cluster that answers as told: moves, silence, and joins that broke off.
import { eventually } from '@ess/test/harness/deadline.ts';
import { expect, test } from '@jest/globals';
import { Coordinator } from './coordinator.ts';

const moved = () => Object.assign(new Error('not the coordinator'), { type: 'NOT_COORDINATOR_FOR_GROUP' });
const closed = () => Object.assign(new Error('closed'), { name: 'KafkaJSConnectionClosedError', retriable: true });

/** A broker that notes what it is asked. */
class FakeBroker {
  readonly asked: string[] = [];
  connected = true;
  fail: ((request: string) => Error | undefined) | undefined;

  isConnected = () => this.connected;
  joinGroup = () => this.#ask('join');
  syncGroup = () => this.#ask('sync');
  heartbeat = () => this.#ask('heartbeat');
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
  const said = { alive: 0, joinDue: false, searches: 0 };
  const cluster = {
    findGroupCoordinator: async (_wanted: object): Promise<object> => {
      said.searches += 1;
      return brokers[Math.min(said.searches, brokers.length) - 1] as FakeBroker;
    },
  };
  const coordinator = new Coordinator(cluster, 'group', {
    onAlive: () => {
      said.alive += 1;
    },
    isJoinDue: () => said.joinDue,
  });
  expect(await cluster.findGroupCoordinator({})).toBe(coordinator);
  await coordinator.syncGroup({});
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
  const { coordinator } = await joined(broker);
  broker.fail = () => Object.assign(new Error('rejoin'), { type: 'REBALANCE_IN_PROGRESS' });
  await expect(coordinator.heartbeat({})).rejects.toMatchObject({ type: 'REBALANCE_IN_PROGRESS' });
});

test('after a join that broke off the next heartbeat asks for another one instead of keeping what nobody uses', async () => {
  const broker = new FakeBroker();
  const { coordinator, said } = await joined(broker);
  said.joinDue = true;
  await expect(coordinator.heartbeat({})).rejects.toMatchObject({ type: 'REBALANCE_IN_PROGRESS' });
  expect(broker.asked).toEqual(['sync']);
});
