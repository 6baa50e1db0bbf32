// Spans as a collector gets them.
import { FakeCollector } from '@ess/test/fakes/collector.ts';
import { expect, test } from '@jest/globals';
import { openTracer } from './tracer.ts';

const CONTEXT = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled: true };

async function sentWith(resource: Readonly<Record<string, string>>) {
  await using collector = await FakeCollector.start();
  const settings = {
    endpoint: `${collector.url}/v1/traces`,
    headers: { 'x-key': 'k' },
    resource,
    sampler: 'always_on',
    ratio: 1,
  };
  const dropped: unknown[] = [];
  const clean = (text: string) => text.replaceAll('planted', '***');
  const tracer = await openTracer('worker', settings, clean, { onDropped: (...told) => dropped.push(told) });
  tracer?.record({
    name: 'POST',
    kind: 'client',
    context: { ...CONTEXT, state: 'vendor=kept' },
    startMs: 1_000.5,
    endMs: 1_002,
    attributes: { 'ess.partner': 'planted', 'ess.attempt': 2, 'ess.outcome': undefined },
    failed: true,
  });
  await tracer?.close();
  expect(dropped).toEqual([]);
  return collector;
}

test('the service is the program, and what is said of it otherwise comes before that', async () => {
  const { spans, headers } = await sentWith({});
  expect(headers).toMatchObject([{ 'x-key': 'k' }]);
  expect(spans).toMatchObject([
    {
      resource: { 'service.name': 'ess-worker', 'service.namespace': 'ess', 'service.version': expect.any(String) },
      ...{ name: 'POST', kind: 'client', traceId: CONTEXT.traceId, state: 'vendor=kept', failed: true },
      startNs: 1_000_500_000n,
    },
  ]);
  expect(spans[0]?.attributes).toEqual({ 'ess.partner': '***', 'ess.attempt': 2 });
  const named = await sentWith({ 'service.name': 'mine', 'service.namespace': 'us', 'host.name': 'planted-1' });
  expect(named.spans[0]?.resource).toMatchObject({
    'service.name': 'mine',
    'service.namespace': 'us',
    'host.name': '***-1',
  });
});
