// How the demo hospital tells the agency that a bed is free again.
import { randomUUID } from 'node:crypto';
import { ringUntilAnswered } from './ringing.ts';

export interface BellRing {
  /** Idempotency key of the message. */
  readonly id: string;
  readonly bedsFree: number;
  /** How often it had to ring. */
  readonly tries: number;
}

/** @throws when the door refuses, or does not answer in ten tries */
export async function ringDoorbell(url: string, secret: string, bedsFree: number): Promise<BellRing> {
  const id = `bed-${randomUUID()}`;
  const body = JSON.stringify({ auth: secret, bedsFree });
  const tries = await ringUntilAnswered(url, body, () => ({ 'idempotency-key': id }));
  return { id, bedsFree, tries };
}
