import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { startPolicyEditor } from './policy-editor.ts';

const SIGNING = `whsec_${Buffer.from('planted-signing-key-of-32-bytes!').toString('base64')}`;

async function startDoor(status: number) {
  const rung: Array<{ readonly headers: Record<string, string>; readonly text: string }> = [];
  const server = createServer(async (request, response) => {
    rung.push({ headers: request.headers as Record<string, string>, text: await text(request) });
    response.writeHead(status).end(status === 204 ? undefined : 'not this one');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    rung,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/policies`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await once(server.close(), 'close');
    },
  };
}

test('what is approved goes to the door of today, signed, and is one readable line', async () => {
  await using door = await startDoor(204);
  const lines: string[] = [];
  await using editor = await startPolicyEditor({ port: 0, signingSecret: SIGNING, print: (line) => lines.push(line) });
  editor.door = door.url;
  const answer = await fetch(`${editor.url}?title=Keep+route+7+free`, { method: 'POST' });
  expect(answer.status).toBe(200);
  const [ring] = door.rung;
  expect(new Webhook(SIGNING).verify(ring?.text ?? '', ring?.headers ?? {})).toMatchObject({
    policy: 'surge-capacity',
    title: 'Keep route 7 free',
  });
  expect(await answer.json()).toMatchObject({ id: ring?.headers['webhook-id'] });
  expect(lines).toEqual([expect.stringMatching(/^policy-editor → surge-capacity revision \d+ is approved \(policy-/)]);
});

test('a door that refuses is told in its own words, and asked once', async () => {
  await using door = await startDoor(422);
  await using editor = await startPolicyEditor({ port: 0, signingSecret: SIGNING, door: door.url });
  const answer = await fetch(editor.url, { method: 'POST' });
  expect([answer.status, await answer.text()]).toEqual([500, expect.stringContaining('answered 422: not this one')]);
  expect(door.rung).toHaveLength(1);
});
