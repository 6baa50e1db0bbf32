// Whether a position belongs to the log that a topic has now. A topic that was deleted and created again, restored or mirrored
// keeps its name, but its offsets mean other records: an old position would skip them, or wait for ever beyond the end.

/** What travels beside a position. All of it may be absent: an earlier version, or a broker without ids. */
export interface TopicLog {
  /** Of the topic, in base64url. */
  readonly id?: string | undefined;
  /** When the record right before the position was published, ms since 1970. */
  readonly at?: number;
}

/** The log as Kafka has it now. */
export interface LogNow {
  readonly id: string | undefined;
  /** The first offset at which there is no record yet. */
  readonly end: number;
  /** When the record right before the position was published; undefined: it is not there, or was not asked for. */
  readonly at: number | undefined;
}

/**
 * What is absent proves nothing.
 * @returns how it is known that the position belongs to another log; undefined: it is not known to
 */
export function anotherLog(position: number, before: TopicLog | undefined, now: LogNow): string | undefined {
  if (before?.id !== undefined && now.id !== undefined && before.id !== now.id)
    return `the topic was made anew: its id was ${before.id} and is ${now.id}`;
  if (position > now.end) return `the position ${position} lies beyond the end of the log, ${now.end}`;
  if (now.id === undefined && before?.at !== undefined && now.at !== undefined && before.at !== now.at)
    return `the record before the position ${position} is another one: its time was ${before.at} and is ${now.at}`;
  return undefined;
}

/** Whether the record before the position says anything: only where no id does. */
export function asksForRecordBefore(before: TopicLog | undefined, id: string | undefined): boolean {
  return id === undefined && before?.at !== undefined;
}
