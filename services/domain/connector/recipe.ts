// What a connector was compiled from, as plain data: a thread that is given it makes the very same connector, whatever has
// become of files, environment and registry meanwhile. Functions cannot be handed to a thread.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import type { CompileOptions } from './compile.ts';
import type { ConnectorFolder } from './connector.ts';

export interface ConnectorRecipe extends Omit<CompileOptions, 'env' | 'sourceSchema' | 'shownSchema'> {
  readonly folder: ConnectorFolder;
  /** Variables that were asked for; they hold secrets. */
  readonly env: ReadonlyMap<string, string | undefined>;
  /** By subject, of those that were asked for. */
  readonly schemas: ReadonlyMap<string, AvroSchemaJson | undefined>;
}

/** The same options, and a recipe that fills as they are asked. */
export function recorded(
  folder: ConnectorFolder,
  options: CompileOptions,
): { readonly options: CompileOptions; readonly recipe: ConnectorRecipe } {
  const { env, sourceSchema, shownSchema, ...rest } = options;
  const answers = {
    env: new Map<string, string | undefined>(),
    schemas: new Map<string, AvroSchemaJson | undefined>(),
  };
  return {
    recipe: { ...rest, ...answers, folder },
    options: {
      ...rest,
      env: remembered(answers.env, env),
      sourceSchema: remembered(answers.schemas, sourceSchema),
      ...(shownSchema && { shownSchema }),
    },
  };
}

/** Options that answer as they did when the recipe was made. */
export function optionsOf({ folder: _, env, schemas, ...rest }: ConnectorRecipe): CompileOptions {
  return { ...rest, env: (name: string) => env.get(name), sourceSchema: (subject: string) => schemas.get(subject) };
}

function remembered<T>(
  answers: Map<string, T | undefined>,
  ask: (name: string) => T | undefined,
): (name: string) => T | undefined {
  return (name) => {
    answers.set(name, undefined); // also what cannot be answered was asked for: its file may come later
    const answer = ask(name);
    answers.set(name, answer);
    return answer;
  };
}
