// What is asked in a body is taken as it is, or refused: a field that is misspelled and left aside would make an order larger.
import { Ajv } from 'ajv';
import type { FastifyInstance } from 'fastify';

const ORDINARY = { useDefaults: true, allErrors: false };
const BODY = new Ajv({ ...ORDINARY });
/** Of an address everything is text. */
const ADDRESS = new Ajv({ ...ORDINARY, coerceTypes: 'array' });

export function takeBodiesAsTheyAre(app: FastifyInstance): void {
  app.setValidatorCompiler<object>(({ schema, httpPart }) => (httpPart === 'body' ? BODY : ADDRESS).compile(schema));
  app.setSchemaErrorFormatter(([first], part) => {
    const { instancePath = '', message = '', params = {} } = first ?? {};
    const unknown = params['additionalProperty'];
    return new Error(
      typeof unknown === 'string' ? `${part}: there is no field "${unknown}"` : `${part}${instancePath} ${message}`,
    );
  });
}
