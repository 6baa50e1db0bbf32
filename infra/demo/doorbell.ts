// How the demo hospital tells the agency that a bed is free again: it rings ESS's door, and rings again under the same id
// until it is answered, as a good sender does.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';

export interface BellRing {
  /** Idempotency key of the message. */
  readonly id: string;
  readonly bedsFree: number;
  /** How often it had to ring. */
  readonly tries: number;
}

const TRIES = 10;
const REQUEST_MS = 10_000;
const PAUSE_MS = 500;

/** @throws when the door refuses, or does not answer in ten tries */
export async function ringDoorbell(url: string, secret: string, bedsFree: number): Promise<BellRing> {
  const id = `bed-${randomUUID()}`;
  for (let tries = 1; ; tries += 1) {
    const status = await ring(url, { auth: secret, bedsFree }, id);
    if (status === 204) return { id, bedsFree, tries };
    const again = status === undefined || status === 429 || status >= 500;
    if (!again || tries >= TRIES)
      throw new Error(`the door ${url} ${status ? `answered ${status}` : 'does not answer'}`);
    await delay(PAUSE_MS);
  }
}

async function ring(url: string, body: object, id: string): Promise<number | undefined> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': id },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(REQUEST_MS),
    });
    await answer.text();
    return answer.status;
  } catch {
    return undefined;
  }
}
