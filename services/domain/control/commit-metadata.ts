// What travels beside a committed offset, in Kafka's offset metadata: which records above the position are settled, how
// many attempts the unsettled ones have used, whether the last owner left in good order, the replay that moved the position
// here, and how the owner is: so a position is never without its replay, and `ess status` needs to ask nobody else. Format:
// "ess3:" and base64url of deflated varints, the last of which are the bytes of a small JSON; what is short goes as it is,
// after "ess3p:" (deflating it took 6 % of a worker with 200 partners, bench S6). Four bytes before them are a checksum over
// the position too: "settled" counts from it, so beside an offset that a tool moved, metadata that the tool kept would skip
// records nobody has delivered. Kafka refuses metadata over 4096 bytes, so the newest part is forgotten first: that costs
// duplicates or a fresh budget, never loss and never a stall.
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Stand } from '../delivery/stands.ts';
import type { OffsetRange } from '../delivery/watermark.ts';
import type { ReplayWindow } from './replay-window.ts';
import type { TopicLog } from './topic-log.ts';

/** Kafka's default `offset.metadata.max.bytes` is 4096; the rest is room for the prefix. */
export const METADATA_MAX_CHARS = 4000;
/** The longest reason for a hold or a retry that is kept: what a partner's server has said may be in it. */
const REASON_MAX_CHARS = 200;
const PREFIX = 'ess3:';
const PLAIN_PREFIX = 'ess3p:';
const CHECKSUM_BYTES = 4;
/** Shorter than this, being small is no use. */
const DEFLATE_FROM_BYTES = 512;
/** Before there was a checksum. */
const UNCHECKED_PREFIXES = ['ess2:', 'ess2p:'];
/** Before there were replays: the same without the JSON. */
const FIRST_PREFIX = 'ess1:';
const PREFIXES = [PREFIX, PLAIN_PREFIX, ...UNCHECKED_PREFIXES, FIRST_PREFIX];

/** Where the position of a partition was. */
export interface PositionSample {
  /** Ms since 1970. */
  readonly atMs: number;
  readonly position: number;
}

/** How the owner of a partition is, for people who ask. */
export interface OwnerHealth {
  /** When this position was reached, ms since 1970. */
  readonly movedAtMs: number;
  /** Since when the partner is held, and why; absent: it is not. */
  readonly held?: { readonly sinceMs: number; readonly reason: string };
  /** Until then the partner has asked to be left alone, ms since 1970; absent: it has not. */
  readonly quietUntilMs?: number;
  /** Settled by this process for this partner, lately. */
  readonly settledPerSecond: number;
  /** What it could deliver: requests at once over the time that one takes, within the rate limit. 0: not known yet. */
  readonly capacityPerSecond: number;
  /** With which connector it sends: the first digits of its connectorDigest; absent: its version does not say. */
  readonly connector?: string;
  /** The partner bears no more than that, as was measured or its connector says: another worker would send no more. */
  readonly atLimit?: true;
  /** Records of this partition are tried again: since when there have been such, and why the last one failed. */
  readonly retrying?: { readonly sinceMs: number; readonly reason: string };
  /** Where the position was some five minutes ago. */
  readonly before?: PositionSample;
}

/** What holds for all partitions of one owner. */
export type PartnerHealth = Omit<OwnerHealth, 'movedAtMs' | 'retrying' | 'before'>;

export interface CommitMetadata {
  /** Ascending closed ranges of settled offsets, all at or above the committed position. */
  readonly settled: readonly OffsetRange[];
  /** Attempts used by unsettled records, ascending by offset. */
  readonly attempts: ReadonlyArray<readonly [offset: number, attempts: number]>;
  /** Written by the last commit of a graceful leave: nothing was in flight or un-audited. */
  readonly clean: boolean;
  /** Wall clock of the committer, ms since 1970. */
  readonly committedAtMs: number;
  /** When the committer's assignment began, by the same clock: it wrote no audit row of this assignment before. */
  readonly epochStartedAtMs: number;
  /** Id of the committing process, as in its audit rows. */
  readonly worker: string;
  readonly replay?: ReplayWindow;
  readonly health?: OwnerHealth;
  /** Records of the partition that have stopped a process. */
  readonly stands?: readonly Stand[];
  /** The log that the position belongs to. */
  readonly log?: TopicLog;
  /** The group had no position in this log: what it held when it began ends here. Gone when the position has passed it. */
  readonly ackedUntil?: number;
}

export function encodeMetadata(position: number, metadata: CommitMetadata): string {
  // Only what is at or above the position counts, and a clock may have gone back: a varint holds no negative number.
  let settled = metadata.settled.filter(([first]) => first >= position);
  let attempts = metadata.attempts.filter(([offset]) => offset >= position);
  let health = metadata.health && shortened(metadata.health);
  for (;;) {
    const { health: _, ...rest } = metadata;
    const text = pack(position, { ...rest, settled, attempts, ...(health ? { health } : {}) });
    if (text.length <= METADATA_MAX_CHARS) return text;
    if (settled.length + attempts.length === 0) {
      // What is left is bounded where it is made; if it is too long all the same, Kafka says so.
      if (!health) return text;
      health = undefined;
    } else if (settled.length >= attempts.length) settled = settled.slice(0, Math.floor(settled.length * 0.75));
    else attempts = attempts.slice(0, Math.floor(attempts.length * 0.75));
  }
}

