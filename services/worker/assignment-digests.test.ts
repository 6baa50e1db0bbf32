// Of which document and of which connector the rows of a delivery are, with all pieces of an assignment, whatever has become of the
// connector meanwhile.
import { encodeMetadata } from '@ess/domain/control/commit-metadata.ts';
import { emptyAttempt } from '@ess/domain/delivery/audit-row.ts';
import type { Answer } from '@ess/domain/delivery/outcome.ts';
import type { DeliveryAttempt, DeliveryState } from '@ess/schemas/generated/types.ts';
import type { TestConnector } from '@ess/test/harness/data/connector.ts';
import { makeConnector } from '@ess/test/harness/data/connector.ts';
import { makePartner, makeRecord } from '@ess/test/harness/data/partner.ts';
import { makeRule } from '@ess/test/harness/data/rules.ts';
import { expect, test } from '@jest/globals';
import { digestOf } from './send/request.ts';

/** A connector whose documents name it. */
const connectorOf = (name: string): TestConnector => ({
  connectorDigest: name,
  map: (record) => ({ ok: true, document: { by: name, rule: (record as { ruleId: string }).ruleId } }),
});
const digestBy = (by: string, rule: string) => digestOf(JSON.stringify({ by, rule }));

/** What follows at once has followed. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 50; turns += 1) await new Promise(setImmediate);
}

/** Of either topic. */
type Row = Partial<Pick<DeliveryAttempt, 'outcome' | 'bodyDigest'> & DeliveryState>;

interface Given {
  readonly connector?: TestConnector;
  /** Audit rows of an owner that crashed. */
  readonly before?: readonly DeliveryAttempt[];
}

/** Rules go to a partner that answers when it is told to. */
function open({ connector = {}, before = [] }: Given) {
  const rows: Row[] = [];
  const answers: Array<(answer: Answer) => void> = [];
  const { partner, hooks } = makePartner({
    connector: { ...connectorOf('first'), ...connector },
    group: { highWatermark: () => 6 },
    shared: {
      recover: async (_owners, said) => void before.map(said),
      outbox: {
        append: async (all) => void rows.push(...all.map(({ value }) => JSON.parse(String(value)) as Row)),
        appendAndTell: async (all) => all.map(({ topic }, offset) => ({ topic, partition: 0, offset })),
      },
    },
    sender: {
      send: (_request, _timeoutMs, _reader, done) => {
        answers.push(done);
        return { cut: () => {}, writtenAt: 0, headAt: 0 };
      },
    },
  });
  const assignment = hooks.openAssignment();
  const facts = {
    settled: [],
    attempts: [],
    clean: false,
    committedAtMs: 1_000,
    epochStartedAtMs: 900,
    worker: 'crashed',
  };
  const metadata = before.length > 0 ? encodeMetadata(0, facts) : null;
  const take = async (...rules: object[]) => {
    await assignment.assigned([{ partition: 0, position: 0, metadata }]);
    const records = rules.map((rule, offset) =>
      makeRecord({ offset, key: Buffer.from(`r${offset}`), value: Buffer.from(JSON.stringify(rule)) }),
    );
    await assignment.take(0, records, rules.length);
    await settle();
  };
  const answer = async (...all: Answer[]) => {
    for (const [index, done] of answers.splice(0).entries()) done(all[index] as Answer);
    await settle();
  };
  /** Also the states, which are written with the last commit. */
  const end = async () => {
    await assignment.revoke();
    await partner.stop();
    return rows.map(({ outcome, status, bodyDigest, digest, connectorDigest }) => [
      outcome ?? status,
      bodyDigest ?? digest ?? null,
      connectorDigest,
    ]);
  };
  return { partner, take, answer, end };
}

test('a request that was on its way when the connector changed is on record as of the connector that it was made by', async () => {
  const { partner, take, answer, end } = open({});
  await take(makeRule('r0', 1));
  const changing = partner.reload({ ...makeConnector('hospital', 'http://127.0.0.1:1/', connectorOf('second')) });
  await answer({ kind: 'answered', status: 200 });
  await changing;
  const { values } = await partner.shared.metrics.connectorInfo.get();
  expect(values.map(({ labels, value }) => [labels.partner, labels.digest, value])).toEqual([
    ['hospital', 'second', 1],
  ]);
  expect(await end()).toEqual([
    ['delivered', digestBy('first', 'r0'), 'first'],
    ['acked', digestBy('first', 'r0'), 'first'],
  ]);
});

test('each record of a batch has the digest of its own document, whatever came of it; one that was never mapped has none', async () => {
  const deliver = { batch: { maxRecords: 2, maxWaitMs: 1_000, answer: { status: 'status' } } };
  const { take, answer, end } = open({ connector: { deliver } });
  await take(makeRule('r0', 1), makeRule('r1', 1), makeRule('r2', 1, { scope: 'Species' }));
  await answer({ kind: 'answered', status: 207, items: [200, 422] });
  expect(await end()).toEqual([
    ['skipped', null, 'first'],
    ['delivered', digestBy('first', 'r0'), 'first'],
    ['deadLettered', digestBy('first', 'r1'), 'first'],
    ['acked', digestBy('first', 'r0'), 'first'],
  ]);
});

test('a delivery of an owner that crashed is restated as its audit row has it, and not as it would be made today', async () => {
  const place = { partner: 'hospital', topic: 'rules', partition: 0, worker: 'crashed' };
  const row = (offset: number, more: object) => ({ ...emptyAttempt({ ...place, offset }), ...more }) as DeliveryAttempt;
  const before = [
    row(0, { outcome: 'delivered', bodyDigest: 'sent before', connectorDigest: 'before' }),
    row(1, { outcome: 'delivered' }), // by a version that wrote none
  ];
  const { take, end } = open({ before });
  await take(makeRule('r0', 1), makeRule('r1', 1));
  expect(await end()).toEqual([
    ['acked', 'sent before', 'before'],
    ['acked', digestBy('first', 'r1'), null],
  ]);
});
