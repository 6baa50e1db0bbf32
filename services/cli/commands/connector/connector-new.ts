// `ess connector new`: a partner's folder from a few answers. What it writes passes `ess connector check`.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { CONNECTOR_FILE, compileConnector } from '@ess/domain/connector/compile.ts';
import { EssError } from '@ess/domain/text/error.ts';
import { formatProblem } from '@ess/domain/text/problem.ts';
import { listConnectors } from '@ess/runtime/connectors/connector-folder.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { RULES_TOPIC, valueSubject } from '@ess/schemas/topics.ts';
import { stringify } from 'yaml';
import { KnownSchemas } from '../../source-schemas.ts';
import { print, tell, tellLines } from '../../terminal/print.ts';

export interface NewOptions {
  readonly topic: string;
  readonly subject?: string;
  readonly url?: string;
  readonly scope?: string;
  readonly field?: readonly string[];
  readonly auth?: string;
  readonly sign: boolean;
  readonly allow?: readonly string[];
  readonly connectors?: string;
  readonly json?: true;
}

interface Question {
  readonly option: string;
  readonly text: string;
  readonly usual: string;
}

const QUESTIONS = {
  url: { option: '--url', text: 'URL that takes the deliveries', usual: '' },
  scope: { option: '--scope', text: 'scope of the rules it gets', usual: 'Hospital' },
  fields: {
    option: '--field',
    text: 'fields to send, as source=target, separated by commas',
    usual: 'ruleId=ruleId,version=version,title=title,effectiveDate=start',
  },
  auth: { option: '--auth', text: 'how we log in: bearer, header:NAME, body:FIELD or none', usual: 'bearer' },
} as const satisfies Record<string, Question>;

export async function newConnector(partner: string, options: NewOptions): Promise<void> {
  const root = options.connectors ?? loadSettings().connectors;
  const path = join(root, partner);
  if (existsSync(path)) throw new EssError('ESS_USAGE', `${path} is there already: choose another name, or edit it`);
  const answers = await ask(options);
  const files = folderOf(partner, answers, options);
  const { topic, subject = valueSubject(topic) } = options;
  const schemas = await new KnownSchemas(root, loadSettings().registry).ofSubject(subject);
  if (schemas.away !== undefined) tell(`checked against the schemas in schemas/ alone: ${schemas.away}`);
  const { problems } = compileConnector(
    { path, partner, files },
    { env: () => undefined, withoutEnv: true, partners: [...others(root), partner], ...schemas },
  );
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

type Answers = Record<keyof typeof QUESTIONS, string>;

/** A scope, and the usual fields, are those of rules: of another topic only its owner knows what is in it. */
function questionsFor(topic: string): Partial<Record<keyof Answers, Question>> {
  if (topic === RULES_TOPIC) return QUESTIONS;
  const { scope: _, ...others } = QUESTIONS;
  return { ...others, fields: { ...QUESTIONS.fields, usual: '' } };
}

/** What the options leave open is asked for on a terminal; in a script it is wrong usage. */
async function ask(options: NewOptions): Promise<Answers> {
  const given: Partial<Answers> = {
    ...(options.url === undefined ? {} : { url: options.url }),
    ...(options.scope === undefined ? {} : { scope: options.scope }),
    ...(options.field === undefined ? {} : { fields: options.field.join(',') }),
    ...(options.auth === undefined ? {} : { auth: options.auth }),
  };
  const questions = questionsFor(options.topic);
  const open = (Object.keys(questions) as Array<keyof Answers>).filter((name) => given[name] === undefined);
  const usualOf = (name: keyof Answers): string => questions[name]?.usual ?? '';
  if (open.length > 0 && !(process.stdin.isTTY && process.stderr.isTTY)) {
    const missing = open.filter((name) => usualOf(name) === '').map((name) => QUESTIONS[name].option);
    if (missing.length > 0)
      throw new EssError('ESS_USAGE', `nobody is here to be asked: give ${missing.join(' and ')}`);
    for (const name of open) given[name] = usualOf(name);
    return { scope: '', ...given } as Answers;
  }
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    for (const name of open) {
      const { text } = QUESTIONS[name];
      const usual = usualOf(name);
      do given[name] = (await lines.question(`${text}${usual === '' ? '' : ` [${usual}]`}: `)).trim() || usual;
      while (given[name] === '');
    }
  } finally {
    lines.close();
  }
  return { scope: '', ...given } as Answers;
}

function folderOf(
  partner: string,
  answers: Answers,
  { topic, subject, sign, allow = [] }: NewOptions,
): Map<string, string> {
  const prefix = partner.toUpperCase().replaceAll('-', '_');
  const fields = Object.fromEntries(answers.fields.split(',').map(pair));
  const connector = {
    partner,
    source: {
      topic,
      ...(subject !== undefined && { subject }),
      ...(answers.scope !== '' && { where: { scope: answers.scope } }),
    },
    mapping: 'mapping.json',
    deliver: {
      url: answers.url,
      ...(allow.length > 0 ? { allow } : {}),
      ...authOf(answers.auth, `\${${prefix}_SECRET}`),
      ...(sign ? { sign: { secrets: [`\${${prefix}_SIGNING_SECRET}`] } } : {}),
    },
  };
  const header = '# yaml-language-server: $schema=../../schemas/connector.schema.json\n';
  const mapping = { $schema: '../../schemas/mapping.schema.json', fields };
  return new Map([
    [CONNECTOR_FILE, `${header}${stringify(connector)}`],
    ['mapping.json', `${JSON.stringify(mapping, undefined, 2)}\n`],
  ]);
}

function pair(text: string): [source: string, target: string] {
  const parts = text.split('=').map((part) => part.trim());
  const [source = '', target = source] = parts;
  if (source === '' || target === '' || parts.length > 2)
    throw new EssError('ESS_USAGE', `"${text}" is no field: write source=target, e.g. minIcuBeds=bedCap`);
  return [source, target];
}

function authOf(text: string, secret: string): object {
  const [kind, name] = text.split(':');
  if (kind === 'none') return {};
  if (kind === 'bearer') return { auth: { bearer: secret } };
  if ((kind === 'header' || kind === 'body') && name) return { auth: { [kind]: { [name]: secret } } };
  throw new EssError('ESS_USAGE', `--auth "${text}": write bearer, header:NAME, body:FIELD or none`);
}

const variablesOf = (yaml: string): string[] => [
  ...new Set([...yaml.matchAll(/\$\{(\w+)\}/g)].map((found) => found[1] ?? '')),
];

/** The first partner of all makes the folder. */
function others(root: string): string[] {
  return existsSync(root) ? listConnectors(root) : [];
}
