// The history of committed offsets, from Kafka's own __consumer_offsets: what a group had committed, and when. Formats:
// OffsetCommitKey and OffsetCommitValue in Kafka's group-coordinator/src/main/resources/common/message.
import { decodeMetadata } from '@ess/domain/control/commit-metadata.ts';
import type { Kafka } from '@ess/stream/kafkajs/client.ts';
import { read } from '@ess/stream/read/read.ts';
import type { Commit } from './check/evidence.ts';

const OFFSETS_TOPIC = '__consumer_offsets';
/** From this version on the value is in Kafka's compact form. */
const COMPACT_FROM = 4;

/** Commits of each group for one topic, in the order in which the coordinator had them. */
export async function readCommits(kafka: Kafka, topic: string): Promise<Map<string, Commit[]>> {
  const commits = new Map<string, Commit[]>();
  for await (const batch of read(kafka, { topic: OFFSETS_TOPIC }))
    for (const { key, value, timestampMs } of batch) {
      const about = key && decodeKey(key);
      if (!about || about.topic !== topic || !value) continue;
      const { offset, metadata } = decodeValue(value);
      const ours = decodeMetadata(offset, metadata);
      const mine = commits.get(about.group) ?? [];
      commits.set(about.group, mine);
      mine.push({
        partition: about.partition,
        offset,
        atMs: timestampMs,
        settled: ours?.settled ?? [],
        ...(ours ? { epochStartedAtMs: ours.epochStartedAtMs } : {}),
      });
    }
  return commits;
}

function decodeKey(key: Buffer): { group: string; topic: string; partition: number } | undefined {
  if (key.readInt16BE(0) > 1) return undefined; // not a commit but a group's members
  const group = text(key, 2);
  const topic = text(key, group.next);
  return { group: group.value, topic: topic.value, partition: key.readInt32BE(topic.next) };
}

function decodeValue(value: Buffer): { offset: number; metadata: string } {
  const version = value.readInt16BE(0);
  const offset = Number(value.readBigInt64BE(2));
  const at = version >= 3 ? 14 : 10; // a leader epoch came with version 3
  return { offset, metadata: version >= COMPACT_FROM ? compactText(value, at) : text(value, at).value };
}

function text(bytes: Buffer, at: number): { value: string; next: number } {
  const next = at + 2 + Math.max(0, bytes.readInt16BE(at));
  return { value: bytes.toString('utf8', at + 2, next), next };
}

/** Its length, plus one, comes first as a varint. */
function compactText(bytes: Buffer, from: number): string {
  let at = from;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = bytes.readUInt8(at++);
    length |= (byte & 127) << shift;
    if (byte < 128) break;
  }
  return bytes.toString('utf8', at, at + length - 1);
}
