// How the demo partners ring a door of ESS: again under the same id until they are answered, as a good sender does.
import { setTimeout as delay } from 'node:timers/promises';

const TRIES = 10;
const REQUEST_MS = 10_000;
const PAUSE_MS = 500;

/**
 * @param headers made anew for each ring: a signature has its time
 * @returns how often it had to ring
 * @throws when the door refuses, or does not answer in ten tries
 */
export async function ringUntilAnswered(
  door: string,
  body: string,
  headers: () => Readonly<Record<string, string>>,
): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const answer = await ring(door, body, headers());
    if (answer?.status === 204) return tries;
    const again = answer === undefined || answer.status === 429 || answer.status >= 500;
    if (!again || tries >= TRIES)
      throw new Error(`the door ${door} ${answer ? `answered ${answer.status}: ${answer.text}` : 'does not answer'}`);
    await delay(PAUSE_MS);
  }
}

async function ring(door: string, body: string, headers: Readonly<Record<string, string>>) {
  try {
    const answer = await fetch(door, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      signal: AbortSignal.timeout(REQUEST_MS),
    });
    return { status: answer.status, text: await answer.text() };
  } catch {
    return undefined;
  }
}
