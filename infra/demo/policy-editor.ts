// How the demo policy editor publishes: whoever approves a policy there has it ring ESS's door, signed.
// `npx node infra/demo/policy-editor.ts [TITLE]` approves one by hand.
import { randomUUID } from 'node:crypto';
import { readVariable } from '@ess/runtime/settings/environment.ts';
import { Webhook } from 'standardwebhooks';
import { ringUntilAnswered } from './ringing.ts';

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
export async function approvePolicy(door: string, signingSecret: string, policy: Policy): Promise<Approved> {
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
export const surgePolicy = (title: string): Policy => ({
  policy: 'surge-capacity',
  revision: Math.floor(Date.now() / 1000),
  title,
  measures: { icuBeds: 12, ventilators: 6 },
});

if (import.meta.main) {
  const secret = readVariable(process.env, 'POLICY_EDITOR_SIGNING_SECRET');
  const door = readVariable(process.env, 'POLICY_EDITOR_DOOR') || 'http://127.0.0.1:8083/policies';
  if (!secret) {
    console.error('POLICY_EDITOR_SIGNING_SECRET is not set: set -a; . .ess/demo.env; set +a');
    process.exit(2);
  }
  const { id, policy } = await approvePolicy(door, secret, surgePolicy(process.argv[2] ?? 'Surge capacity'));
  console.log(`${policy.policy} revision ${policy.revision} is published (${id})`);
}
