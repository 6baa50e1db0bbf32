// Tokens for Kafka (OAUTHBEARER): fetched with client credentials, kept while they are young. Whoever authenticates again gets one that
// lasts: Kafka ends a session with its token.
import type { TokenLogin } from '@ess/domain/stream/kafka-access.ts';
import { boundedText, TooLong } from '@ess/domain/text/bounded-text.ts';
import { textNow } from './material.ts';

const ANSWER_WITHIN_MS = 5_000;
const ANSWER_BYTES_MAX = 64_000;
/** Of a token whose answer does not say how long it lives. */
const USUAL_SECONDS = 60;

interface Kept {
  readonly token: string;
  /** By the monotonic clock, ms: half of its life is over. */
  readonly youngUntilMs: number;
}

/** Of this thread, for all of its connections. */
const kept = new Map<string, Kept>();
/** Connections that are opened together wait for the same one. */
const fetching = new Map<string, Promise<string>>();

const whoIs = ({ tokenUrl, clientId, scope }: TokenLogin): string => JSON.stringify([tokenUrl, clientId, scope]);

/** Kafka does not take it: the next one is fetched. */
export const forgetToken = (login: TokenLogin): boolean => kept.delete(whoIs(login));

/** @throws Error that names the address, and nothing of what was sent or answered */
export async function bearerToken(login: TokenLogin): Promise<string> {
  const who = whoIs(login);
  const known = kept.get(who);
  if (known && performance.now() < known.youngUntilMs) return known.token;
  const asked = fetching.get(who) ?? keepNew(who, login).finally(() => fetching.delete(who));
  fetching.set(who, asked);
  return asked;
}

async function keepNew(who: string, login: TokenLogin): Promise<string> {
  const askedAtMs = performance.now();
  const { token, seconds } = await fetchToken(login);
  kept.set(who, { token, youngUntilMs: askedAtMs + seconds * 500 });
  return token;
}

async function fetchToken(login: TokenLogin): Promise<{ token: string; seconds: number }> {
  const { tokenUrl, clientId, clientSecret, scope } = login;
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...(scope !== undefined && { scope }) });
  const user = `${encodeURIComponent(clientId)}:${encodeURIComponent(textNow(clientSecret))}`;
  const refuse = (why: string) => new Error(`${tokenUrl} gives no token for ${clientId}: ${why}`);
  const failed = (error: unknown): never => {
    throw refuse(whyNot(error));
  };
  const answer = await fetch(tokenUrl, {
    method: 'POST',
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    headers: { authorization: `Basic ${Buffer.from(user).toString('base64')}`, accept: 'application/json' },
    body: form,
  }).catch(failed);
  if (!answer.ok) throw refuse(`status ${answer.status}`);
  const text = answer.body === null ? '' : await boundedText(answer.body, ANSWER_BYTES_MAX).catch(failed);
  const { access_token: token, expires_in: seconds = USUAL_SECONDS } = parsed(text);
  if (typeof token !== 'string' || token === '') throw refuse('an answer without access_token');
  return { token, seconds: Number(seconds) > 0 ? Number(seconds) : USUAL_SECONDS };
}

function whyNot(error: unknown): string {
  if (error instanceof TooLong) return 'an answer that is too long';
  const { name, code, cause } = error as NodeJS.ErrnoException & { cause?: { code?: unknown } };
  return name === 'TimeoutError' ? 'no answer in time' : String(cause?.code ?? code ?? 'broken off');
}

function parsed(text: string): { access_token?: unknown; expires_in?: unknown } {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}
