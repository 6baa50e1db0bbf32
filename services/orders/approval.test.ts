// What a person is told who proposes, approves or withdraws.
import { checkCommand } from '@ess/domain/control/control-check.ts';
import { ControlState, makeCommand } from '@ess/domain/control/control-state.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import { expect, test } from '@jest/globals';
import type { Today } from './approval.ts';
import { approve, approvedBy, propose, refuseChanged, standing, theProposal, withdraw } from './approval.ts';

const order = makeCommand({
  id: 'a1b2',
  partner: 'hospital',
  kind: 'replay',
  by: 'anna@ops',
  reason: 'their ticket',
  replay: {
    topic: 'rules',
    partitions: [{ partition: 0, target: 0, until: 9 }],
    ...{ key: null, newIds: false, ratePerSecond: null, current: false },
  },
});
const hour = 3_600_000;
const proposed = propose(order, { records: 9, expiresAtMs: order.at + hour + 0.5 });
const digest = proposed.proposal?.digest ?? '';
const fold = (...commands: Command[]): ControlState => {
  const state = new ControlState();
  for (const command of commands) state.apply(command);
  return state;
};

test('what is proposed, approved and withdrawn is taken as it is, by everybody who reads the topic', () => {
  const state = fold(proposed);
  const approval = approve(state, 'a1b2', 'ben@ops', digest.slice(0, 12), 'looked at it');
  for (const command of [proposed, approval, withdraw(state, 'a1b2', 'anna@ops')])
    expect(checkCommand(command.id, command)).toEqual({ command });
  expect(state.apply(approval)).toBeUndefined();
  expect(state.find('a1b2')).toMatchObject({
    command: { kind: 'replay', reason: 'their ticket' },
    approval: { by: 'ben@ops', reason: 'looked at it' },
    status: 'running',
  });
});

test.each<[string, Command[], (state: ControlState) => Command, string, string]>([
  ['the nearest id', [proposed], (state) => approve(state, 'a1b3', 'ben'), 'ESS_USAGE', 'a1b2'],
  ['that there is none', [], (state) => approve(state, 'a1b3', 'ben'), 'ESS_USAGE', 'none was made'],
  ['that one is no proposal', [order], (state) => approve(state, 'a1b2', 'ben'), 'ESS_USAGE', 'no proposal "a1b2"'],
  [
    'of another digest',
    [proposed],
    (state) => approve(state, 'a1b2', 'ben', 'f'.repeat(64)),
    'ESS_USAGE',
    'look at it again',
  ],
  [
    'of a digest that says little',
    [proposed],
    (state) => approve(state, 'a1b2', 'ben', digest.slice(0, 11)),
    'ESS_USAGE',
    digest,
  ],
  ['that it is their own', [proposed], (state) => approve(state, 'a1b2', 'anna@ops'), 'ESS_CONFLICT', 'somebody else'],
  [
    'that it is too late',
    [proposed],
    (state) => approve(state, 'a1b2', 'ben', digest, null, order.at + hour + 1),
    'ESS_CONFLICT',
    'has expired at',
  ],
  [
    'what runs meanwhile',
    [{ ...order, id: 'other' }, proposed],
    (state) => approve(state, 'a1b2', 'ben'),
    'ESS_CONFLICT',
    'replay other of hospital runs',
  ],
  [
    'that it is approved',
    [proposed, approve(fold(proposed), 'a1b2', 'cem')],
    (state) => approve(state, 'a1b2', 'ben'),
    'ESS_CONFLICT',
    'approved by cem',
  ],
  [
    'that it was withdrawn',
    [proposed, withdraw(fold(proposed), 'a1b2', 'anna@ops')],
    (state) => approve(state, 'a1b2', 'ben'),
    'ESS_CONFLICT',
    'was withdrawn at',
  ],
  ['whose it is', [proposed], (state) => withdraw(state, 'a1b2', 'ben'), 'ESS_CONFLICT', 'a proposal of anna@ops'],
])('says %s', (_, given, act, code, said) => {
  const state = fold(...given);
  const thrown = expect.objectContaining({ code, message: expect.stringContaining(said) });
  expect(() => act(state)).toThrow(thrown as never);
});

