// The connectors that a program works with: those it begins with, and what becomes of their folders while it runs. A valid
// change takes effect, an invalid one is told and the last good one stays; folders come and go when none was named.
//   listed-connectors.ts, folder-watch.ts -> here -> the program that takes them

import type { Compiled } from '@ess/domain/connector/compile.ts';
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { ConnectorRecipe } from '@ess/domain/connector/recipe.ts';
import type { Problem } from '@ess/domain/text/problem.ts';
import { formatProblem } from '@ess/domain/text/problem.ts';
import type { Log, Redactor } from '../log/log.ts';
import type { LoadOptions } from './connector-folder.ts';
import { compilePartner, listConnectors } from './connector-folder.ts';
import type { Refused } from './fitting-schemas.ts';
import { isSame, tryLoad } from './fitting-schemas.ts';
import { folderDigest, watchFolder } from './folder-watch.ts';
import { goodOnes } from './good-ones.ts';
import { ListedConnectors } from './listed-connectors.ts';
import { VariableFiles } from './variable-files.ts';

export interface ConnectorSetOptions {
  /** Folder of the connectors. */
  readonly root: string;
  /** Each of them must be good, and no other counts; absent: every folder, as they come and go. */
  readonly names?: readonly string[] | undefined;
  /** Whether a connector has work for this program. It is asked with one that has no secrets. */
  readonly concerns: (connector: Connector) => boolean;
  /** What the connectors of these partners are checked against. */
  readonly schemas: (partners: readonly string[]) => Promise<LoadOptions>;
  /** Schemas before the newest, when a connector that does not fit the newest fits those; undefined: it fits none. */
  readonly olderSchemas?: (partner: string) => Promise<LoadOptions | undefined>;
  /** Asks for the newest schemas again. @returns the subjects that have another one than before */
  readonly newSchemas?: () => Promise<ReadonlySet<string>>;
  /** Learns the secrets of each connector before the program has it. */
  readonly redactor: Pick<Redactor, 'add'>;
  readonly log: Pick<Log, 'info' | 'warn' | 'error'>;
  /** How often it is looked whether folders have come or gone, or files of variables have changed; default 2 s. */
  readonly lookEveryMs?: number;
}

/** A schema that is registered takes effect so soon without a record that has it. */
const NEW_SCHEMAS_EVERY_MS = 30_000;

/** The program, as its connectors see it. */
export interface ConnectorTaker {
  /**
   * A connector that is new or has changed takes effect.
   * @param signal aborted when its folder has changed again, or is gone: to wait on makes no sense then
   * @throws why it cannot; all is as before then
   */
  put(connector: Connector, signal: AbortSignal): Promise<void> | void;
  /** The partner is gone. */
  remove(partner: string): Promise<void> | void;
}

export class ConnectorSet {
  /** Those to begin with. */
  readonly connectors: readonly Connector[];
  readonly #options: ConnectorSetOptions;
  /** What the files were when they were read for the beginning, by partner. */
  readonly #digests: ReadonlyMap<string, string>;
  /** Partners that the program has. */
  readonly #taken: Set<string>;
  /** What the program has of each, or had last. */
  readonly #current: Map<string, Connector>;
  /** Whom to tell of new schemas, and about whom. */
  #following: { readonly taker: ConnectorTaker; readonly partners: () => Iterable<string> } | undefined;
  #looking: Promise<void> | undefined;
  /** Whose files were refused, and the variables that they asked for: what they lack may be any schema, or the file of a variable. */
  readonly #refused: Map<string, ConnectorRecipe['env'] | undefined>;
  /** What is being done about a partner, to be given up when there is news of it. */
  readonly #turns = new Map<string, AbortController>();

  private constructor(
    options: ConnectorSetOptions,
    digests: ReadonlyMap<string, string>,
    connectors: readonly Connector[],
    refused: Map<string, ConnectorRecipe['env'] | undefined>,
  ) {
    this.#options = options;
    this.#refused = refused;
    this.#digests = digests;
    this.connectors = connectors;
    this.#current = new Map(connectors.map((connector) => [connector.partner, connector]));
    this.#taken = new Set(this.#current.keys());
  }

