// The programs of a small installation, as data. A new one is an entry here.
import { CONNECTOR_FILE } from '@ess/domain/connector/compile.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { didYouMean } from '@ess/domain/text/nearest.ts';
import { listConnectors, readConnectorFolder } from '@ess/runtime/connectors/connector-folder.ts';
import { parse } from 'yaml';

export interface ServedProgram {
  readonly name: string;
  /** What `ess` is called with. */
  readonly args: readonly string[];
  /** A connector that gives it work; absent: it always has some. */
  readonly needs?: {
    readonly told: string;
    readonly isMetBy: (connector: ConnectorSays) => boolean;
  };
}

/** What the file of a connector says at its top, whether the rest of it is valid or not. */
export interface ConnectorSays {
  readonly delivers: boolean;
  readonly hasDoors: boolean;
}

const DELIVERING: ServedProgram['needs'] = {
  told: 'a connector that delivers',
  isMetBy: ({ delivers }) => delivers,
};

export const PROGRAMS: readonly ServedProgram[] = [
  { name: 'worker', args: ['worker', '--all'], needs: DELIVERING },
  {
    name: 'inbound',
    args: ['inbound'],
    needs: { told: 'a connector with a door', isMetBy: ({ hasDoors }) => hasDoors },
  },
  // Without partners that stream it still projects.
  { name: 'bridge', args: ['bridge'] },
  { name: 'observer', args: ['observer'], needs: DELIVERING },
  { name: 'console', args: ['console'], needs: DELIVERING },
];

/**
 * @param only names; absent: all of them
 * @throws EssError ESS_USAGE for a name that there is not, and when nothing is left
 */
export function choosePrograms(only: readonly string[] | undefined, without: readonly string[]): ServedProgram[] {
  const names = PROGRAMS.map(({ name }) => name);
  for (const name of [...(only ?? []), ...without])
    if (!names.includes(name))
      throw new EssError('ESS_USAGE', `ess serve has no program "${name}": ${didYouMean(name, names)}`);
  const chosen = PROGRAMS.filter(({ name }) => (only ?? names).includes(name) && !without.includes(name));
  if (chosen.length === 0)
    throw new EssError('ESS_USAGE', `no program is left to run: leave one of ${names.join(', ')}`);
  return chosen;
}

/** What each connector says now. @throws EssError ESS_CONFIG when there is no such folder */
export function whatConnectorsSay(root: string): ConnectorSays[] {
  return listConnectors(root).map((partner) => {
    const { files } = readConnectorFolder(root, partner);
    try {
      const said = Object(parse(files.get(CONNECTOR_FILE) ?? '')) as Record<string, unknown>;
      const { deliver, inbound } = said;
      return { delivers: deliver != null, hasDoors: Array.isArray(inbound) && inbound.length > 0 };
    } catch {
      return { delivers: true, hasDoors: false }; // what is wrong with it is for the worker to tell
    }
  });
}
