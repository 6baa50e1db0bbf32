// What a partner is told of the trace of a record, and what is recorded of it: by deliver.trace, and by whether spans are exported.
import type { Deliver } from '@ess/domain/connector/connector.ts';
import type { SpanFacts } from '@ess/runtime/trace/tracer.ts';
import { Tracer } from '@ess/runtime/trace/tracer.ts';
import { makePartner, makeRecord } from '@ess/test/harness/data/partner.ts';
import { makeRule } from '@ess/test/harness/data/rules.ts';
import { describe, expect, test } from '@jest/globals';
import type { Outgoing } from './send/sender.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';
const carried = (flags: string) => ({ traceparent: Buffer.from(`00-${TRACE}-${SPAN}-${flags}`), tracestate: 'a=1' });
const UNSAMPLED_OTHER = new RegExp(`^00-(?!${TRACE})[0-9a-f]{32}-[0-9a-f]{16}-00$`);

/** Records, sent until they are acked. @param headers of the record, or of each of them @param statuses of the answers; without one the request stays open */
async function sent(
  deliver: Partial<Deliver>,
  headers: object | readonly object[],
  spans?: SpanFacts[],
  statuses: number[] = [200],
  /** What the connector says after the first answer. */
  later: Partial<Deliver> = {},
) {
  const exporter = { send: async (batch: readonly SpanFacts[]) => void spans?.push(...batch), close: async () => {} };
  const settings = { sampler: 'parentbased_always_on', ratio: 1 };
  const tracer = spans && new Tracer(exporter, settings, { onDropped: () => {} });
  const requests: Array<Outgoing['headers']> = [];
  const rows: Array<Record<string, unknown>> = [];
  const settled = Promise.withResolvers<void>();
  const left = [...statuses];
  const all = [headers].flat();
  const { partner, hooks } = makePartner({
    connector: { deliver: { retry: { maxAttempts: 5, firstMs: 1, maxMs: 1 }, ...deliver } },
    shared: {
      tracer,
      sessionTimeoutMs: 3_050, // what is cut is cut 3 s before it is over
      outbox: {
        append: async (written) => {
          for (const { topic, value } of written)
            if (topic === 'ess.audit') rows.push(JSON.parse(String(value)) as Record<string, unknown>);
        },
        appendAndTell: async () => [],
      },
    },
    sender: {
      shownPath: '/hook?key=***',
      send: (outgoing, _timeoutMs, _reader, done) => {
        requests.push(outgoing.headers);
        const status = left.shift();
        const { connector } = partner;
        partner.connector = { ...connector, deliver: { ...connector.deliver, ...later } };
        if (status === undefined) settled.resolve();
        else queueMicrotask(() => done({ kind: 'answered', status }));
        return { cut: () => done({ kind: 'cut' }), writtenAt: 0, headAt: 0 };
      },
    },
    group: {
      commit: async () => {
        if (rows.filter(({ outcome }) => outcome === 'delivered').length === all.length) settled.resolve();
      },
    },
  });
  const assignment = hooks.openAssignment();
  await assignment.assigned([{ partition: 0, position: 0, metadata: null }], []);
  const records = all.map((one, offset) => {
    const value = Buffer.from(JSON.stringify(makeRule(`r${offset}`, 1, { eventId: `e-${offset}` })));
    return makeRecord({ offset, value, headers: one as never });
  });
  await assignment.take(0, records, records.length);
  await settled.promise;
  await assignment.revoke();
  await tracer?.close();
  return { requests, rows };
}

describe('without a collector', () => {
  test.each(['00', '01'])(
    "propagate: a part of the publisher's trace, as sampled (%s) as that has it",
    async (flags) => {
      const { requests, rows } = await sent({ trace: 'propagate' }, carried(flags));
      expect(requests[0]?.['traceparent']).toMatch(new RegExp(`^00-${TRACE}-(?!${SPAN})[0-9a-f]{16}-${flags}$`));
      expect(requests[0]?.['tracestate']).toBe('a=1');
      expect(rows[0]?.['traceId']).toBe(TRACE);
    },
  );

  test('restart: another trace that is not marked sampled, and nothing of the publisher', async () => {
    const { requests, rows } = await sent({ trace: 'restart' }, carried('01'));
    expect(requests[0]?.['traceparent']).toMatch(UNSAMPLED_OTHER);
    expect(requests[0]).not.toHaveProperty('tracestate');
    expect(rows[0]?.['traceId']).toBe(requests[0]?.['traceparent']?.slice(3, 35));
  });

  test("off: the partner is told nothing, and the audit knows the publisher's trace", async () => {
    const { requests, rows } = await sent({ trace: 'off' }, carried('01'));
    expect(Object.keys(requests[0] ?? {}).filter((name) => name.startsWith('trace'))).toEqual([]);
    expect(rows[0]?.['traceId']).toBe(TRACE);
  });

  test.each<[Readonly<Record<string, Buffer | null>>]>([
    [{}],
    [{ traceparent: null, tracestate: null }], // as kafkajs has a header that a producer gave no value
    [{ traceparent: carried('01').traceparent, tracestate: null }],
  ])(
    'a record whose headers are %j is sent, within the trace that they name or one that nobody records',
    async (headers) => {
      const { requests } = await sent({ trace: 'propagate' }, headers);
      if (headers['traceparent']) expect(requests[0]?.['traceparent']).toMatch(new RegExp(`^00-${TRACE}-`));
      else expect(requests[0]?.['traceparent']).toMatch(UNSAMPLED_OTHER);
    },
  );
});

