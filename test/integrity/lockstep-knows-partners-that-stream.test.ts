// A partner without an endpoint in `ess lockstep` and `ess observer`: what its clients have said that they have is what it holds.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSchema } from '@ess/schemas/catalog.ts';
import type { StreamState } from '@ess/schemas/generated/types.ts';
import { LATEST_TOPIC, PUBLIC_TOPIC, RULES_TOPIC, STREAM_STATE_TOPIC } from '@ess/schemas/topics.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { Outbox } from '@ess/stream/write/outbox.ts';
import { expect, test } from '@jest/globals';
import { stringify } from 'yaml';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { eventually } from '../harness/deadline.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { publicRule } from '../harness/programs/stream-line.ts';
import { openTestStack } from '../harness/test-stack.ts';

interface Answer {
  readonly cells: ReadonlyArray<{ readonly state: string; readonly acked: number | null; readonly why: string }>;
}

test('a kiosk that is off is behind, and in step when a client has said that it has the newest event', async () => {
  await using stack = await openTestStack();
  await using unused = await FakePartner.start();
  await using line = await Pipeline.open(stack, unused);
  const outbox = new Outbox(stack.kafka);
  const codec = new Codec(stack.registry);
  const encoders = await Promise.all(
    [RULES_TOPIC, PUBLIC_TOPIC, STREAM_STATE_TOPIC].map((topic) =>
      codec.encoder(`${topic}-value`, readSchema(topic) as object),
    ),
  );
  const [encodeRule, encodePublic, encodeState] = encoders as [
    (typeof encoders)[0],
    (typeof encoders)[0],
    (typeof encoders)[0],
  ];
  const kiosk = `kiosk${randomBytes(4).toString('hex')}`;
  mkdirSync(join(line.connectors, kiosk));
  const source = { topic: RULES_TOPIC, where: { region: kiosk } };
  const connector = { partner: kiosk, source, mapping: 'mapping.json', stream: { enabled: true, clients: 'all' } };
  writeFileSync(join(line.connectors, kiosk, 'connector.yaml'), stringify(connector));
  writeFileSync(join(line.connectors, kiosk, 'mapping.json'), JSON.stringify({ fields: { ruleId: 'ruleId' } }));
  /** As a publisher and the projector write it. */
  const publish = async (version: number, region = kiosk) => {
    const rule = makeRule(kiosk, version, { region });
    const open = { ...publicRule(kiosk, version, 'Hospital'), region };
    await outbox.append([{ topic: RULES_TOPIC, key: kiosk, value: encodeRule(rule) }]);
    const [written] = await outbox.append([{ topic: PUBLIC_TOPIC, key: kiosk, value: encodePublic(open) }]);
    return written ?? { partition: 0, offset: 0 };
  };
  const clients = new Map<string, StreamState['clients'][number]>();
  const said = async ({ partition, offset }: { partition: number; offset: number }, name = '') => {
    const offsets = Array.from({ length: partition + 1 }, (_, one) => (one === partition ? offset + 1 : 0));
    const now = Date.now();
    // The topic is compacted: as the bridge writes it, a row has all clients.
    clients.set(name, { client: name, offsets, time: null, broughtAt: now, seenAt: now });
    const all = [...clients.values()];
    const row: StreamState = { partner: kiosk, topicId: null, offsets, time: null, clients: all, at: now };
    await outbox.append([{ topic: STREAM_STATE_TOPIC, key: kiosk, value: encodeState(row) }]);
  };
  /** When the observer has it too: each question is a process. */
  const cell = async (state: string) => {
    await exported(state);
    return eventually(state, async () => {
      const { cells } = (await line.json('lockstep', kiosk, '--rule', kiosk)) as unknown as Answer;
      return cells.find((one) => one.state === state);
    });
  };

  // What is in force alone has it: its record in the source has expired.
  const expired = `${kiosk}-expired`;
  const inForce = encodeRule(makeRule(expired, 7, { region: 'elsewhere' }));
  await outbox.append([{ topic: LATEST_TOPIC, key: expired, value: inForce }]);
  expect(await line.json('rule', expired)).toMatchObject({
    versions: [{ topic: LATEST_TOPIC, version: 7, unreadable: null }],
    partners: [{ expected: 7, acked: null, state: 'outOfScope' }],
  });

  const withoutRegistry = line.ess(['lockstep', kiosk], { SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1' });
  const observer = line.ess(['observer', '--port', '0']);
  const { admin } = await observer.logged('observer.started');
  const STATES = ['behind', 'notTold'];
  /** Of the one rule: in step is what is neither. */
  const exported = (state: string) =>
    eventually(`the observer: ${state}`, async () => {
      const text = await (await fetch(`${admin}/metrics`)).text();
      const isThere = (one: string) =>
        text.includes(`ess_drift_rules{partner="${kiosk}",state="${one}"} ${one === state ? 1 : 0}\n`);
      return STATES.every(isThere) || undefined;
    });

  const first = await publish(1);
  expect(await cell('behind')).toMatchObject({ acked: null, why: expect.stringMatching(/none of its clients/) });
  await said(first);
  expect(await cell('inStep')).toMatchObject({ acked: 1 });
  const second = await publish(2);
  expect(await cell('behind')).toMatchObject({ acked: 1, why: expect.stringMatching(/last said at/) });
  await said(second);
  expect(await cell('inStep')).toMatchObject({ acked: 2 });
  // Another client comes, which has nothing yet: what the first one has does not count for both.
  await said({ partition: 0, offset: -1 }, 'south');
  expect(await cell('behind')).toMatchObject({ acked: null, why: expect.stringMatching(/^not all of its clients/) });
  await said(second, 'south');
  expect(await cell('inStep')).toMatchObject({ acked: 2 });
  // It leaves the scope: the stream says nothing of that, although its clients go on.
  await said(await publish(3, 'elsewhere'));
  expect(await cell('notTold')).toMatchObject({ acked: 2, why: expect.stringMatching(/its stream says nothing/) });
  // What its clients had is on record nowhere: that is said, and no word that nothing drifts.
  const past = await line.run('lockstep', kiosk, '--at', '1ms', '--drifted', '--fail-on-drift');
  expect(past).toMatchObject({ code: 1, stdout: expect.stringContaining(`${kiosk} is left out: it only streams`) });
  expect(past.stdout).not.toContain('nothing drifts');
  const typo = await line.run('lockstep', kiosk, '--rule', 'typo', '--json');
  expect(typo).toMatchObject({ code: 1, stderr: expect.stringContaining('has a rule typo') });
  expect(await withoutRegistry.exited).toBe(1);
  expect(withoutRegistry.output).toMatch(/the schema registry at \S+ does not answer/);
  await outbox.close(1_000);
});
