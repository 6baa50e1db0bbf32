// A partner whose source keeps it waiting, while its files change.
import { makeConnector } from '@ess/test/harness/data/connector.ts';
import { makeShared } from '@ess/test/harness/data/worker-shared.ts';
import { expect, jest, test } from '@jest/globals';
import { Membership } from './membership.ts';
import type { Partner } from './partner.ts';

/** Notes the URL of each partner that is opened. */
class Opened extends Map<string, Partner> {
  readonly urls: string[] = [];

  override set(name: string, partner: Partner): this {
    this.urls.push(partner.connector.deliver.url);
    return super.set(name, partner);
  }
}

test('one that waits for its topic is opened by the files of today, once', async () => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'performance', 'queueMicrotask', 'setImmediate'] });
  let topics: readonly string[] = [];
  const resting = {
    disconnect: async () => {},
    stop: async () => {},
    on: () => () => {},
    events: {},
    connect: async () => {},
    subscribe: async () => {},
    run: async () => {},
  };
  const admin = {
    connect: async () => {},
    disconnect: async () => {},
    fetchTopicMetadata: async () => ({ topics: [] }),
  };
  const kafka = { consumer: () => resting, admin: () => admin, producer: () => ({}), logger: () => ({}) };
  const partners = new Opened();
  const membership = new Membership({
    partners,
    shared: makeShared({ kafka: kafka as never }),
    waits: new Set(),
    topics: async () => topics,
  });
  await membership.begin([makeConnector('hospital', 'https://old.example/')]);
  await jest.advanceTimersByTimeAsync(500);
  await membership.put(makeConnector('hospital', 'https://new.example/'), new AbortController().signal);
  topics = ['rules'];
  await jest.advanceTimersByTimeAsync(60_000);
  expect([...new Set(partners.urls)]).toEqual(['https://new.example/']);
  await membership.stop();
  jest.useRealTimers();
});
