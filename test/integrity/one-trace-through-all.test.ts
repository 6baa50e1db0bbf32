// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a variable is written in a connector
// A trace of the wildfire rule, from `ess publish` to three partners and back through a door, as a collector gets it. The partners: one
// is told of the publisher's trace, one gets a trace of its own, one answers 500 first.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import { read } from '@ess/stream/read/read.ts';
import { expect, test } from '@jest/globals';
import type { CollectedSpan } from '../fakes/collector.ts';
import { FakeCollector } from '../fakes/collector.ts';
import type { Received } from '../fakes/partner.ts';
import { FakePartner } from '../fakes/partner.ts';
import { makeRule } from '../harness/data/rules.ts';
import { DOOR_PATH, DOOR_SECRET, DoorProcess, hookTopic, writeDoor } from '../harness/programs/door-process.ts';
import { Pipeline } from '../harness/programs/pipeline.ts';
import { temporaryFolder } from '../harness/temporary-folder.ts';
import { openTestStack } from '../harness/test-stack.ts';

/** Nothing is sent twice because this process stood. */
const PATIENT = { timeoutMs: 60_000 };
const own = (what: string) => `${what}-${randomBytes(6).toString('hex')}`;
const PLANTED = {
  bearer: own('planted-bearer'),
  path: own('planted-path'),
  query: own('planted-query'),
  collector: own('planted-collector'),
};

