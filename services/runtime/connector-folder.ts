// Connectors on disk: which there are, and one of them as a ConnectorFolder, compiled. services/domain decides what is valid.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Connector, ConnectorFolder } from '@ess/domain/connector.ts';
import type { Compiled, CompileOptions } from '@ess/domain/connector-compile.ts';
import { CONNECTOR_FILE, compileConnector } from '@ess/domain/connector-compile.ts';
import { EssError } from '@ess/domain/error.ts';
import { didYouMean } from '@ess/domain/nearest.ts';
import { formatProblem } from '@ess/domain/problem.ts';
import { findSchema } from '@ess/schemas/catalog.ts';
import { readVariable } from './environment.ts';

/** What a program may set; by default the process's environment and the .avsc files of schemas/. */
export type LoadOptions = Partial<CompileOptions>;

/** Folders deeper than this one hold nothing of a connector. */
const SUBFOLDERS = ['samples'];

/**
 * Names of the partners: every folder under the root, in order.
 * @throws EssError ESS_CONFIG when the root is no folder
 */
export function listConnectors(root: string): string[] {
  try {
    return readdirSync(root, { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
      .map((entry) => entry.name)
      .sort();
  } catch (cause) {
    throw new EssError('ESS_CONFIG', `no folder of connectors at ${root}: set ESS_CONNECTORS or use --connectors`, {
      cause,
    });
  }
}

/** The texts of a connector's files, samples included; other files and folders are left alone. */
export function readConnectorFolder(root: string, partner: string): ConnectorFolder {
  const path = join(root, partner);
  const files = new Map<string, string>();
  for (const folder of ['', ...SUBFOLDERS]) {
    if (folder !== '' && !existsSync(join(path, folder))) continue;
    for (const entry of readdirSync(join(path, folder), { withFileTypes: true })) {
      if (!/\.(ya?ml|json)$/.test(entry.name) || entry.isDirectory()) continue;
      files.set(
        folder === '' ? entry.name : `${folder}/${entry.name}`,
        readFileSync(join(path, folder, entry.name), 'utf8'),
      );
    }
  }
  const shown = relative(process.cwd(), path);
  return { path: shown.startsWith('..') || shown === '' ? path : shown, partner, files };
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
  return compileConnector(readConnectorFolder(root, partner), withDefaults(options, partners));
}

/**
 * @throws EssError ESS_USAGE when there is no such partner; ESS_CONFIG with one line per problem when it is invalid
 */
export function loadConnector(root: string, partner: string, options: LoadOptions = {}): Connector {
  const { connector, problems } = compilePartner(root, partner, options);
  if (connector !== undefined) return connector;
  throw new EssError(
    'ESS_CONFIG',
    `connector ${partner} is invalid:\n${problems.map((problem) => `  ${formatProblem(problem)}`).join('\n')}`,
  );
}

function withDefaults(options: LoadOptions, partners: readonly string[]): CompileOptions {
  return { env: (name) => readVariable(process.env, name), sourceSchema: findSchema, partners, ...options };
}