  /**
   * Without names a program begins with those that are good: one that is not keeps only its own partner waiting.
   * @throws EssError ESS_CONFIG or ESS_USAGE for a named one that is not good, or when there is not one that is
   */
  static async open(options: ConnectorSetOptions): Promise<ConnectorSet> {
    const { root, names, schemas, redactor } = options;
    const partners = names ?? listConnectors(root);
    const digests = new Map(partners.map((partner) => [partner, folderDigest(root, partner)]));
    const known = await schemas(partners);
    const loaded = new Map<string, Connector | Refused>();
    for (const partner of partners) loaded.set(partner, await tryLoad(root, partner, known, options.olderSchemas));
    const load = (partner: string): Connector => {
      const found = loaded.get(partner) as Connector | Refused;
      if ('error' in found) throw found.error;
      return found;
    };
    const isOurs = (partner: string, connector?: Connector) => isWanted(options, partner, known, connector);
    const connectors = names ? names.map(load) : goodOnes(partners, load, options.log, isOurs);
    for (const { secrets } of connectors) redactor.add(secrets);
    const refused = new Map<string, ConnectorRecipe['env'] | undefined>();
    for (const [partner, found] of loaded)
      if ('error' in found && isOurs(partner)) refused.set(partner, found.recipe?.env);
    return new ConnectorSet(options, digests, connectors, refused);
  }

