// `ess lockstep`: what a partner holds next to what is in force, in each state that a rule can be in, from the topics alone: also
// while no worker runs, and while the projector stands.
import { expect, test } from '@jest/globals';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import type { EssProcess } from '../harness/programs/worker-process.ts';
import { openTestStack } from '../harness/test-stack.ts';

interface Answer {
  readonly readTo: Readonly<Record<string, number>>;
  readonly partners: ReadonlyArray<{
    readonly partner: string;
    readonly inStep: number;
    readonly drifting: number;
    readonly byState: Readonly<Record<string, number>>;
    readonly oldestDriftSeconds: number | null;
    readonly inStepSince: string | null;
  }>;
  readonly cells: ReadonlyArray<{
    readonly ruleId: string;
    readonly expected: number | null;
    readonly acked: number | null;
    readonly state: string;
    readonly why: string;
  }>;
}

const away = { scope: 'Ems' };
const cellOf = (cells: Answer['cells'], rule: string) => cells.find(({ ruleId }) => ruleId === rule);
/** Whole lines only: the last one may still be on its way. */
const answersOf = ({ stdout }: EssProcess): Answer[] =>
  stdout
    .split('\n')
    .slice(0, -1)
    .map((text) => JSON.parse(text) as Answer);

test.concurrent('each rule of a partner is in the state that it is in, and what drifts says why', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start(({ body }) => (body['ruleId'] === 'refused' ? 422 : 200));
  await using line = await Pipeline.open(stack, partner, { partitions: 2 });
  const watch = line.ess(['lockstep', line.partner, '--all', '--watch', '0.5', '--json']);
  /** The first answer from now on in which the rules are in these states. */
  const told = (what: string, states: Readonly<Record<string, string>>): Promise<Answer> => {
    const from = answersOf(watch).length;
    return eventually(what, () =>
      answersOf(watch)
        .slice(from)
        .find(({ cells }) => Object.entries(states).every(([rule, state]) => cellOf(cells, rule)?.state === state)),
    );
  };

  // Its worker is there first: the view takes a rule for on its way for three times as long as deliveries took lately.
  const idle = line.addPartner(partner.url);
  await line.start();
  const names = ['kept', 'left', 'over', 'refused', 'old'];
  await line.source.publish(names.map((name) => makeRule(name, 1)));
  await line.source.publish([makeRule('never', 1, away)]);
  await line.drained();
  const unowned = await eventually('nobody works for the other', async () => {
    const answer = await line.json<Answer>('lockstep', idle, '--all');
    return names.every((name) => cellOf(answer.cells, name)?.state === 'unowned') ? answer : undefined;
  });
  expect(unowned.partners[0]).toMatchObject({ inStep: 0, drifting: 5, byState: { outOfScope: 1 }, inStepSince: null });

  await line.source.publish([
    ...[makeRule('left', 2, away), makeRule('over', 2, { status: 'withdrawn' }), makeRule('kept', 2)],
  ]);
  await line.drained();
  const known = await told('all is judged', {
    ...{
      kept: 'inStep',
      left: 'notTold',
      over: 'notTold',
      refused: 'deadLettered',
      old: 'inStep',
      never: 'outOfScope',
    },
  });
  expect(cellOf(known.cells, 'kept')).toMatchObject({ expected: 2, acked: 2 });
  expect(cellOf(known.cells, 'refused')).toMatchObject({
    expected: 1,
    acked: null,
    why: expect.stringMatching(/status-422/),
  });
  expect(known.partners[0]).toMatchObject({ inStep: 2, drifting: 3 });
  for (const age of Object.values(known.readTo)) expect(age).toBeGreaterThanOrEqual(0);
  const spoken = await line.run('rule', 'left', '--told', line.partner, '--reason', 'phoned the desk');
  expect(spoken).toMatchObject({ code: 0, stderr: expect.stringMatching(/was told that left is over/) });
  const rule = await line.json('rule', 'left');
  expect(rule).toMatchObject({
    versions: [{ version: 1 }, { version: 2 }],
    partners: expect.arrayContaining([
      expect.objectContaining({ partner: line.partner, state: 'outOfScope', expected: 2, acked: 2 }),
    ]),
  });
  expect(rule['attempts']).toMatchObject([
    { outcome: 'delivered', version: 1 },
    { outcome: 'skipped', version: 2 },
    { outcome: 'skipped', version: 2, reason: expect.stringMatching(/has told the partner: phoned the desk/) },
  ]);

  const withoutRegistry = line.ess(['lockstep', line.partner], { SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' });

  await partner.down();
  await line.source.publish([makeRule('old', 2)]);
  const held = await told('the workers hold', { old: 'held' });
  expect(cellOf(held.cells, 'old')).toMatchObject({
    expected: 2,
    acked: 1,
    why: expect.stringMatching(/ECONNREFUSED/),
  });
  const { code, stdout } = await line.run('lockstep', line.partner, '--fail-on-drift');
  expect(code).toBe(1);
  expect(stdout).toMatch(/deadLettered! 1/);
  expect(stdout).toMatch(/^\S+ +refused +1 +– +deadLettered/m);
  await partner.up();
  const back = await told('it is back', { old: 'inStep' });
  expect(cellOf(back.cells, 'old')).toMatchObject({ expected: 2, acked: 2 });
  expect(await withoutRegistry.exited).toBe(1);
  expect(withoutRegistry.output).toMatch(/the schema registry at \S+ does not answer/);
});

test.concurrent('observer and command line tell of drift also while no worker runs, and through a change of the connector', async () => {
  await using stack = await openTestStack();
  await using partner = await FakePartner.start();
  await using line = await Pipeline.open(stack, partner, { partitions: 2 });
  const idle = line.addPartner(partner.url);
  await line.start();
  await line.source.publish([makeRule('a', 1), makeRule('b', 1), makeRule('c', 1, away)]);
  await line.drained();
  const observer = line.ess(['observer', '--port', '0']);
  const { admin } = await observer.logged('observer.started');
  const exported = (what: string, lines: Readonly<Record<string, number>>, of = line.partner) =>
    eventually(what, async () => {
      const text = await (await fetch(`${admin}/metrics`)).text();
      const held = Object.entries(lines).every(([name, value]) =>
        text.includes(`${name.replace('PARTNER', `partner="${of}"`)} ${value}\n`),
      );
      return held || undefined;
    });
  await exported(
    'nobody works for the other',
    {
      'ess_drift_rules{PARTNER,state="unowned"}': 2,
      'ess_group_members{PARTNER}': 0,
      'ess_group_lag_records{PARTNER,cause="unowned"}': 3,
      'ess_desired_workers{PARTNER}': 1,
    },
    idle,
  );
  await exported('all is in step', {
    'ess_drift_rules{PARTNER,state="unowned"}': 0,
    'ess_drift_oldest_seconds{PARTNER}': 0,
    'ess_group_members{PARTNER}': 1,
    'ess_actionable_lag_records{PARTNER}': 0,
  });
  // The same versions, made by another mapping.
  line.connect(partner.url, { mapping: { fields: { ruleId: 'ruleId', version: 'version', title: 'name' } } });
  await observer.logged('connector.reloaded');
  await exported('another mapping', { 'ess_drift_rules{PARTNER,state="mappingChanged"}': 2 });
  const shown = async () => (await line.json('lockstep', line.partner, '--all')) as unknown as Answer;
  expect((await shown()).partners[0]?.byState).toMatchObject({ mappingChanged: 2, outOfScope: 1, inStep: 0 });
  await line.json('replay', line.partner, '--earliest', '--yes', '--wait');
  await exported('replayed', { 'ess_drift_rules{PARTNER,state="mappingChanged"}': 0 });
  // Its scope is another one now: what it holds is not for it, and what it never had is.
  line.connect(partner.url, { source: { where: { scope: 'Ems' } } });
  await eventually('the second change', () => (observer.count('connector.reloaded') === 2 ? true : undefined));
  await exported('another scope', {
    'ess_drift_rules{PARTNER,state="notTold"}': 2,
    'ess_drift_rules{PARTNER,state="newConnector"}': 1,
  });
  expect((await shown()).partners[0]?.byState).toMatchObject({ notTold: 2, newConnector: 1, inStep: 0 });
  await observer.signal('SIGTERM');
  expect(observer.ended).toBe(0);
});
