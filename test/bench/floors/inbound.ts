// Floor of INBOUND: fastify and kafkajs with nothing between them. A POST is parsed, sent with acks=all, answered 204: no
// credentials, no schema, no idempotency key.
import Fastify from 'fastify';
import kafkajs from 'kafkajs';
import { floorPlan } from './plan.ts';

const plan = floorPlan();
const kafka = new kafkajs.Kafka({ brokers: [...(plan.brokers ?? [])], logLevel: kafkajs.logLevel.ERROR });
const producer = kafka.producer({ allowAutoTopicCreation: false });
await producer.connect();
const server = Fastify();
server.post('/*', async (request, reply) => {
  const value = JSON.stringify(request.body);
  await producer.send({ topic: plan.topic as string, acks: -1, messages: [{ key: 'floor', value }] });
  return reply.code(204).send();
});
await server.listen({ port: 0, host: '127.0.0.1' });
process.send?.({ url: `http://127.0.0.1:${(server.server.address() as { port: number }).port}/` });
