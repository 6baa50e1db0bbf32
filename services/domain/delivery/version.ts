/**
 * What orders the records of one rule, as the connector's `version` names it. A bigint where no number is exact, from 2^53 on:
 * JavaScript compares the two kinds by their value.
 */
export type Version = number | bigint;

/** The header that says it, of a request and of each record of rules.latest: tombstones too stand for a version. */
export const VERSION_HEADER = 'ess-rule-version';

/** As the version of what has none: below all that count from nought. Where it stands in its log says what is older. */
export const NO_VERSION = Number.MIN_SAFE_INTEGER + 1; // the least that avsc writes

/** @param text as `String` wrote it @returns undefined when it is no version */
export function versionIn(text: string): Version | undefined {
  if (!/^-?\d{1,19}$/.test(text)) return undefined;
  return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);
}
