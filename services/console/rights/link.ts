// A partner's own window: a short-lived link that lets its holder see that partner alone. What it says is signed and not secret; it travels
// behind the # of the address, which no browser sends and no log has.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { keyFor } from './keys.ts';
import type { Who } from './who.ts';

export type PartnerLink = Extract<Who, { kind: 'link' }>;

/** No link lasts longer. */
export const LINK_MAX_MS = 7 * 86_400_000;
const ID_BYTES = 9;
const TEXT_CHARS_MAX = 2_000;

/** @param ttlMs how long it lets somebody in, ms */
export function newLink(partner: string, ttlMs: number, nowMs: number = Date.now()): PartnerLink {
  const id = randomBytes(ID_BYTES).toString('base64url');
  return { kind: 'link', id, partner, madeMs: nowMs, untilMs: nowMs + ttlMs };
}

/** @param key the first of ESS_CONSOLE_KEYS */
export function linkText({ id, partner, madeMs, untilMs }: PartnerLink, key: string): string {
  const said = Buffer.from(JSON.stringify([id, partner, madeMs, untilMs])).toString('base64url');
  return `${said}.${macOf(said, key).toString('base64url')}`;
}

/** @returns undefined: no key of ours has signed it, or its time is over */
export function readLink(text: unknown, keys: readonly string[], nowMs: number = Date.now()): PartnerLink | undefined {
  if (typeof text !== 'string' || text.length > TEXT_CHARS_MAX) return undefined;
  const [said = '', mac = ''] = text.split('.', 2);
  const given = Buffer.from(mac, 'base64url');
  // Each is compared, whichever fits.
  const signed = keys
    .map((key) => macOf(said, key))
    .filter((own) => own.length === given.length && timingSafeEqual(own, given));
  if (signed.length === 0) return undefined;
  const [id, partner, madeMs, untilMs] = JSON.parse(Buffer.from(said, 'base64url').toString()) as [
    string,
    string,
    number,
    number,
  ];
  return nowMs < untilMs ? { kind: 'link', id, partner, madeMs, untilMs } : undefined;
}

const macOf = (said: string, key: string): Buffer => createHmac('sha256', keyFor('link', key)).update(said).digest();
