// Which partition a key belongs to: murmur2 with the sign bit cleared, so that every producer agrees. The Java client does the
// same (its `Utils.murmur2` and `toPositive`). kafkajs has it in 64-bit arithmetic, which took 5 % of a delivery at full load
// (bench S1). The test holds the two against each other.
import type { RecordBody } from './record-body.ts';
import { Varints } from './record-body.ts';

const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;
let scratch = Buffer.alloc(1_024);

export function partitionOf(key: string | Buffer, count: number): number {
  return (murmur2(typeof key === 'string' ? bytesOf(key) : key) & 0x7fffffff) % count;
}

/** By the key in it, which is not null. */
export function partitionOfBody({ bytes, from }: RecordBody, count: number): number {
  const cursor = new Varints(bytes, from);
  const length = cursor.next();
  return (murmur2(bytes, cursor.at, cursor.at + length) & 0x7fffffff) % count;
}

/** @returns a view that holds until the next call */
function bytesOf(key: string): Buffer {
  if (key.length * 3 > scratch.length) scratch = Buffer.alloc(key.length * 3);
  return scratch.subarray(0, scratch.write(key));
}

/** MurmurHash2, 32 bit, by Austin Appleby (public domain). */
function murmur2(bytes: Buffer, from = 0, end = bytes.length): number {
  const length = end - from;
  const wholeWords = from + (length & ~3);
  let hash = SEED ^ length;
  for (let at = from; at < wholeWords; at += 4) {
    let word = Math.imul(bytes.readInt32LE(at), MULTIPLIER);
    word = Math.imul(word ^ (word >>> 24), MULTIPLIER);
    hash = Math.imul(hash, MULTIPLIER) ^ word;
  }
  for (let at = end - 1; at >= wholeWords; at -= 1) hash ^= (bytes[at] as number) << (8 * (at - wholeWords));
  if (wholeWords < end) hash = Math.imul(hash, MULTIPLIER);
  hash = Math.imul(hash ^ (hash >>> 13), MULTIPLIER);
  return hash ^ (hash >>> 15);
}
