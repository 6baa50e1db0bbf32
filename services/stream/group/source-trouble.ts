// What a person can do about a place of a source topic that cannot be read, and how often a group looks there again.
import { valueSubject } from '@ess/schemas/topics.ts';

/** What cannot be read changes only by retention, or by a person who moves the position. */
export const UNREADABLE_RETRY_MS = 30_000;
/** A schema may be mended meanwhile, e.g. what it refers to is registered. The codec asks the registry no more often. */
export const SCHEMA_RETRY_MS = 5_000;

/** What has to be passed so that the group goes on. */
export interface Passing {
  readonly topic: string;
  /** Absent: `<topic>-value`. */
  readonly subject?: string | undefined;
  readonly partition: number;
  /** The offset to go on with. */
  readonly next: number;
  readonly group: string;
  /** Who is in the group, and has to be stopped first. */
  readonly members: 'workers' | 'bridges';
}

export const bytesRemedy = (passing: Passing): string =>
  `set compression.type=uncompressed on ${passing.topic}; to leave these records out, ${byHand(passing)}`;

export const schemaRemedy = (passing: Passing): string =>
  `register what the schema lacks, or delete that version of ${passing.subject ?? valueSubject(passing.topic)}: its records become dead letters then; to leave this record out, ${byHand(passing)}`;

const byHand = ({ members, group, next, partition }: Passing): string =>
  `stop the ${members} and give the group ${group} the offset ${next} of partition ${partition} (kafka-consumer-groups --reset-offsets)`;
