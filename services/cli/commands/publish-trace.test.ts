// Which trace `ess publish` puts a rule into: the one of whoever called it, or one of its own.
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { makeRule } from '@ess/test/harness/data/rules.ts';
import { afterEach, expect, jest, test } from '@jest/globals';
import { PublishTrace } from './publish-trace.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

afterEach(() => void jest.restoreAllMocks());

/** @returns the headers of two rules, and what the command told */
async function published(env: Record<string, string>) {
  let told = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    told += String(text);
    return true;
  });
  jest.spyOn(console, 'error').mockImplementation((text) => {
    told += String(text);
  });
  const trace = await PublishTrace.open(loadSettings(env, '/absent.json'));
  const rules = [makeRule('a', 1), makeRule('b', 1)];
  const headers: Array<Record<string, string>> = [];
  await trace.publish(
    {
      publish: async (all, headersOf) => {
        headers.push(...all.map((_, index) => headersOf(index)));
        return all.map(() => ({ topic: 'rules', partition: 0, offset: 0 }));
      },
    },
    rules,
  );
  await trace.close();
  return { headers, told };
}

test('it goes on with TRACEPARENT, and hands TRACESTATE on', async () => {
  const { headers, told } = await published({
    TRACEPARENT: `00-${TRACE}-b7ad6b7169203331-01`,
    TRACESTATE: 'vendor=kept',
  });
  for (const one of headers)
    expect(one).toEqual({ traceparent: expect.stringMatching(`^00-${TRACE}-`), tracestate: 'vendor=kept' });
  expect(told).toBe('');
});

test('one that is none is told, and each rule begins a trace that nobody records', async () => {
  const { headers, told } = await published({ TRACEPARENT: TRACE.toUpperCase(), TRACESTATE: 'vendor=lost' });
  expect(told).toMatch(/TRACEPARENT is no traceparent of W3C/);
  const ids = headers.map((one) => /^00-([0-9a-f]{32})-[0-9a-f]{16}-00$/.exec(one['traceparent'] ?? '')?.[1]);
  expect(new Set(ids).size).toBe(2);
  expect(ids).not.toContain(undefined);
  for (const one of headers) expect(one).not.toHaveProperty('tracestate');
});
