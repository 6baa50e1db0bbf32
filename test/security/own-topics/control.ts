// Whoever may write to ess.control may order nonsense: it is told once and left aside, or ends on record, and blocks nothing.

import { controlKey, makeCommand } from '@ess/domain/control/control-state.ts';
import type { Command } from '@ess/schemas/generated/types.ts';
import { CONTROL_TOPIC } from '@ess/schemas/topics.ts';
import type { EncodeCommand } from '@ess/stream/read/control-log.ts';
import { commandEncoder } from '@ess/stream/read/control-log.ts';
import { Codec } from '@ess/stream/registry/codec.ts';
import { Outbox } from '@ess/stream/write/outbox.ts';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FakePartner } from '../../fakes/partner.ts';
import { openControl, replayEnd } from '../../harness/data/control.ts';
import { makeRule } from '../../harness/data/rules.ts';
import { eventually } from '../../harness/deadline.ts';
import { Pipeline } from '../../harness/programs/pipeline.ts';
import { stack } from './stack.ts';

describe('ess.control', () => {
  let outbox: Outbox;
  let encode: EncodeCommand;
  let partner: FakePartner;
  let line: Pipeline;

  beforeAll(async () => {
    outbox = new Outbox(stack.kafka);
    encode = await commandEncoder(new Codec(stack.registry));
    partner = await FakePartner.start();
    line = await Pipeline.open(stack, partner, { partitions: 2 });
    await line.start();
    await line.source.publish([makeRule('a', 1), makeRule('b', 1), makeRule('c', 1)]);
    await line.drained();
  });

  afterAll(async () => {
    await line?.[Symbol.asyncDispose]();
    await partner?.[Symbol.asyncDispose]();
    await outbox?.close(1_000);
  });

  const write = (commands: readonly Command[], keyOf: (command: Command) => string = controlKey) =>
    outbox.append(commands.map((command) => ({ topic: CONTROL_TOPIC, key: keyOf(command), value: encode(command) })));
  const replay = (id: string, partitions: ReadonlyArray<readonly [number, number, number?]>, more: object = {}) =>
    makeCommand({
      id,
      partner: line.partner,
      kind: 'replay',
      by: 'mallory',
      replay: {
        topic: line.source.name,
        key: null,
        newIds: false,
        ratePerSecond: null,
        current: false,
        ...more,
        partitions: partitions.map(([partition, target, until = null]) => ({ partition, target, until })),
      },
    });
  const redrive = (id: string, more: object) =>
    makeCommand({
      id,
      partner: line.partner,
      kind: 'redrive',
      by: 'mallory',
      redrive: {
        reason: null,
        ruleId: null,
        sinceMs: null,
        untilMs: null,
        limit: null,
        force: false,
        partitions: [0],
        topic: line.source.name,
        letters: [],
        ...more,
      },
    });
  const progress = (id: string, partition: number, by = 'mallory') =>
    makeCommand({
      id,
      partner: line.partner,
      kind: 'progress',
      by,
      progress: {
        partition,
        state: 'completed',
        before: null,
        target: null,
        until: null,
        records: 0,
        failed: 0,
        passed: 0,
        refused: false,
        detail: null,
      },
    });

  test('nonsense is told once and left aside; deliveries go on, and a command that can be meant is obeyed', async () => {
    const [worker] = line.workers;
    const nonsense: ReadonlyArray<readonly [string, Command]> = [
      ['replay.partitions.0.target', replay('before-the-log', [[0, -1]])],
      [
        'replay.partitions.1.target',
        replay('one-of-two', [
          [0, 0],
          [1, -150],
        ]),
      ],
      [
        'replay.partitions',
        replay('twice', [
          [0, 0],
          [0, 0],
        ]),
      ],
      ['replay.partitions.0.until', replay('backwards', [[0, 5, 3]])],
      ['replay.ratePerSecond', replay('not-a-number', [[0, 0]], { ratePerSecond: Number.NaN })],
      ['replay.ratePerSecond', replay('never', [[0, 0]], { ratePerSecond: 0 })],
      ['replay.ratePerSecond', replay('back-in-time', [[0, 0]], { ratePerSecond: -3 })],
      ['replay.ratePerSecond', replay('at-once', [[0, 0]], { ratePerSecond: Number.POSITIVE_INFINITY })],
      ['replay.key', replay('heavy', [[0, 0]], { key: '\u{10ffff}'.repeat(2_000) })],
      ['id', replay('two\nlines', [[0, 0]])],
      ['id', replay('\u001b[2J\u001b[31mred', [[0, 0]])],
      ['id', replay('\u202egnol oot', [[0, 0]])],
      ['id', replay('x'.repeat(100_000), [[0, 0]])],
      ['partner', { ...replay('nobody', [[0, 0]]), partner: 'No Such\u0000Partner' }],
      ['at', { ...replay('after-the-calendar', [[0, 0]]), at: 9e15 }],
      ['redrive.letters.0.offsets.0', redrive('no-letter', { letters: [{ partition: 0, offsets: [-1], times: [0] }] })],
      ['redrive.partitions', redrive('twice-too', { partitions: [1, 1] })],
      ['progress', progress('never-given', 0)],
      ['cancel', makeCommand({ id: 'c', partner: line.partner, kind: 'cancel', by: 'mallory', of: 'nothing' })],
    ];
    await write(nonsense.map(([, command]) => command));
    await write([replay('forged', [[0, 0]])], () => 'another-key');
    await worker?.logged('control.leftAside', ({ field }) => field === 'key');
    const told = worker?.lines.filter(({ msg }) => msg === 'control.leftAside') ?? [];
    expect(told.map(({ field }) => field)).toEqual([...nonsense.map(([field]) => field), 'key']);
    expect(told.every(({ id, why }) => /^\P{Cc}{1,81}$/u.test(String(id)) && String(why).length < 302)).toBe(true);
    // Another partner's command is its own affair.
    await write([{ ...replay('elsewhere', [[0, 0]]), partner: 'nobody-here' }]);

    await line.source.publish([makeRule('a', 2)]);
    await line.drained();
    expect([worker?.ended, worker?.count('replay.draining'), partner.received.length]).toEqual([undefined, 0, 4]);
    const listed = await line.run('replay', 'list', '--partner', line.partner);
    expect([listed.code, listed.stdout]).toEqual([0, '']);
    expect(listed.stderr).toContain('before-the-log');
    expect(listed.stderr.split('\n').some((text) => /[\p{Cc}\u202e]/u.test(text))).toBe(false);
    const good = await line.json('replay', line.partner, '--earliest', '--wait', '--yes');
    expect([good['status'], partner.received.length]).toEqual(['completed', 8]);
  });

  test('what the cluster does not have ends on record, and blocks nothing', async () => {
    await using control = await openControl(stack);
    const asked: Command[] = [
      replay('beyond-the-end', [
        [0, 2 ** 52],
        [1, 999],
      ]),
      replay('no-such-partition', [
        [0, 2 ** 52],
        [99, 0],
        [2_000, 7],
      ]),
      replay(
        'another-topic',
        [
          [0, 0],
          [1, 0],
        ],
        { topic: 'rules' },
      ),
      redrive('letters-beyond-the-end', {
        letters: [
          { partition: 0, offsets: [2 ** 52], times: [0] },
          { partition: 99, offsets: [0], times: [0] },
        ],
      }),
      redrive('no-such-partition-either', { partitions: [0, 98] }),
    ];
    const before = partner.received.length;
    for (const command of asked) {
      await write([command]);
      expect([command.id, await replayEnd(control, command.id)]).toEqual([command.id, 'completed']);
    }
    const absent = control.state.find('no-such-partition')?.progress.get(99);
    expect([absent?.state, absent?.detail]).toEqual(['unchanged', 'the topic has 2 partitions']);
    expect(partner.received.length).toBe(before);
    // Nor does a replay that would take longer than anybody lives: it waits for its rate without going round, and can be ended.
    await write([
      replay(
        'slow',
        [
          [0, 0],
          [1, 0],
        ],
        { ratePerSecond: 1e-9 },
      ),
    ]);
    await eventually('it runs', () => (control.state.find('slow')?.progress.size === 2 ? true : undefined));
    await line.run('replay', 'cancel', 'slow', '--wait');
    expect(await replayEnd(control, 'slow')).toBe('cancelled');
    await line.source.publish([makeRule('z', 1)]);
    await line.drained();
    expect(line.workers[0]?.ended).toBeUndefined();
  });
});
