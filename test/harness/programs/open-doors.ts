// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a variable is written in a connector
// One `ess inbound` with a door for every kind of credential, all of them on one topic of the test's own.
import type { Cleanup } from '@ess/runtime/cleanup.ts';
import { apiKey, BODY, ISSUER, publicKey } from '../../fakes/doors/credentials.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { TestStack } from '../test-stack.ts';
import { openTestStack } from '../test-stack.ts';
import { DOOR_SECRET, DoorProcess, hookTopic, writeDoor } from './door-process.ts';

const hookFor = (path: string, auth: object) => ({ path, auth });
const PARTNERS = {
  signed: { hook: hookFor('/signed', { sign: { secrets: ['${SIGNED_SIGNING_SECRET}'] } }) },
  keyed: { hook: hookFor('/keyed', { apiKey: true }), access: { apiKeyHashes: [apiKey.hash] } },
  token: { hook: hookFor('/token', { jwt: true }), access: { jwtSubject: 'token' } },
  header: { hook: hookFor('/header', { header: { 'x-one': '${HEADER_SECRET}', 'x-two': '${HEADER_SECRET}' } }) },
  certificate: { hook: hookFor('/certificate', { clientCertificate: { subject: 'CN=clinic,O=County' } }) },
  clinic: {
    hook: {
      handshake: {
        cloudEvents: { origins: ['events.example'], perMinute: 120 },
        challenge: { parameter: 'hub.challenge', token: { parameter: 'hub.verify_token', value: '${CLINIC_SECRET}' } },
      },
    },
  },
  slow: { hook: hookFor('/slow', { body: { auth: '${SLOW_SECRET}' } }), access: { rateLimit: { perSecond: 3 } } },
};

export interface Doors {
  readonly stack: TestStack;
  readonly topic: string;
  /** The folder of the connectors. */
  readonly connectors: string;
  readonly door: DoorProcess;
  ring(path: string, headers?: Record<string, string>, body?: string): Promise<Rung>;
}

export interface Rung {
  readonly status: number;
  readonly headers: Headers;
  /** The problem document of a refusal. */
  // biome-ignore lint/suspicious/noExplicitAny: tests say what they expect in it
  readonly problem: any;
}

export async function openDoors(cleanup: Cleanup): Promise<Doors> {
  const stack = await openTestStack();
  cleanup.defer(() => stack[Symbol.asyncDispose]());
  const topic = await hookTopic(stack);
  const connectors = temporaryFolder(cleanup);
  for (const [partner, more] of Object.entries(PARTNERS)) writeDoor(connectors, partner, { topic, ...more });
  const door = await DoorProcess.spawn(stack, connectors, Object.keys(PARTNERS), {
    env: {
      ESS_JWT_ISSUER: ISSUER,
      ESS_JWT_AUDIENCE: 'ess',
      ESS_JWT_KEY: publicKey,
      ESS_INBOUND_PROXIES: '127.0.0.0/8',
      ESS_INBOUND_CLIENT_SUBJECT_HEADER: 'x-subject',
    },
  });
  cleanup.defer(() => door[Symbol.asyncDispose]());
  await door.ready();
  const ring = async (path: string, headers: Record<string, string> = {}, body = BODY): Promise<Rung> => {
    const answer = await fetch(door.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, problem: text === '' ? undefined : JSON.parse(text) };
  };
  return { stack, topic, connectors, door, ring };
}

export const secretBody = (more: object = {}): string => JSON.stringify({ auth: DOOR_SECRET, bedsFree: 1, ...more });
