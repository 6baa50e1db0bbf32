// What checks a connector's files against the JSON Schemas, as code. Ajv makes it here, once: at each start of a program it would take
// a tenth of a second.
import type { Options } from 'ajv';
import { Ajv } from 'ajv';
import standalone from 'ajv/dist/standalone/index.js';
import connectorSchema from './connector.schema.json' with { type: 'json' };
import mappingSchema from './mapping.schema.json' with { type: 'json' };

const OPTIONS: Options = {
  allErrors: true,
  allowUnionTypes: true,
  verbose: true,
  code: { source: true, esm: true, lines: true },
};
const MADE = '// Generated from the JSON Schemas by `node schemas/generate.ts`. Do not edit.\n';

/** The whole text of generated/shapes.d.mts. */
export const generatedShapeTypes = (): string => `${MADE}import type { ValidateFunction } from 'ajv';

export const connector: ValidateFunction;
export const mapping: ValidateFunction;
`;

/** The whole text of generated/shapes.mjs. */
export function generatedShapes(): string {
  const ajv = new Ajv(OPTIONS);
  ajv.addSchema({ ...connectorSchema, $id: 'connector' }).addSchema({ ...mappingSchema, $id: 'mapping' });
  const code = standalone
    .default(ajv, { connector: 'connector', mapping: 'mapping' })
    .replace('"use strict";\n', '')
    // The schemas themselves are in their files.
    .replace(/^const (schema\d+) = (\{.*\});$/gm, (_, name, text) => `const ${name} = ${JSON.parse(text).$id}Schema;`)
    .replace(
      /^const (\w+) = require\("(.*)"\)\.default;$/gm,
      "import { default as $1Module } from '$2.js';\nconst $1 = $1Module.default;",
    );
  const schemas = ['connector', 'mapping'].map(
    (name) => `import ${name}Schema from '../${name}.schema.json' with { type: 'json' };\n`,
  );
  return `${MADE}${schemas.join('')}\n${code.trimEnd()}\n`;
}
