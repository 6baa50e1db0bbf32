// The demo policy editor: POST /approve approves a policy, and the editor rings ESS's door, signed, as a publisher does.
import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import { Webhook } from 'standardwebhooks';
import { Listening, type ListeningOptions } from './listening.ts';
import { ringUntilAnswered } from './ringing.ts';

const NAME = 'policy-editor';
const USUAL_PORT = 7006;
const PATH = '/approve';
/** Address of `ess inbound` on this machine, with the path that connectors/policy-editor gives it. */
const USUAL_DOOR = 'http://127.0.0.1:8083/policies';

export interface Policy {
  readonly policy: string;
  readonly revision: number;
  readonly title: string;
  readonly measures: { readonly icuBeds?: number; readonly ventilators?: number };
}

export interface Approved {
  /** Of the ring; ESS makes it the event's id. */
  readonly id: string;
  readonly policy: Policy;
}

/**
 * @param door where ESS's door is, with the path that connectors/policy-editor gives it
 * @throws when the door refuses, or does not answer in ten tries
 */
async function approvePolicy(door: string, signingSecret: string, policy: Policy): Promise<Approved> {
  const id = `policy-${randomUUID()}`;
  const body = JSON.stringify({
    state: 'in force',
    audience: 'Hospital',
    region: null,
    ...policy,
    approval: { number: `A-${policy.revision}`, by: 'health-board', at: new Date().toISOString() },
  });
  await ringUntilAnswered(door, body, () => {
    const now = new Date();
    return {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': new Webhook(signingSecret).sign(id, now, body),
    };
  });
  return { id, policy };
}

/** The revision is the second of the approval: it grows, also over restarts of the demo. */
const surgePolicy = (title: string): Policy => ({
  policy: 'surge-capacity',
  revision: Math.floor(Date.now() / 1000),
  title,
  measures: { icuBeds: 12, ventilators: 6 },
});

export interface PolicyEditor extends AsyncDisposable {
  readonly name: string;
  /** Where a person approves: POST, with `?title=`, e.g. http://127.0.0.1:7006/approve */
  readonly url: string;
  /** Where ESS's door is. */
  door: string;
  /** @throws when the door refuses, or does not answer in ten tries */
  approve(title: string): Promise<Approved>;
  stop(): Promise<void>;
}

export interface PolicyEditorOptions extends ListeningOptions {
  readonly signingSecret: string;
  readonly door?: string;
  /** Gets one readable line per policy. */
  readonly print?: (line: string) => void;
}

export async function startPolicyEditor(options: PolicyEditorOptions): Promise<PolicyEditor> {
  const { signingSecret, door = USUAL_DOOR, print } = options;
  const approve = async (title: string) => {
    const approved = await approvePolicy(editor.door, signingSecret, surgePolicy(title));
    const { policy, revision } = approved.policy;
    print?.(`${NAME} → ${policy} revision ${revision} is approved (${approved.id})`);
    return approved;
  };
  const build = () => {
    const server = Fastify({ forceCloseConnections: true });
    server.get('/livez', async () => ({ ok: true }));
    server.post(PATH, ({ query }) => approve((query as { title?: string }).title ?? 'Surge capacity'));
    return server;
  };
  const listening = await Listening.open(build, options, USUAL_PORT);
  const editor: PolicyEditor = {
    name: NAME,
    url: `http://${listening.address}${PATH}`,
    door,
    approve,
    stop: () => listening.stop(),
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
  return editor;
}
