// `ess connector schema`: the JSON Schema of what a partner gets, to hand to its developers. (Who streams may read its own
// from the bridge: /schemas/body.json.)
import { EssError } from '@ess/domain/text/error.ts';
import { formatProblem } from '@ess/domain/text/problem.ts';
import { compilePartner } from '@ess/runtime/connectors/connector-folder.ts';
import { loadSettings } from '@ess/runtime/settings/settings.ts';
import { sourceSchemas } from '../../source-schemas.ts';
import { print, printJson } from '../../terminal/print.ts';

export interface SchemaOptions {
  readonly stream?: true;
  readonly connectors?: string;
  readonly json?: true;
}

export async function printSchema(partner: string, options: SchemaOptions): Promise<void> {
  const settings = loadSettings();
  const root = options.connectors ?? settings.connectors;
  const known = await sourceSchemas(root, [partner], settings.registry);
  // The names of the credentials are enough.
  const { connector, problems } = compilePartner(root, partner, { ...known, withoutEnv: true });
  if (!connector)
    throw new EssError('ESS_CONFIG', `connector ${partner} is invalid:\n  ${problems.map(formatProblem).join('\n  ')}`);
  const { deliver, stream } = connector;
  if (options.stream && !stream.enabled) throw new EssError('ESS_USAGE', `${partner} has no stream`);
  const schema = options.stream || !deliver ? stream.bodySchema : deliver.bodySchema;
  if (!schema) {
    const topic = connector.source.topic;
    throw new EssError('ESS_CONFIG', `${partner} gets nothing from us whose schema is known (source.topic: ${topic})`);
  }
  if (options.json) print(JSON.stringify(schema));
  else await printJson(schema);
}
