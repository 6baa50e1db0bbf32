// What a partner has acknowledged of a rule, next to what there is: which of two is newer, and whether one covers the other.
import type { Version } from './version.ts';
import { NO_VERSION } from './version.ts';

/** A version of a rule, and the record it came in. */
export interface PlacedVersion {
  /** `NO_VERSION`: the record names none. */
  readonly version: Version;
  /** Id of the topic, where it was known. */
  readonly topicId?: string | null;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** @param isOffset versions are offsets: those of two logs are neither older nor newer */
export function isNewer(known: PlacedVersion, other: PlacedVersion, isOffset: boolean): boolean {
  if (isWithoutVersion(known, other)) return areOfOneLog(known, other) && known.offset > other.offset;
  return known.version > other.version && !(isOffset && areOfOtherLogs(known, other));
}

/**
 * Whether who has acknowledged `acked` has `asked`, or something newer. Where it is not known that both are of one log it is
 * denied: who relies on it sends once more.
 * @param isOffset as in `isNewer`
 */
export function covers(acked: PlacedVersion, asked: PlacedVersion, isOffset: boolean): boolean {
  if (isWithoutVersion(acked, asked)) return areOfOneLog(acked, asked) && acked.offset >= asked.offset;
  return acked.version >= asked.version && (!isOffset || (asked.topicId != null && acked.topicId === asked.topicId));
}

/**
 * The same for who only looks. In one log places tell: what was published again, in the same version or a lower one, is not there
 * before its own record is acked. Where it is not known that both are of one log, the version has to be there too.
 */
export function seemsToCover(acked: PlacedVersion, asked: PlacedVersion, isOffset: boolean): boolean {
  const hasPlace = areAtOnePlace(acked, asked) ? acked.offset >= asked.offset : undefined;
  if (isOffset || isWithoutVersion(acked, asked)) return hasPlace ?? false;
  const hasVersion = acked.version >= asked.version;
  if (hasPlace === undefined) return hasVersion;
  return hasPlace && (hasVersion || areOfOneLog(acked, asked));
}

/**
 * Which of two of a rule came later, for who only looks. In one log places tell, and versions elsewhere.
 * @param isOneLog what has one topic has one log; absent: where their ids say so
 * @returns above 0: the first; below 0: the other; undefined: their versions and places do not tell, a time may
 */
export function laterOf(
  one: PlacedVersion,
  other: PlacedVersion,
  isOffset: boolean,
  isOneLog = false,
): number | undefined {
  const byPlace = areAtOnePlace(one, other) ? one.offset - other.offset : undefined;
  if (isOffset || isWithoutVersion(one, other)) return byPlace;
  const byVersion = Number(one.version > other.version) - Number(one.version < other.version);
  if (byPlace === undefined) return byVersion;
  const areOne = isOneLog || areOfOneLog(one, other);
  return areOne || byVersion === 0 || Math.sign(byPlace) === byVersion ? byPlace : undefined;
}

/** Of one partition, unless it is known that they are of two logs. */
const areAtOnePlace = (one: PlacedVersion, other: PlacedVersion): boolean =>
  one.partition === other.partition && !areOfOtherLogs(one, other);

/** A version says nothing of a record that has none. */
const isWithoutVersion = (...both: readonly PlacedVersion[]): boolean =>
  both.some(({ version }) => version === NO_VERSION);

const areOfOneLog = (one: PlacedVersion, other: PlacedVersion): boolean =>
  one.topicId != null &&
  one.topicId === other.topicId &&
  one.topic === other.topic &&
  one.partition === other.partition;

const areOfOtherLogs = (one: PlacedVersion, other: PlacedVersion): boolean =>
  one.topic !== other.topic || (one.topicId != null && other.topicId != null && one.topicId !== other.topicId);
