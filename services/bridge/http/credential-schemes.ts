// How a partner shows who it is, in the words of OpenAPI and AsyncAPI.

type Schema = Record<string, unknown>;

/** @param tokens whether tokens are taken beside API keys */
export function credentialSchemes(tokens: boolean): Record<string, Schema> {
  return {
    apiKey: { type: 'apiKey', in: 'header', name: 'x-api-key', description: 'Given to you by the agency.' },
    ...(tokens && {
      token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A stream ends with its token.' },
      tokenInQuery: {
        type: 'apiKey',
        in: 'query',
        name: 'access_token',
        description: 'A token that lives for a short time, for EventSource in browsers. Never an API key.',
      },
    }),
  };
}

/** Each of them alone is enough. */
export const streamWaysIn = (tokens: boolean): Schema[] =>
  Object.keys(credentialSchemes(tokens)).map((name) => ({ [name]: [] }));