test('one trace from the publisher through the partner and back; a partner with restart has its own, linked', async () => {
  await using cleanup = new Cleanup();
  await using stack = await openTestStack();
  await using collector = await FakeCollector.start();
  const tracing = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_HEADERS: `x-collector-key=${PLANTED.collector}`,
  };
  const scope = own('Wildfire');
  const source = { where: { scope } };
  /** A span of the partner's own, under the request that it got; it rings the door within it. */
  const spanOfPartner = new Map<Received, string>();
  let door: DoorProcess | undefined;
  const rings = async (request: Received) => {
    const span = randomBytes(8).toString('hex');
    spanOfPartner.set(request, span);
    const told = String(request.headers['traceparent']);
    const answer = await fetch(`${door?.url}${DOOR_PATH}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', traceparent: `${told.slice(0, 36)}${span}${told.slice(52)}` },
      body: JSON.stringify({ auth: DOOR_SECRET, bedsFree: 3, ward: 'ICU', changedAt: Date.now() }),
    });
    return answer.status === 204 ? 200 : 422;
  };
  await using inside = await FakePartner.start(rings);
  await using foreign = await FakePartner.start(rings);
  const rule = makeRule(own('wildfire'), 1, { scope });
  const isFirst = ({ body, headers }: Received) => body['ruleId'] === rule.ruleId && headers['ess-attempt'] === '1';
  await using slow = await FakePartner.start((request) => (isFirst(request) ? 500 : 200));
  await using line = await Pipeline.open(stack, inside, {
    topic: 'rules',
    source,
    deliver: PATIENT,
    deliverWith: (prefix) => ({
      url: `${inside.url}/\${${prefix}PATH}?sig=${PLANTED.query}`,
      auth: { bearer: `\${${prefix}BEARER}` },
    }),
    env: (prefix) => ({ [`${prefix}BEARER`]: PLANTED.bearer, [`${prefix}PATH`]: PLANTED.path, ...tracing }),
  });
  const restarted = line.addPartner(foreign.url, { source, deliver: { ...PATIENT, trace: 'restart' } });
  const failing = line.addPartner(slow.url, { source, deliver: { ...PATIENT, retry: { maxAttempts: 3, firstMs: 1 } } });
  const topic = await hookTopic(stack);
  writeDoor(line.connectors, 'ward', { topic, hook: { auth: { body: { auth: '${WARD_SECRET}' } } } });
  door = await DoorProcess.spawn(stack, line.connectors, ['ward'], { env: tracing });
  cleanup.defer(() => door?.[Symbol.asyncDispose]());
  const worker = line.spawn({}, [restarted, failing]);
  await door.ready();

  const folder = temporaryFolder(cleanup);
  const publish = async (rule: object, env: Record<string, string>) => {
    const file = join(folder, own('rule'));
    writeFileSync(file, JSON.stringify(rule));
    const command = line.ess(['publish', file], env);
    expect([await command.exited, command.output]).toEqual([0, expect.stringContaining('offset')]);
  };
  await publish(rule, tracing);
  const quiet = makeRule(own('quiet'), 1, { scope });
  const TRACE = randomBytes(16).toString('hex');
  await publish(quiet, {
    ...tracing,
    TRACEPARENT: `00-${TRACE}-${randomBytes(8).toString('hex')}-00`,
    TRACESTATE: 'vendor=kept',
  });
  const orphan = makeRule(own('orphan'), 1, { scope });
  await line.source.publish([orphan]);
  const of = ({ ruleId }: { ruleId: string }, partner: FakePartner) =>
    partner.received.filter(({ body }) => body['ruleId'] === ruleId);
  for (const partner of [inside, foreign, slow])
    await partner.until((all) => new Set(all.map(({ body }) => body['ruleId'])).size === 3);
  for (const one of [line.partner, restarted, failing]) await line.drained(undefined, one);
  await worker.signal('SIGTERM');
  await door.process.signal('SIGTERM');

  const spans = collector.spans;
  const named = (name: string, partner?: string): CollectedSpan[] =>
    spans.filter((span) => span.name === name && (!partner || span.attributes['ess.partner'] === partner));
  const one = (name: string, partner?: string): CollectedSpan => {
    const found = named(name, partner);
    expect([name, partner, found.length]).toEqual([name, partner, 1]);
    return found[0] as CollectedSpan;
  };
  const published = one('publish rules');
  expect(published).toMatchObject({ service: 'ess-publish', kind: 'producer', parent: '', links: [], failed: false });
  expect(published.attributes).toMatchObject({ 'ess.event.id': rule.eventId, 'messaging.operation.type': 'send' });

  const ringOf = (parent: string | undefined) =>
    named('ring /webhook/bedChange').find((span) => span.parent === parent);
  const hasSpans = (partner: FakePartner, name: string) => {
    const [request] = of(rule, partner) as [Received];
    const process = one('process rules', name);
    const post = one('POST', name);
    expect(request.headers['traceparent']).toBe(`00-${process.traceId}-${post.spanId}-01`);
    expect(request.headers['ess-event-id']).toBe(rule.eventId);
    expect(process).toMatchObject({ service: 'ess-worker', kind: 'consumer', failed: false });
    expect(process.attributes).toMatchObject({
      'messaging.system': 'kafka',
      'messaging.consumer.group.name': `ess.${name}`,
      'ess.event.id': rule.eventId,
      'ess.outcome': 'delivered',
    });
    expect(post).toMatchObject({ kind: 'client', traceId: process.traceId, parent: process.spanId, failed: false });
    expect(post.attributes).toMatchObject({
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'server.port': partner.port,
      'ess.event.id': rule.eventId,
    });
    expect(process.startNs <= post.startNs && post.endNs <= process.endNs).toBe(true);
    const ring = ringOf(spanOfPartner.get(request));
    expect(ring).toMatchObject({ service: 'ess-inbound', kind: 'server', traceId: process.traceId });
    expect(ring?.attributes).toMatchObject({ 'http.response.status_code': 204, 'ess.partner': 'ward' });
    return { process, post, request };
  };
  const { process: child, post } = hasSpans(inside, line.partner);
  expect([child.traceId, child.parent, child.links]).toEqual([published.traceId, published.spanId, []]);
  const { process: apart, request } = hasSpans(foreign, restarted);
  expect(apart.traceId).not.toBe(published.traceId);
  expect([apart.parent, apart.links]).toEqual(['', [{ traceId: published.traceId, spanId: published.spanId }]]);
  expect(JSON.stringify(request.headers)).not.toContain(published.traceId);

  // Each attempt is a span, and they are children of the same.
  const retried = one('process rules', failing);
  const attempts = named('POST', failing).sort((a, b) => Number(a.startNs - b.startNs));
  expect(attempts.map(({ parent, failed, attributes: at }) => [parent, failed, at['error.type']])).toEqual([
    [retried.spanId, true, '500'],
    [retried.spanId, false, undefined],
  ]);
  expect(attempts.map(({ attributes: at }) => at['http.request.resend_count'])).toEqual([undefined, 1]);

  // What nobody has sampled is not marked so, and has no span; the trace goes on all the same.
  for (const partner of [inside, slow]) {
    const [told] = of(quiet, partner);
    expect(told?.headers['traceparent']).toMatch(new RegExp(`^00-${TRACE}-[0-9a-f]{16}-00$`));
    expect(told?.headers['tracestate']).toBe('vendor=kept');
  }
  expect(of(quiet, foreign)[0]?.headers['traceparent']).not.toContain(TRACE);
  expect(of(quiet, foreign)[0]?.headers).not.toHaveProperty('tracestate');
  expect(of(orphan, inside)[0]?.headers['traceparent']).toMatch(/-00$/);
  const sampled = new Set(spans.map(({ attributes: at }) => at['ess.rule.id']).filter(Boolean));
  expect([...sampled]).toEqual([rule.ruleId]);

  // Where the time went is told of what has just been delivered; the partner that answered 500 first has a wait in it.
  const latency = await line.json<{ deliveries: number; stages: ReadonlyArray<{ stage: string; p99Ms: number }> }>(
    ...['latency', failing, '--since', '1h'],
  );
  expect(latency.deliveries).toBe(3);
  for (const stage of ['lane', 'retry', 'firstByte'])
    expect([stage, latency.stages.find((told) => told.stage === stage)?.p99Ms]).toEqual([stage, expect.any(Number)]);
  expect(latency.stages.find(({ stage }) => stage === 'retry')?.p99Ms).toBeGreaterThan(0);

  // The record that the ring became, the log and the audit know the trace too.
  const carried: string[] = [];
  for await (const batch of read(stack.kafka, { topic }))
    for (const { headers } of batch) carried.push(String(headers['traceparent']).slice(3, 35));
  expect(carried).toEqual(expect.arrayContaining([published.traceId, apart.traceId]));
  await expect(worker.logged('delivery.attempted', (told) => told['span_id'] === post.spanId)).resolves.toMatchObject({
    trace_id: published.traceId,
    outcome: 'delivered',
    ruleId: rule.ruleId,
  });
  const rows = (await line.audit()).filter(({ ruleId }) => ruleId === rule.ruleId);
  expect(rows.map(({ traceId }) => traceId)).toEqual([published.traceId]);

  expect(of(rule, inside)[0]?.path).toContain(PLANTED.query); // they do go out, and only there
  expect(collector.headers.every((headers) => headers['x-collector-key'] === PLANTED.collector)).toBe(true);
  for (const secret of [...Object.values(PLANTED), DOOR_SECRET]) expect(collector.text).not.toContain(secret);
});
