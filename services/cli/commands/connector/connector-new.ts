// `ess connector new`: a partner's folder from a few answers. What it writes passes `ess connector check`.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONNECTOR_FILE, compileConnector } from '@ess/domain/connector/compile.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { formatProblem } from '@ess/domain/text/problem.ts';
import { listConnectors } from '@ess/runtime/connectors/connector-folder.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { valueSubject } from '@ess/schemas/topics.ts';
import { KnownSchemas } from '../../source-schemas.ts';
import { print, tell, tellLines } from '../../terminal/print.ts';
import { answersTo } from './new-answers.ts';
import type { NewOptions } from './new-folder.ts';
import { folderOf } from './new-folder.ts';

export async function newConnector(partner: string, options: NewOptions): Promise<void> {
  const root = options.connectors ?? loadSettings().connectors;
  const path = join(root, partner);
  if (existsSync(path)) throw new EssError('ESS_USAGE', `${path} is there already: choose another name, or edit it`);
  const { topic, subject = valueSubject(topic) } = options;
  const { away, ...schemas } = await new KnownSchemas(root, loadSettings().registry).ofSubject(subject);
  if (away !== undefined) tell(`checked against the schemas in schemas/ alone: ${away}`);
  const compileOptions = { env: () => undefined, withoutEnv: true, partners: [...others(root), partner], ...schemas };
  const problemsOf = (files: ReadonlyMap<string, string>) =>
    compileConnector({ path, partner, files }, compileOptions).problems;
  const answers = await answersTo(options, (tried) =>
    problemsOf(folderOf(partner, tried, options)).map(({ message, remedy }) => `${message} (${remedy})`),
  );
  if (answers === undefined) {
    process.exitCode = 130;
    return tellLines('\nnothing was written');
  }
  const files = folderOf(partner, answers, options);
  const problems = problemsOf(files);
  if (problems.length > 0)
    throw new EssError(
      'ESS_USAGE',
      `nothing was written:\n${problems.map((problem) => `  ${formatProblem(problem)}`).join('\n')}`,
    );
  mkdirSync(path, { recursive: true });
  for (const [name, text] of files) writeFileSync(join(path, name), text, { flag: 'wx' });
  const variables = variablesOf(files.get(CONNECTOR_FILE) ?? '');
  if (options.json) print(JSON.stringify({ partner, path, files: [...files.keys()], variables }));
  else for (const name of files.keys()) print(join(path, name));
  tellLines(`\nNext:${variables.map((name) => `\n  export ${name}=…`).join('')}
  ess connector check ${partner}
  ess connector probe ${partner} --url <its test URL>
  ess worker ${partner}`);
}

const variablesOf = (yaml: string): string[] => [
  ...new Set([...yaml.matchAll(/\$\{(\w+)\}/g)].map((found) => found[1] ?? '')),
];

/** The first partner of all makes the folder. */
function others(root: string): string[] {
  return existsSync(root) ? listConnectors(root) : [];
}