describe('with a collector', () => {
  const AT = { traceId: TRACE, spanId: SPAN, sampled: true, state: 'a=1' };

  test('each attempt is a span under that of the record, and the partner is told which', async () => {
    const spans: SpanFacts[] = [];
    const { requests } = await sent({ trace: 'propagate' }, carried('01'), spans, [503, 200]);
    const [first, second, whole] = spans;
    expect(spans.map(({ name, kind, failed }) => [name, kind, failed])).toEqual([
      ['POST', 'client', true],
      ['POST', 'client', false],
      ['process rules', 'consumer', false],
    ]);
    expect(whole).toMatchObject({ parent: AT, context: { traceId: TRACE, sampled: true } });
    expect([first?.parent, second?.parent]).toEqual([whole?.context, whole?.context]);
    expect(requests.map((headers) => headers['traceparent'])).toEqual(
      [first, second].map((span) => `00-${TRACE}-${span?.context.spanId}-01`),
    );
    expect(second?.attributes).toMatchObject({
      'http.request.resend_count': 1,
      'url.full': 'http://127.0.0.1:1/hook',
      'ess.event.id': 'e-0',
    });
  });

  test("restart: the spans have a trace of their own, with a link to the publisher's", async () => {
    const spans: SpanFacts[] = [];
    const { requests } = await sent({ trace: 'restart' }, carried('01'), spans);
    const [request, whole] = spans;
    expect(whole).toMatchObject({ links: [AT] });
    expect(whole).not.toHaveProperty('parent');
    expect(whole?.context.traceId).not.toBe(TRACE);
    expect(request?.parent).toBe(whole?.context);
    expect(requests[0]?.['traceparent']).toBe(`00-${whole?.context.traceId}-${request?.context.spanId}-01`);
    expect(requests[0]).not.toHaveProperty('tracestate');
  });

  test('a record that was taken in before the connector said restart tells the partner nothing of the publisher', async () => {
    const spans: SpanFacts[] = [];
    const { requests } = await sent({ trace: 'propagate' }, carried('01'), spans, [503, 200], { trace: 'restart' });
    expect(requests[0]?.['traceparent']).toContain(TRACE);
    expect(requests[1]?.['traceparent']).toMatch(UNSAMPLED_OTHER);
    expect(requests[1]).not.toHaveProperty('tracestate');
    expect(spans.map(({ name }) => name)).toEqual(['POST', 'process rules']);
  });

  test.each([
    ['none', {}],
    ['one that is not sampled', carried('00')],
  ])('a record with %s has no span', async (_, headers) => {
    const spans: SpanFacts[] = [];
    const { requests } = await sent({ trace: 'propagate' }, headers, spans);
    expect(spans).toEqual([]);
    expect(requests[0]?.['traceparent']).toMatch(/-00$/);
  });

  test('a batch is a child of its first sampled record, with links to the others', async () => {
    const spans: SpanFacts[] = [];
    const other = `00-${'c'.repeat(32)}-${'d'.repeat(16)}-01`;
    const batch = { maxRecords: 3, maxWaitMs: 1_000 };
    const headers = [{}, carried('01'), { traceparent: other }];
    const { requests } = await sent({ trace: 'propagate', batch }, headers, spans);
    const [request, first, second] = spans;
    expect(spans.map(({ name }) => name)).toEqual(['POST', 'process rules', 'process rules']);
    expect(request).toMatchObject({ parent: first?.context, links: [second?.context] });
    expect(request?.attributes['messaging.batch.message_count']).toBe(3);
    expect(requests.map((told) => told['traceparent'])).toEqual([`00-${TRACE}-${request?.context.spanId}-01`]);
    expect(second?.parent).toMatchObject({ traceId: 'c'.repeat(32) });
  });

  test('what another owner goes on with has a span that says so', async () => {
    const spans: SpanFacts[] = [];
    await sent({ trace: 'propagate', atRebalance: 'cut' }, carried('01'), spans, []);
    expect(spans.map(({ name, attributes }) => [name, attributes['error.type'] ?? attributes['ess.outcome']])).toEqual([
      ['POST', 'cut'],
      ['process rules', 'left'],
    ]);
  });
});
