import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import Fastify from 'fastify';
import { Webhook } from 'standardwebhooks';
import { localSubject } from '../rights/subject.ts';
import { addSignatureRoutes } from './signature-routes.ts';

const SECRET = `whsec_${randomBytes(32).toString('base64')}`;

test('whether a delivery was signed by us is told, its secret is not, and nobody tries signatures on it', async () => {
  const app = Fastify();
  app.addHook('onRequest', async (request) => {
    request.subject = { ...localSubject(), may: (_action, partner) => partner !== 'hidden' };
  });
  let nowMs = Date.now();
  addSignatureRoutes(app, {
    secretsOf: (partner) => (partner === 'plain' ? [] : [SECRET]),
    nowMs: () => nowMs,
  });
  const at = new Date(nowMs);
  const headers = {
    'Webhook-Id': 'msg',
    'webhook-timestamp': String(Math.floor(nowMs / 1000)),
    'webhook-signature': `${new Webhook(SECRET).sign('msg', at, '{"a":1}')} `,
  };
  const ask = async (body: string, partner = 'hospital', more: Record<string, string> = headers) => {
    const answer = await app.inject({
      method: 'POST',
      url: `/partners/${partner}/signature`,
      payload: { body, headers: more },
    });
    expect(answer.body).not.toContain(SECRET.slice(6));
    return [answer.statusCode, JSON.parse(answer.body)];
  };
  expect(await ask('{"a":1}')).toEqual([200, { signed: true, id: 'msg', why: 'signed by us' }]);
  expect(await ask('{"a":1} ')).toMatchObject([200, { signed: false, id: null }]);
  expect(await ask('{"a":1}', 'hospital', {})).toMatchObject([
    200,
    { signed: false, why: expect.stringContaining('no webhook-id') },
  ]);
  expect((await ask('{"a":1}', 'plain'))[0]).toBe(404);
  expect((await ask('{"a":1}', 'hidden'))[0]).toBe(404);
  nowMs += 3_600_000;
  expect(await ask('{"a":1}')).toMatchObject([200, { signed: true, why: expect.stringContaining('another time') }]);
  const many: unknown[] = [];
  for (let n = 0; n < 20; n += 1) many.push((await ask('{}'))[0]);
  expect([many.filter((status) => status === 200).length, many.at(-1)]).toEqual([19, 429]);
  await app.close();
});
