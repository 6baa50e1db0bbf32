// Connectors on disk: which there are, and one of them as a ConnectorFolder, compiled. services/domain decides what is valid.
import type { Dirent } from 'node:fs';
import { readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Compiled, CompileOptions } from '@ess/domain/connector/compile.ts';
import { CONNECTOR_FILE, compileConnector } from '@ess/domain/connector/compile.ts';
import type { Connector, ConnectorFolder } from '@ess/domain/connector/connector.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { didYouMean } from '@ess/domain/text/nearest.ts';
import type { Problem } from '@ess/domain/text/problem.ts';
import { formatProblem } from '@ess/domain/text/problem.ts';
import { findSubject } from '@ess/schemas/catalog.ts';
import { connectorVariable } from '../settings/environment.ts';
import { FileRefused, readSmallFile, refusedBy } from '../settings/small-file.ts';

/** What a program may set; by default the process's environment and the .avsc files of schemas/. */
export type LoadOptions = Partial<CompileOptions>;

/** Folders deeper than this one hold nothing of a connector. */
const SUBFOLDERS = ['samples'];

/** Far more than any contract that people read. */
const FILE_BYTES_MAX = 1_000_000;
/** All files of one connector together, samples included. */
const FILES_MAX = 500;
const FOLDER_BYTES_MAX = 10_000_000;
/** What editors and tools leave beside a file that they write: backups and locks. */
const DROPPING = /^\.|^#|~$/;

/**
 * Names of the partners: every folder under the root, in order. A link counts as what it leads to, and one that leads nowhere as
 * a folder that is away: to be told, not to be passed over.
 * @throws EssError ESS_CONFIG when the root is no folder
 */
export function listConnectors(root: string): string[] {
  try {
    return readdirSync(root, { withFileTypes: true })
      .filter((entry) => !DROPPING.test(entry.name) && (entry.isDirectory() || isFolderLink(root, entry)))
      .map((entry) => entry.name)
      .sort();
  } catch (cause) {
    throw new EssError('ESS_CONFIG', `no folder of connectors at ${root}: set ESS_CONNECTORS or use --connectors`, {
      cause,
    });
  }
}

function isFolderLink(root: string, entry: Dirent): boolean {
  if (!entry.isSymbolicLink()) return false;
  try {
    return statSync(join(root, entry.name)).isDirectory();
  } catch {
    return true;
  }
}

/** The texts of a connector's files, samples included; other files and folders are left alone. What cannot be read is a problem. */
export function readConnectorFolder(root: string, partner: string): ConnectorFolder {
  const path = join(root, partner);
  const shown = relative(process.cwd(), path);
  const folder = { path: shown.startsWith('..') || shown === '' ? path : shown, partner };
  const files = new Map<string, string>();
  const problems: Problem[] = [];
  const refuse = (file: string, { message, remedy }: FileRefused): void =>
    void problems.push({ file: join(folder.path, file), field: '', message, remedy });
  let left = FOLDER_BYTES_MAX;
  for (const name of namesIn(path, refuse)) {
    try {
      if (files.size === FILES_MAX || left <= 0) {
        const most = `${FILES_MAX} files or ${FOLDER_BYTES_MAX / 1_000_000} MB`;
        refuse('', new FileRefused(`holds more than ${most}`, 'leave only what belongs to the connector'));
        break;
      }
      const text = readSmallFile(join(path, name), FILE_BYTES_MAX);
      left -= text.length;
      files.set(name, text);
    } catch (error) {
      if (!(error instanceof FileRefused)) throw error;
      refuse(name, error);
    }
  }
  return { ...folder, files, problems };
}

/** With a slash for those in a folder below. */
function namesIn(path: string, refuse: (file: string, error: FileRefused) => void): string[] {
  return ['', ...SUBFOLDERS].flatMap((folder) => {
    try {
      return readdirSync(join(path, folder), { withFileTypes: true })
        .filter(({ name }) => /\.(ya?ml|json)$/.test(name) && !DROPPING.test(name))
        .map(({ name }) => (folder === '' ? name : `${folder}/${name}`))
        .sort();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (folder === '' || code !== 'ENOENT') refuse(folder, refusedBy(error as NodeJS.ErrnoException));
      return [];
    }
  });
}

/**
 * Reads and compiles one connector and returns what is wrong instead of throwing it.
 * @throws EssError ESS_USAGE when there is no such partner
 */
export function compilePartner(root: string, partner: string, options: LoadOptions = {}): Compiled {
  const partners = listConnectors(root);
  if (!partners.includes(partner)) {
    const remedy = partners.length === 0 ? `add ${join(root, partner, CONNECTOR_FILE)}` : didYouMean(partner, partners);
    throw new EssError('ESS_USAGE', `no connector "${partner}" in ${root}: ${remedy}`);
  }
  const folder = readConnectorFolder(root, partner);
  try {
    return compileConnector(folder, withDefaults(options, partners));
  } catch (error) {
    // A fault of ours that its files have found: it stays theirs alone.
    const message = `cannot be compiled: ${error instanceof Error ? error.message : String(error)}`;
    return { problems: [{ file: folder.path, field: '', message, remedy: 'make its files simpler, and tell us' }] };
  }
}

/**
 * @throws EssError ESS_USAGE when there is no such partner; ESS_CONFIG with one line per problem when it is invalid
 */
export function loadConnector(root: string, partner: string, options: LoadOptions = {}): Connector {
  const { connector, problems } = compilePartner(root, partner, options);
  if (connector !== undefined) return connector;
  throw invalid(partner, problems);
}

/** One line per problem. */
export function invalid(partner: string, problems: readonly Problem[]): EssError {
  return new EssError(
    'ESS_CONFIG',
    `connector ${partner} is invalid:\n${problems.map((problem) => `  ${formatProblem(problem)}`).join('\n')}`,
  );
}

function withDefaults(options: LoadOptions, partners: readonly string[]): CompileOptions {
  return { env: (name) => connectorVariable(process.env, name), sourceSchema: findSubject, partners, ...options };
}
