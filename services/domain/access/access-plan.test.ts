import { expect, test } from '@jest/globals';
import type { AccessPartner } from './access-plan.ts';
import { compareAccess, planAccess, plannedUsers } from './access-plan.ts';
import { shownRight } from './right.ts';

const PARTNERS: readonly AccessPartner[] = [
  { partner: 'hospital', source: 'rules', delivers: true, streams: false, doors: ['hospital.bedChange'] },
  { partner: 'flood', source: 'water.level', delivers: true, streams: false, doors: [] },
  { partner: 'species', source: 'rules', delivers: false, streams: true, doors: [] },
];
const FILE = {
  programs: {
    worker: {
      for: 'delivering',
      users: ['ess-worker-<partner>', 'ess-worker'],
      topics: { Read: ['<source>'], Write: ['ess.audit'] },
      groups: { Read: ['ess.<partner>'] },
    },
    inbound: {
      for: 'ringing',
      users: ['ess-inbound'],
      topics: { Write: ['<door>'] },
      transactionalIds: { Write: ['ess-inbound-<door>-*'] },
    },
    ops: { users: ['ess-ops'], cluster: ['Describe'] },
  },
};
const rightsOf = (user: string) =>
  planAccess(FILE, PARTNERS).flatMap((grant) => (grant.user === user ? [shownRight(grant)] : []));

test('a user of one partner has the rights of that partner alone; one of all partners has those of all, each once', () => {
  expect(rightsOf('ess-worker-flood')).toEqual([
    'Read on topic water.level',
    'Write on topic ess.audit',
    'Read on group ess.flood',
  ]);
  expect(rightsOf('ess-worker')).toEqual([
    'Read on topic rules',
    'Read on topic water.level',
    'Write on topic ess.audit',
    'Read on group ess.hospital',
    'Read on group ess.flood',
  ]);
  expect(rightsOf('ess-worker-species')).toEqual([]);
});

test('doors, prefixes and the cluster', () => {
  expect(rightsOf('ess-inbound')).toEqual([
    'Write on topic hospital.bedChange',
    'Write on transactional-id ess-inbound-hospital.bedChange-*',
  ]);
  expect(rightsOf('ess-ops')).toEqual(['Describe on the cluster']);
  expect(plannedUsers(FILE, PARTNERS)).toEqual([
    'ess-worker-hospital',
    'ess-worker-flood',
    'ess-worker',
    'ess-inbound',
    'ess-ops',
  ]);
});

test('what another right of the same user includes is left out', () => {
  const topics = {
    Read: ['a'],
    Describe: ['a', 'b'],
    AlterConfigs: ['ess.*'],
    DescribeConfigs: ['ess.audit', 'b'],
    Create: ['ess.*', 'ess.x'],
  };
  const shown = planAccess({ programs: { ops: { users: ['u'], topics } } }, []).map(shownRight);
  expect(shown).toEqual([
    'Read on topic a',
    'Describe on topic b',
    'AlterConfigs on topic ess.*',
    'DescribeConfigs on topic b',
    'Create on topic ess.*',
  ]);
});

test('what is missing and what is too much are told apart; users that the plan does not know are nobody’s business', () => {
  const planned = planAccess(FILE, PARTNERS);
  const extra = { user: 'ess-ops', resource: 'topic', name: 'rules', operation: 'Delete', prefixed: false } as const;
  const foreign = { ...extra, user: 'somebody' };
  const users = plannedUsers(FILE, PARTNERS);
  expect(compareAccess(planned, users, [...planned.slice(1), extra, foreign])).toEqual({
    missing: [planned[0]],
    tooMuch: [extra],
  });
});

test.each([
  [{}, '"programs" is missing'],
  [{ programs: { worker: { users: [] } } }, 'worker.users must name a user'],
  [{ programs: { worker: { users: ['a'], topic: {} } } }, 'worker.topic is not known'],
  [{ programs: { worker: { users: ['a'], for: 'deliver' } } }, 'worker.for "deliver" is not known'],
  [{ programs: { worker: { users: ['a'], topics: { Raed: ['x'] } } } }, 'worker.topics.Raed is no operation of Kafka'],
])('%j is refused', (file, told) => {
  expect(() => planAccess(file, PARTNERS)).toThrow(told);
});
