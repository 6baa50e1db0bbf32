// The routes of /api/v1 as an OpenAPI 3.1 document, made of what each route takes: none can be forgotten.
import type { FastifyInstance, RouteOptions } from 'fastify';
import type { Schema } from './answers.ts';
import { ANSWERS } from './answers.ts';

const PREFIX = '/api/v1';
const WRONG = {
  '400': 'The question is wrong.',
  '401': 'Nobody has signed in, or it is over.',
  '403': 'Whoever asks may not do that.',
  '404': 'There is nothing of that name, or whoever asks may not see it.',
  '429': 'Too much at once: ask again after as many seconds as Retry-After says.',
  '503': 'There is no answer yet, or none here.',
};

/** Describes what is added to it from now on, at /openapi.json. */
export function describeRoutes(api: FastifyInstance): void {
  const routes: RouteOptions[] = [];
  api.addHook('onRoute', (route) => void routes.push(route));
  api.get('/openapi.json', () => documentOf(routes));
}

export function documentOf(routes: readonly Pick<RouteOptions, 'method' | 'url' | 'schema'>[]): Schema {
  const paths: Record<string, Record<string, Schema>> = {};
  for (const route of routes)
    for (const method of [route.method].flat().filter((one) => one !== 'HEAD')) {
      const path = route.url.slice(PREFIX.length).replace(/:(\w+)/g, '{$1}');
      paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(method, path, route.schema) };
    }
  return {
    openapi: '3.1.0',
    info: {
      title: 'ESS console',
      version: '1',
      description: 'What the page of the console asks. Everything is read from the view; no answer asks Kafka.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: PREFIX, description: 'Where this document is.' }],
    security: [{ session: [] }, { token: [] }, {}],
    paths,
    components: {
      securitySchemes: {
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'ess-console',
          description: 'Set by the sign-in; by TLS its name begins with __Host-.',
        },
        token: { type: 'http', scheme: 'bearer', description: 'From the file of tokens.' },
      },
      schemas: { Wrong: { type: 'object', required: ['error'], properties: { error: { type: 'string' } } } },
    },
  };
}

function operationOf(method: string, path: string, schema: RouteOptions['schema']): Schema {
  const { properties = {}, required = [] } = (schema?.querystring ?? {}) as {
    readonly properties?: Readonly<Record<string, Schema>>;
    readonly required?: readonly string[];
  };
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
  const inQuery = Object.entries(properties).map(([name, one]) => ({
    name,
    in: 'query',
    required: required.includes(name),
    schema: one,
  }));
  const wrong = { 'application/json': { schema: { $ref: '#/components/schemas/Wrong' } } };
  const answer =
    path === '/feed'
      ? { 'text/event-stream': { schema: { type: 'string' } } }
      : { 'application/json': { schema: ANSWERS[`${method} ${path}`] ?? { type: 'object' } } };
  return {
    operationId: `${method.toLowerCase()}${path.replace(/\W+(\w?)/g, (_all, next: string) => next.toUpperCase())}`,
    summary: `${method} ${path}`,
    parameters: [...inPath, ...inQuery],
    ...(schema?.body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: schema.body } } },
    }),
    responses: {
      '200': { description: 'The answer.', content: answer },
      ...Object.fromEntries(
        Object.entries(WRONG).map(([status, description]) => [status, { description, content: wrong }]),
      ),
    },
  };
}
