import { ID_MAX_BYTES } from '@ess/domain/text/foreign-id.ts';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import type { View } from '@ess/view/view.ts';
import { afterAll, expect, test } from '@jest/globals';
import { createApp } from './app.ts';
import type { Feed } from './feed.ts';
import { addRoutes } from './routes.ts';

const page = temporaryFolder({ defer: afterAll });

test.each([
  ['long', 'x'.repeat(ID_MAX_BYTES)],
  ['with characters of an address', '/?#%2F&=+ ..'.repeat(ID_MAX_BYTES / 16)],
  ['of characters of several bytes', '🔥'.repeat(ID_MAX_BYTES / 4)],
])('a rule and a partner are found by an id that is %s', async (_what, id) => {
  const totals = { partner: id, drifting: 0, byState: {} };
  const view = {
    judge: { ofRule: (ruleId: string) => [{ ruleId }], totals: () => ({ nowMs: 0, partners: [totals] }) },
    groupOf: () => undefined,
  } as unknown as View;
  const onFault = (error: unknown) => {
    throw error;
  };
  const app = await createApp({ page, hosts: [], onFault }, (api) => addRoutes(api, view, {} as Feed));
  const get = async (path: string) => {
    const { statusCode, body } = await app.inject(`/api/v1/${path}/${encodeURIComponent(id)}`);
    return [statusCode, JSON.parse(body)];
  };
  expect(await get('rules')).toMatchObject([200, { ruleId: id, cells: [{ ruleId: id }] }]);
  expect(await get('partners')).toMatchObject([200, { card: { partner: id } }]);
  await app.close();
});
