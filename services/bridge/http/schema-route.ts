// GET /schemas/body.json: the JSON Schema of one's own documents. Not for everybody: it shows the words of a partner.
import type { IncomingMessage } from 'node:http';
import type { Hub } from '../live/hub.ts';
import type { Principals } from '../principals.ts';
import { notNow, principalOf } from './admission.ts';
import type { HttpAnswer } from './http-answer.ts';
import { answer, HttpProblem } from './http-answer.ts';

export interface SchemaRoute {
  readonly hub: Pick<Hub, 'channels'>;
  readonly principals: Principals;
}

export async function bodySchema(
  { hub, principals }: SchemaRoute,
  request: IncomingMessage,
  response: HttpAnswer,
  url: URL,
): Promise<void> {
  const { partner } = await principalOf(principals, request, url);
  const channel = hub.channels.get(partner);
  if (!channel) throw notNow('starting');
  const schema = channel.view.bodySchema;
  if (!schema) throw new HttpProblem(404, 'No schema', 'the schema of the public rules is not known here');
  answer(response, 200, { 'content-type': 'application/schema+json' }, JSON.stringify(schema));
}
