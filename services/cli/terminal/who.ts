// Who gave a command, for its audit: user@host.
import { hostname, userInfo } from 'node:os';

export function whoAmI(): string {
  return `${userInfo().username}@${hostname()}`;
}
