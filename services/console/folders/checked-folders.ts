// The folders of the connectors, checked as `ess connector check` does it: again when files have changed, and for new schemas.
import { setImmediate as turn } from 'node:timers/promises';
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { CheckedConnector } from '@ess/runtime/connectors/checked-connector.ts';
import { checkListed } from '@ess/runtime/connectors/checked-connector.ts';
import type { LoadOptions } from '@ess/runtime/connectors/connector-folder.ts';
import { listConnectors } from '@ess/runtime/connectors/connector-folder.ts';
import { folderDigest } from '@ess/runtime/connectors/folder-watch.ts';

export interface CheckedFoldersOptions {
  /** Folder of the connectors. */
  readonly root: string;
  /** The newest schemas that connectors of these partners are checked against. */
  readonly schemas: (partners: readonly string[]) => Promise<LoadOptions>;
}

export interface CheckedFolder extends CheckedConnector {
  /** What the folder says now; absent: it is not valid. */
  readonly connector?: Pick<Connector, 'source' | 'connectorDigest' | 'inbound'> & {
    readonly delivers: boolean;
    readonly streams: boolean;
  };
}

/** A schema that is registered meanwhile counts so soon. */
const ASK_AGAIN_MS = 30_000;

export class CheckedFolders {
  readonly #options: CheckedFoldersOptions;
  readonly #known = new Map<string, { readonly digest: string; readonly folder: CheckedFolder }>();
  #askedMs = Number.NEGATIVE_INFINITY;
  #looking: Promise<readonly CheckedFolder[]> | undefined;

  constructor(options: CheckedFoldersOptions) {
    this.#options = options;
  }

  /** By name. However many ask at once, it is looked once. @throws EssError ESS_CONFIG when the folder of the connectors is away */
  all(): Promise<readonly CheckedFolder[]> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<readonly CheckedFolder[]> {
    const { root, schemas } = this.#options;
    const partners = listConnectors(root);
    if (performance.now() - this.#askedMs > ASK_AGAIN_MS) this.#known.clear();
    const changed = partners.flatMap((partner) => {
      const digest = folderDigest(root, partner);
      return this.#known.get(partner)?.digest === digest ? [] : [{ partner, digest }];
    });
    if (changed.length > 0) {
      const newest = await schemas(partners);
      this.#askedMs = performance.now();
      for (const { partner, digest } of changed) {
        // Whether variables are set is the business of who sends: none has to be set here.
        this.#known.set(partner, { digest, folder: checked(root, partner, { ...newest, withoutEnv: true }) });
        await turn(); // a folder with many samples takes its time, and others ask too
      }
    }
    return partners.flatMap((partner) => this.#known.get(partner)?.folder ?? []);
  }
}

function checked(root: string, partner: string, options: LoadOptions): CheckedFolder {
  const { result, connector } = checkListed(root, partner, options);
  if (!connector) return result;
  const { source, connectorDigest, inbound, deliver, stream } = connector;
  return {
    ...result,
    connector: { source, connectorDigest, inbound, delivers: deliver !== undefined, streams: stream.enabled },
  };
}
