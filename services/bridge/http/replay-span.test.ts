// The span of a replay: of callers whom the bridge knows, and with nothing of the query in it.
import { newApiKey } from '@ess/runtime/access/api-key.ts';
import type { SpanFacts } from '@ess/runtime/trace/tracer.ts';
import { Tracer } from '@ess/runtime/trace/tracer.ts';
import { quietBridge, streamingPartner } from '@ess/test/fakes/streams/quiet-bridge.ts';
import { expect, test } from '@jest/globals';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

test("a replay is a span under its caller's; who is not known has none, nor has a stream", async () => {
  const spans: SpanFacts[] = [];
  const exporter = { send: async (batch: readonly SpanFacts[]) => void spans.push(...batch), close: async () => {} };
  const tracer = new Tracer(exporter, { sampler: 'parentbased_always_on', ratio: 1 }, { onDropped: () => {} });
  const { key, hash } = newApiKey();
  {
    await using bridge = await quietBridge(undefined, tracer);
    bridge.put(streamingPartner('clinic', 'title', hash));
    const ask = async (path: string, headers: Record<string, string>) => {
      const answer = await fetch(bridge.url + path, { headers: { traceparent: `00-${TRACE}-${SPAN}-01`, ...headers } });
      await answer.text();
      return answer.status;
    };
    const statuses = [
      await ask('/replay?since=0&access_token=stolen', {}),
      await ask('/replay?since=0', { 'x-api-key': key }),
      await ask('/replay/preview?since=0', { 'x-api-key': key, traceparent: `00-${TRACE}-${SPAN}-00` }),
      await ask('/openapi.json', { 'x-api-key': key }),
    ];
    expect(statuses).toEqual([401, 200, 200, 200]);
  }
  await tracer.close();
  expect(spans).toMatchObject([
    {
      name: 'GET /replay',
      kind: 'server',
      parent: { traceId: TRACE, spanId: SPAN },
      context: { traceId: TRACE, sampled: true },
      failed: false,
      attributes: { 'http.route': '/replay', 'http.request.method': 'GET', 'http.response.status_code': 200 },
    },
  ]);
  expect(JSON.stringify(spans)).not.toMatch(/since|stolen/);
});
