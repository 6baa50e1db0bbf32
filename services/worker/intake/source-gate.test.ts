// What the gate holds, and until when; the codec, the group and the clock are the test's.
import { EssError } from '@ess/domain/text/error.ts';
import type { GroupRecord } from '@ess/stream/group/assignment.ts';
import type { Decoded, Decodes } from '@ess/stream/registry/codec.ts';
import { makeShared } from '@ess/test/harness/data/worker-shared.ts';
import { beforeEach, expect, test } from '@jest/globals';
import type { PartnerContext } from '../partner-context.ts';
import { SourceGate } from './source-gate.ts';

const UNREADABLE: Decoded = {
  ok: false,
  reason: 'unreadable-schema',
  detail: 'schema id 7 is there and cannot be read',
};
const record = (offset: number): GroupRecord => ({
  ...{ partition: 0, offset, key: null, value: Buffer.from('v'), timestampMs: 0, bytes: 1, headers: {} },
});

let told: Array<{ readonly level: string; readonly error?: string; readonly remedy?: string }>;
let acts: string[];
let isOwn: boolean;
let away: boolean;
let gate: SourceGate;

beforeEach(() => {
  [told, acts, isOwn, away] = [[], [], true, false];
  const tell = (level: string) => (details: object) => void told.push({ level, ...details });
  const codec: Decodes = {
    isPrepared: () => !away,
    prepare: async () => {
      throw new EssError('ESS_REGISTRY', 'away');
    },
    holdsSource: () => isOwn,
    decode: () => UNREADABLE,
  };
  const context = {
    name: 'p',
    connector: { source: { topic: 'rules' } },
    log: { warn: tell('warn'), error: tell('error') },
    shared: makeShared({ codec }),
  };
  gate = new SourceGate(
    context as unknown as PartnerContext,
    {
      ownedForMs: 1,
      pause: ([one]) => void acts.push(`pause ${one}`),
      resume: ([one]) => void acts.push(`resume ${one}`),
    },
    (waitMs, then) => {
      acts.push(`in ${waitMs} ms`);
      then();
    },
  );
});

test('a record whose schema is of the topic and cannot be read holds its partition, is told once, and is passed in the end', async () => {
  expect(await gate.admits(0, [record(5)])).toBe(true);
  expect(gate.waitsForSchema(record(5), UNREADABLE)).toBe(true);
  expect(acts).toEqual(['pause 0', 'in 5000 ms', 'resume 0']);
  gate.reached(0, 5);
  expect(await gate.admits(0, [record(5)])).toBe(true);
  expect([gate.holds(0), gate.holds(1)]).toEqual([true, false]);
  expect(gate.hold?.reason).toBe('source: rules 0:5: schema id 7 is there and cannot be read');
  expect(gate.waitsForSchema(record(5), UNREADABLE)).toBe(true);
  expect(told).toEqual([
    {
      ...{ level: 'error', topic: 'rules', partition: 0, offset: 5, error: gate.hold?.reason },
      remedy: expect.stringMatching(/delete that version of rules-value.* the group ess.p the offset 6 of partition 0/),
    },
  ]);
  gate.reached(0, 6);
  expect([gate.holds(0), gate.hold]).toEqual([false, undefined]);
});

test('a record of a foreign schema, and whatever else cannot be read, does not wait', () => {
  expect(gate.waitsForSchema(record(5), { ok: false, reason: 'unknown-schema', detail: '' })).toBe(false);
  expect(gate.waitsForSchema(record(5), { ok: true, record: {} })).toBe(false);
  isOwn = false;
  expect(gate.waitsForSchema(record(5), UNREADABLE)).toBe(false);
  expect([acts, told, gate.holds(0)]).toEqual([[], [], false]);
});

test('a registry that is away holds until it answers', async () => {
  away = true;
  expect([await gate.admits(0, [record(5)]), await gate.admits(0, [record(5)])]).toEqual([false, false]);
  expect(told).toMatchObject([{ level: 'warn', error: 'away' }]);
  away = false;
  expect([gate.holds(0), await gate.admits(0, [record(5)]), gate.holds(0)]).toEqual([true, true, false]);
});
