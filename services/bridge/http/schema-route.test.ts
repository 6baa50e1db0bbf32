import { newApiKey } from '@ess/runtime/access/api-key.ts';
import { quietBridge, streamingPartner } from '@ess/test/fakes/streams/quiet-bridge.ts';
import { expect, test } from '@jest/globals';

const PATH = '/schemas/body.json';
const fieldsOf = ({ text }: { text: string }) => Object.keys((JSON.parse(text) as { properties: object }).properties);

test('each partner is shown its own schema, as its connector is now, and nobody else is shown one', async () => {
  await using bridge = await quietBridge();
  const [a, b, off] = [newApiKey(), newApiKey(), newApiKey()];
  bridge.put(streamingPartner('a', 'headline', a.hash));
  bridge.put(streamingPartner('b', 'subject', b.hash));
  bridge.put(streamingPartner('c', 'name', off.hash, false));
  const shown = await bridge.get(PATH, a.key);
  expect([shown.status, shown.type, fieldsOf(shown)]).toEqual([200, 'application/schema+json', ['headline']]);
  expect(fieldsOf(await bridge.get(PATH, b.key))).toEqual(['subject']);
  bridge.put(streamingPartner('a', 'caption', a.hash));
  expect(fieldsOf(await bridge.get(PATH, a.key))).toEqual(['caption']);

  const strangers = [await bridge.get(PATH), await bridge.get(PATH, 'ess_unknown'), await bridge.get(`${PATH}?x=1`)];
  expect(new Set(strangers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
  expect(strangers[0]?.status).toBe(401);
  expect((await bridge.get(PATH, off.key)).status).toBe(403);
});

test('the documents are for everybody, and every path that they name is there', async () => {
  await using bridge = await quietBridge();
  for (const path of ['/openapi.json', '/asyncapi.json']) {
    const page = await bridge.get(path);
    expect([page.status, page.type]).toEqual([200, 'application/json; charset=utf-8']);
  }
  const { paths } = JSON.parse((await bridge.get('/openapi.json')).text) as { paths: object };
  for (const [path, operations] of Object.entries(paths))
    for (const method of Object.keys(operations as object)) {
      const { status } = await fetch(bridge.url + path, { method });
      expect([method, path, status]).toEqual([method, path, 401]);
    }
  expect((await bridge.get('/schemas/a.json')).status).toBe(404);
});