  /** How many partners the program has nothing of, since their connectors were refused. */
  get leftOut(): number {
    return [...this.#refused.keys()].filter((partner) => !this.#taken.has(partner)).length;
  }

  /** Hands over what changes from here on, and what has changed since `open`. @returns what ends it */
  follow(taker: ConnectorTaker): () => void {
    const { root, names, log, lookEveryMs = 2_000 } = this.#options;
    const watches = new Map<string, () => void>();
    const watch = (partner: string, seen?: string): void => {
      watches.set(
        partner,
        watchFolder(root, partner, () => void this.#changed(partner, taker), seen),
      );
    };
    for (const [partner, digest] of this.#digests) watch(partner, digest);
    const listed = new ListedConnectors(root, [...this.#digests.keys()], {
      added: (partner) => {
        watch(partner);
        void this.#changed(partner, taker, 'new folder');
      },
      removed: (partner) => {
        watches.get(partner)?.();
        watches.delete(partner);
        void this.#removed(partner, taker);
      },
      away: (error) => log.error({ error: error.message }, 'connectors.away'),
    });
    const looking = names ? undefined : setInterval(() => listed.look(), lookEveryMs);
    this.#following = { taker, partners: () => watches.keys() };
    const files = new VariableFiles();
    const rereading = setInterval(() => {
      for (const partner of watches.keys()) {
        const known = this.#refused.get(partner) ?? this.#current.get(partner)?.recipe.env;
        if (known && files.haveChanged(partner, known)) void this.#changed(partner, taker);
      }
    }, lookEveryMs);
    const asking = setInterval(() => void this.lookForSchemas(), NEW_SCHEMAS_EVERY_MS);
    return () => {
      this.#following = undefined;
      clearInterval(asking);
      clearInterval(rereading);
      clearInterval(looking);
      for (const unwatch of watches.values()) unwatch();
      for (const turn of this.#turns.values()) turn.abort();
    };
  }

  /**
   * Asks whether subjects have newer schemas. Resolves when the connectors that they concern are handed over; who asks meanwhile is
   * told by the next look, because what is registered now may have come too late for this one.
   */
  async lookForSchemas(): Promise<void> {
    await this.#looking;
    this.#looking ??= this.#lookForSchemas().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  async #lookForSchemas(): Promise<void> {
    const { newSchemas } = this.#options;
    const { taker, partners } = this.#following ?? {};
    if (!newSchemas || !taker || !partners) return;
    const subjects = await newSchemas();
    const concerned = (partner: string) => {
      const asked = this.#current.get(partner)?.recipe.schemas.keys();
      return asked === undefined || this.#refused.has(partner) || [...asked].some((subject) => subjects.has(subject));
    };
    if (subjects.size === 0) return;
    for (const partner of [...partners()].filter(concerned)) void this.#changed(partner, taker, 'schema');
    // What is compiled has been handed over by then.
    await new Promise((resolve) => setImmediate(resolve));
  }

  async #changed(
    partner: string,
    taker: ConnectorTaker,
    what: 'files' | 'new folder' | 'schema' = 'files',
  ): Promise<void> {
    const { schemas, redactor, log } = this.#options;
    const { signal } = this.#newTurn(partner);
    let wasTaken = true;
    try {
      const known = await schemas([partner]);
      if (signal.aborted) return;
      wasTaken = this.#taken.has(partner);
      const { connector, problems, recipe } = await this.#compileFitting(partner, known);
      if (signal.aborted) return;
      const wanted = wasTaken || isWanted(this.#options, partner, known, connector);
      if (!wanted && what === 'new folder') return;
      // A change is handed over all the same, when it can be read: the bridge tells its keys from those of strangers then.
      if (!connector && !wanted) return; // its secrets are none of ours
      if (connector) this.#refused.delete(partner);
      else this.#refused.set(partner, recipe?.env);
      if (!connector) return log.error({ partner, problems: problems.map(formatProblem) }, 'connector.refused');
      const before = this.#current.get(partner);
      if (what === 'schema' && wasTaken && before && isSame(before, connector)) return;
      redactor.add(connector.secrets);
      this.#current.set(partner, connector);
      this.#taken.add(partner); // at once: it may be removed before the program is through with it
      await taker.put(connector, signal);
      const { reads } = connector.source;
      log.info(
        { partner, ...(reads && { reads: reads.shown }) },
        wanted && !wasTaken ? 'connector.added' : 'connector.reloaded',
      );
    } catch (error) {
      if (!wasTaken && !signal.aborted) this.#taken.delete(partner);
      if (!signal.aborted) this.#refused.set(partner, this.#refused.get(partner));
      // What was given up for newer files is not refused.
      if (!signal.aborted || (error as Error).name !== 'AbortError')
        log.error({ partner, error: String(error) }, 'connector.refused');
    }
  }

  async #removed(partner: string, taker: ConnectorTaker): Promise<void> {
    const { log } = this.#options;
    this.#newTurn(partner);
    this.#refused.delete(partner);
    this.#current.delete(partner);
    log.warn({ partner }, 'connector.removed');
    if (!this.#taken.delete(partner)) return;
    try {
      await taker.remove(partner);
    } catch (error) {
      log.error({ partner, error: String(error) }, 'connector.remove-failed');
    }
  }

  #newTurn(partner: string): AbortController {
    this.#turns.get(partner)?.abort();
    const turn = new AbortController();
    this.#turns.set(partner, turn);
    return turn;
  }

  async #compileFitting(partner: string, known: LoadOptions): Promise<Judged> {
    const compiled = this.#compile(partner, known);
    if (compiled.connector) return compiled;
    const older = await this.#options.olderSchemas?.(partner);
    return older ? this.#compile(partner, older) : compiled;
  }

  #compile(partner: string, known: LoadOptions): Judged {
    const { root } = this.#options;
    try {
      return compilePartner(root, partner, known);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const remedy = 'put the folder back; until then the last good connector goes on';
      return { problems: [{ file: `${root}/${partner}`, field: '', message, remedy }] };
    }
  }
}

type Judged = Omit<Compiled, 'problems'> & { readonly problems: readonly Problem[] };

/**
 * Whether a connector has work for this program. One that is not valid is wanted: it has to be told.
 * @param loaded absent: it could not be loaded, perhaps only for want of secrets that are none of ours
 */
function isWanted(
  { root, concerns }: ConnectorSetOptions,
  partner: string,
  known: LoadOptions,
  loaded?: Connector,
): boolean {
  if (loaded) return concerns(loaded);
  try {
    const { connector } = compilePartner(root, partner, { ...known, withoutEnv: true });
    return connector === undefined || concerns(connector);
  } catch {
    return true; // gone meanwhile: whoever loads it says so
  }
}
