// Who gave a command, for its audit: user@host. The host without its domain: that tells it from a mail address (isSamePerson).
import { hostname, userInfo } from 'node:os';

export function whoAmI(): string {
  return `${userInfo().username}@${hostname().split('.')[0]}`;
}
