// Who is at this machine, as it stands on record: user@host. The host without its domain: that tells it from a mail address (isSamePerson).
import { hostname, userInfo } from 'node:os';

export const whoAmI = (): string => `${userName()}@${hostname().split('.')[0]}`;

/** A container may run as a number that has no name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'somebody');
  }
}
