// The program as it was at the version before this one, to run beside today's on one cluster.
import { treeAt } from './tree-at.ts';

/** What is in service while this version is rolled out. A release moves it. */
const LAST_VERSION = '1893f4deffb5d8d0c6dd01a7496775d77d2be039';

/** Its `ess` script. @throws when the commit is not in this clone */
export const lastVersion = (): string => treeAt(LAST_VERSION);