test('what nobody has put on record yet has expired all the same', () => {
  const found = fold(proposed).list()[0];
  if (!found) throw new Error('there is one');
  expect([standing(found, order.at + hour - 1), standing(found, order.at + hour + 1)]).toEqual(['proposed', 'expired']);
});

test('an approval that was not taken says what came before it', () => {
  const approval = (by: string) => approve(fold(proposed), 'a1b2', by);
  const [first, second] = [approval('ben'), approval('cem')];
  expect(approvedBy(fold(proposed, first, second), first).status).toBe('running');
  expect(() => approvedBy(fold(proposed, first, second), second)).toThrow('a1b2 was approved by ben at');
  expect(() => approvedBy(fold({ ...order, id: 'other' }, proposed, first), first)).toThrow(
    'replay other of hospital runs',
  );
});

const [BEFORE, NOW] = ['a'.repeat(64), 'b'.repeat(64)];
const connectorOf = (connectorDigest = BEFORE, topic = 'rules', deliver: object | undefined = {}): Today['connector'] =>
  ({ connectorDigest, source: { topic }, deliver }) as never;
const redrive = {
  ...{ reason: null, ruleId: null, sinceMs: null, untilMs: null, limit: null, force: false },
  ...{ topic: 'rules', partitions: [0], letters: [{ partition: 0, offsets: [1], times: [0] }] },
};

test.each<[string, 'replay' | 'redrive' | 'drop', Today, string | undefined]>([
  ['as it was', 'replay', { connector: connectorOf(), size: 9 }, undefined],
  [
    'larger',
    'replay',
    { connector: connectorOf(), size: 10 },
    'a1b2 says 9 records, and would send 10: propose it anew',
  ],
  [
    'of another topic',
    'replay',
    { connector: connectorOf(BEFORE, 'permits') },
    'a1b2 is of rules, and hospital reads permits by',
  ],
  [
    'sent by another connector',
    'replay',
    { connector: connectorOf(NOW) },
    'had the connector aaaaaaaaaaaa, and bbbbbbbbbbbb is',
  ],
  [
    'sent by another connector',
    'redrive',
    { connector: connectorOf(NOW) },
    'had the connector aaaaaaaaaaaa, and bbbbbbbbbbbb is',
  ],
  [
    'of another topic',
    'redrive',
    { connector: connectorOf(BEFORE, 'permits') },
    'a1b2 is of rules, and hospital reads permits by',
  ],
  [
    'of a partner that nothing is delivered to',
    'drop',
    { connector: connectorOf(BEFORE, 'rules', null as never) },
    'has no valid connector with "deliver" now',
  ],
  ['of a partner that is gone', 'redrive', { connector: undefined }, 'has no valid connector with "deliver" now'],
  ['of what is not sent', 'drop', { connector: connectorOf(NOW, 'permits') }, undefined],
])('a proposal that is %s (%s) is approved only when it is what was proposed', (_what, kind, today, why) => {
  const given = kind === 'replay' ? order : { ...order, kind, replay: null, redrive };
  const records = kind === 'replay' ? 9 : 1;
  const found = fold(propose(given, { records, expiresAtMs: order.at + hour, connector: BEFORE }));
  const judged = () => refuseChanged(theProposal(found, 'a1b2'), today);
  if (why === undefined) expect(judged).not.toThrow();
  else expect(judged).toThrow(why);
});

test('what was proposed before connectors were named is not held against one', () => {
  expect(() => refuseChanged(theProposal(fold(proposed), 'a1b2'), { connector: connectorOf(NOW) })).not.toThrow();
});
