// `ess inbound` as it runs in production, in a process of its own, with a door on a topic of the test's own.
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readSchema } from '@ess/schemas/catalog.ts';
import { applyTopics } from '@ess/stream/kafkajs/topics.ts';
import { stringify } from 'yaml';
import { eventually } from '../deadline.ts';
import { freePort } from '../free-port.ts';
import type { StackAddress, TestStack } from '../test-stack.ts';
import { EssProcess } from './worker-process.ts';

export const DOOR_SECRET = 'a-secret-of-the-door';
export const DOOR_SIGNING_SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

/** A topic of BedChanged records that nobody else uses. */
export async function hookTopic(stack: TestStack, replication = 1, more: Record<string, string> = {}): Promise<string> {
  const topic = `hook-${randomBytes(5).toString('hex')}`;
  await Promise.all([
    applyTopics(stack.kafka, [{ name: topic, partitions: 3, replication, config: more }]),
    stack.subjects.register(`${topic}-value`, readSchema('hospital.bedChange')),
  ]);
  return topic;
}

export interface DoorOptions {
  readonly topic: string;
  /** Of the hook, over `auth: { body: { auth: … }, sign: … }`; `PREFIX` in it becomes the partner's variable prefix. */
  readonly hook?: Readonly<Record<string, unknown>>;
  readonly access?: Readonly<Record<string, unknown>>;
}

export const DOOR_PATH = '/webhook/bedChange';

/** Writes the folder of a partner with one door. */
export function writeDoor(root: string, partner: string, { topic, hook, access }: DoorOptions): void {
  const prefix = partner.toUpperCase();
  const folder = join(root, partner);
  mkdirSync(folder, { recursive: true });
  const connector = {
    partner,
    source: { topic: 'rules' },
    mapping: 'mapping.json',
    inbound: [
      {
        path: DOOR_PATH,
        topic,
        auth: { body: { auth: `\${${prefix}_SECRET}` }, sign: { secrets: [`\${${prefix}_SIGNING_SECRET}`] } },
        mapping: 'bed-change.json',
        ...hook,
      },
    ],
    ...(access && { access }),
  };
  const fields = { bedsFree: 'bedsFree', ward: 'ward', changedAt: 'changedAt' };
  writeFileSync(join(folder, 'mapping.json'), JSON.stringify({ fields: { title: 'title' } }));
  writeFileSync(join(folder, 'bed-change.json'), JSON.stringify({ fields }));
  writeFileSync(join(folder, 'connector.yaml'), stringify(connector));
}

export class DoorProcess implements AsyncDisposable {
  readonly process: EssProcess;
  readonly url: string;
  readonly admin: string;

  private constructor(process: EssProcess, port: number, adminPort: number) {
    this.process = process;
    this.url = `http://127.0.0.1:${port}`;
    this.admin = `http://127.0.0.1:${adminPort}`;
  }

  /** @param port a fixed one, to come back on the same after a kill; script another `ess`. Resolves before the door is open. */
  static async spawn(
    { brokers, registry }: StackAddress,
    connectors: string,
    partners: readonly string[],
    {
      port,
      env = {},
      descriptors,
      script,
    }: { port?: number; env?: Record<string, string>; descriptors?: number; script?: string | undefined } = {},
  ): Promise<DoorProcess> {
    const at = port ?? (await freePort());
    const adminPort = await freePort();
    const args = ['inbound', ...partners, '--port', String(at), '--admin-port', String(adminPort)];
    const secrets = partners.flatMap((partner) => [
      [`${partner.toUpperCase()}_SECRET`, DOOR_SECRET],
      [`${partner.toUpperCase()}_SIGNING_SECRET`, DOOR_SIGNING_SECRET],
    ]);
    const variables = {
      KAFKA_BROKERS: brokers.join(','),
      SCHEMA_REGISTRY_URL: registry,
      ESS_CONNECTORS: connectors,
      ...Object.fromEntries(secrets),
      ...env,
    };
    const process = new EssProcess(args, variables, script, descriptors);
    return new DoorProcess(process, at, adminPort);
  }

  /** Resolves when the door is open. */
  async ready(): Promise<this> {
    await eventually('the door is open', async () => {
      const { ended, output } = this.process;
      if (ended !== undefined) throw new Error(`ess inbound ended with ${ended}:\n${output}`);
      const answer = await fetch(`${this.admin}/readyz`).catch(() => undefined);
      await answer?.text();
      return answer?.status === 200 ? true : undefined;
    });
    return this;
  }

  /** Sum of the series of /metrics whose name and labels contain the text. */
  async metric(text: string): Promise<number> {
    const page = await (await fetch(`${this.admin}/metrics`)).text();
    return page
      .split('\n')
      .filter((line) => !line.startsWith('#') && line.includes(text))
      .reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }
}