/** @returns undefined when the text is not ours, damaged, or of a version we do not know: the offset alone is obeyed. */
export function decodeMetadata(position: number, text: string | null | undefined): CommitMetadata | undefined {
  return decoded(position, text, (sum, packed) => sum === checksum(position, packed));
}

/**
 * Id of the topic that the metadata was committed in, also beside another offset: a mirror translates offsets and keeps what is beside
 * them. Undefined when it does not say.
 */
export function topicIdIn(text: string | null | undefined): string | undefined {
  return decoded(0, text, () => true)?.log?.id;
}

/** @param position that ranges count from */
function decoded(
  position: number,
  text: string | null | undefined,
  fits: (sum: number, packed: Buffer) => boolean,
): CommitMetadata | undefined {
  const prefix = PREFIXES.find((known) => text?.startsWith(known));
  if (!text || prefix === undefined) return undefined;
  try {
    const bytes = Buffer.from(text.slice(prefix.length), 'base64url');
    const checked = prefix === PREFIX || prefix === PLAIN_PREFIX;
    const packed = checked ? bytes.subarray(CHECKSUM_BYTES) : bytes;
    if (checked && !fits(bytes.readUInt32BE(), packed)) return undefined;
    const plain = prefix.endsWith('p:') ? packed : inflateRawSync(packed, { maxOutputLength: 1 << 20 });
    return unpack(position, prefix === FIRST_PREFIX, plain);
  } catch {
    return undefined;
  }
}

function shortened(health: OwnerHealth): OwnerHealth {
  const { held, retrying } = health;
  const short = <T extends { readonly reason: string }>(one: T): T => ({
    ...one,
    reason: one.reason.slice(0, REASON_MAX_CHARS),
  });
  return { ...health, ...(held && { held: short(held) }), ...(retrying && { retrying: short(retrying) }) };
}

const checksum = (position: number, packed: Buffer): number => crc32(packed, crc32(String(position)));

function pack(position: number, metadata: CommitMetadata): string {
  const { settled, attempts, clean, committedAtMs, epochStartedAtMs } = metadata;
  const bytes: number[] = [];
  const put = (...numbers: number[]) => {
    for (const number of numbers) putVarint(bytes, number);
  };
  const putText = (text: string) => {
    const encoded = Buffer.from(text);
    put(encoded.length, ...encoded);
  };
  put(clean ? 1 : 0, committedAtMs, Math.max(0, committedAtMs - epochStartedAtMs));
  putText(metadata.worker);
  put(settled.length);
  let from = position;
  for (const [first, last] of settled) {
    put(first - from, last - first);
    from = last;
  }
  put(attempts.length);
  from = position;
  for (const [offset, used] of attempts) {
    put(offset - from, used);
    from = offset;
  }
  const { replay, health, stands, log, ackedUntil } = metadata;
  const more = JSON.stringify({ replay, health, stands, log, ackedUntil });
  putText(more === '{}' ? '' : more);
  const isShort = bytes.length < DEFLATE_FROM_BYTES;
  const packed = isShort ? Buffer.from(bytes) : deflateRawSync(Buffer.from(bytes));
  const head = Buffer.alloc(CHECKSUM_BYTES);
  head.writeUInt32BE(checksum(position, packed));
  return (isShort ? PLAIN_PREFIX : PREFIX) + Buffer.concat([head, packed]).toString('base64url');
}

function unpack(position: number, first: boolean, bytes: Buffer): CommitMetadata {
  let at = 0;
  const next = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined || factor > 2 ** 49) throw new RangeError('damaged');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  /** How many follow: each takes a byte at least, or a damaged number would reserve memory for billions. */
  const count = (): number => {
    const many = next();
    if (many > bytes.length - at) throw new RangeError('damaged');
    return many;
  };
  const clean = next() === 1;
  const committedAtMs = next();
  const epochStartedAtMs = committedAtMs - next();
  const worker = Buffer.from(Array.from({ length: count() }, next)).toString();
  let from = position;
  const settled = Array.from({ length: count() }, (): OffsetRange => {
    const first = from + next();
    from = first + next();
    return [first, from];
  });
  from = position;
  const attempts = Array.from({ length: count() }, () => {
    from += next();
    return [from, next()] as const;
  });
  const more = first ? '' : Buffer.from(Array.from({ length: count() }, next)).toString();
  const tail = (more === '' ? {} : JSON.parse(more)) as Partial<CommitMetadata>;
  const { replay, health, stands, log, ackedUntil } = tail;
  if (at !== bytes.length) throw new RangeError('damaged');
  return {
    settled,
    attempts,
    clean,
    committedAtMs,
    epochStartedAtMs,
    worker,
    ...(replay ? { replay } : {}),
    ...(health ? { health } : {}),
    ...(stands ? { stands } : {}),
    ...(log ? { log } : {}),
    ...(ackedUntil === undefined ? {} : { ackedUntil }),
  };
}

/** LEB128 without BigInt: shifts would cut numbers above 2^31. */
function putVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
}
