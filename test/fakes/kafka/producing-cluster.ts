// A cluster as a producer sees it through kafkajs: real bytes of Produce requests and answers, and what brokers do with sequences
// (KIP-98). A batch that comes again is recognised; one that is not the next is refused. Leaders move, answers are lost.
import { errorOf } from '@ess/stream/wire/fetch-protocol.ts';
import type { ProduceRequest } from '@ess/stream/wire/produce-protocol.ts';
import { decodeBatches } from '@ess/stream/wire/record-batches.ts';
import { Allowance, unpackBatches } from '@ess/stream/wire/unpack.ts';

export const CODES = {
  none: 0,
  unknownPartition: 3,
  notLeader: 6,
  messageTooLarge: 10,
  networkException: 13,
  notEnoughReplicasAfterAppend: 20,
  topicForbidden: 29,
  outOfOrder: 45,
  duplicate: 46,
  oldEpoch: 47,
  unknownProducer: 59,
} as const;

interface Log {
  /** Of the broker. */
  leader: string;
  readonly values: string[];
  /** By producer id, its epoch and the sequence that is next. */
  readonly next: Map<bigint, { readonly epoch: number; readonly sequence: number }>;
}

type Sent = ProduceRequest & { readonly requestTimeout: number };

/** A request on its way: a fault may answer in the broker's place, before or after the broker has taken it. */
export interface Asked {
  readonly node: string;
  /** `topic/partition`. */
  readonly places: readonly string[];
  /** What the broker does with it. @returns code and offset by place */
  readonly take: () => Promise<Map<string, readonly [code: number, offset: number]>>;
}

export class ProducingCluster {
  readonly logs = new Map<string, Log>();
  /** Requests so far, each with the places that it named. */
  readonly asked: Array<readonly [node: string, places: readonly string[]]> = [];
  /** The bytes of each, where the producer has them. */
  readonly bodies: Buffer[] = [];
  /** How long each is waited for, ms. */
  readonly requestTimeouts: number[] = [];
  /** Changed by tests. */
  fault: (asked: Asked, index: number) => ReturnType<Asked['take']> = ({ take }) => take();
  /** Before a producer id is given. */
  onIdentify: () => Promise<void> = async () => undefined;
  ids = 0;
  refreshed = 0;
  removed = 0;
  open = 0;

  constructor(leaders: Readonly<Record<string, string>>) {
    for (const [place, leader] of Object.entries(leaders))
      this.logs.set(place, { leader, values: [], next: new Map() });
  }

  /** To be given to a producer. */
  get kafka(): object {
    return { [Symbol('private:Kafka:createCluster')]: () => this.#cluster() };
  }

  values(place: string): readonly string[] {
    return this.logs.get(place)?.values ?? [];
  }

  #cluster(): object {
    let known = new Map<string, string>();
    const learn = () => {
      known = new Map([...this.logs].map(([place, { leader }]) => [place, leader]));
    };
    return {
      brokerPool: { retrier: undefined, findConnectedBroker: async () => this.#broker('1') },
      connect: async () => {
        this.open = 1;
      },
      disconnect: async () => {
        this.open = 0;
      },
      addTargetTopic: async (topic: string) => {
        if (known.size === 0) learn();
        if (![...this.logs.keys()].some((place) => place.startsWith(`${topic}/`)))
          throw errorOf(CODES.unknownPartition);
      },
      refreshMetadata: async () => {
        this.refreshed += 1;
        learn();
      },
      removeBroker: () => {
        this.removed += 1;
      },
      findLeaderForPartitions: (topic: string, partitions: readonly number[]) => {
        const led: Record<string, number[]> = {};
        for (const partition of partitions) {
          const leader = known.get(`${topic}/${partition}`);
          if (leader !== undefined) led[leader] = [...(led[leader] ?? []), partition];
        }
        return led;
      },
      findBroker: async ({ nodeId }: { nodeId: string }) => this.#broker(nodeId),
    };
  }

  #broker(node: string): object {
    return {
      initProducerId: async () => {
        await this.onIdentify();
        this.ids += 1;
        return { producerId: String(this.ids), producerEpoch: 0 };
      },
      disconnect: async () => undefined,
      connectionPool: { host: 'h', port: 1, send: (request: Sent) => this.#send(node, request) },
    };
  }

  async #send(node: string, { request, response, requestTimeout }: Sent): Promise<unknown> {
    this.requestTimeouts.push(requestTimeout);
    const { buffer } = await (request as { encode(): Promise<{ buffer: Buffer }> }).encode();
    this.bodies.push(buffer);
    const batches = readRequest(buffer);
    const places = batches.map(({ place }) => place);
    this.asked.push([node, places]);
    const take = async () => {
      const answers = new Map<string, readonly [number, number]>();
      for (const { place, batch } of batches) answers.set(place, await this.#take(node, place, batch));
      return answers;
    };
    const answered = await this.fault({ node, places, take }, this.asked.length - 1);
    return response.parse(await response.decode(writeAnswer(answered)));
  }

  async #take(node: string, place: string, batch: Buffer): Promise<readonly [number, number]> {
    const log = this.logs.get(place);
    if (!log) return [CODES.unknownPartition, -1];
    if (log.leader !== node) return [CODES.notLeader, -1];
    const unpacked = await unpackBatches(batch, new Allowance());
    const { records } = decodeBatches(batch, { partition: 0, from: 0, aborted: [], unpacked });
    const producerId = batch.readBigInt64BE(43);
    const epoch = batch.readInt16BE(51);
    const sequence = batch.readInt32BE(53);
    const known = log.next.get(producerId);
    if (known && epoch < known.epoch) return [CODES.oldEpoch, -1];
    // An id that it does not know may begin anywhere, a later epoch of one that it knows at 0.
    const next = known?.epoch === epoch ? known.sequence : known ? 0 : sequence;
    if (known && sequence + records.length === next) return [CODES.none, log.values.length - records.length];
    if (sequence !== next) return [sequence < next ? CODES.duplicate : CODES.outOfOrder, -1];
    log.next.set(producerId, { epoch, sequence: sequence + records.length });
    log.values.push(...records.map(({ value }) => String(value)));
    return [CODES.none, log.values.length - records.length];
  }
}

/** As kafkajs tells that a connection ended. */
export const closed = (): Error =>
  Object.assign(errorOf(13), { name: 'KafkaJSConnectionClosedError', code: undefined });

function readRequest(bytes: Buffer): Array<{ readonly place: string; readonly batch: Buffer }> {
  const found: Array<{ place: string; batch: Buffer }> = [];
  let at = 12;
  for (let topics = bytes.readInt32BE(8); topics > 0; topics -= 1) {
    const nameAt = at + 2;
    at = nameAt + bytes.readInt16BE(at);
    const topic = bytes.toString('utf8', nameAt, at);
    let count = bytes.readInt32BE(at);
    for (at += 4; count > 0; count -= 1) {
      const size = bytes.readInt32BE(at + 4);
      found.push({ place: `${topic}/${bytes.readInt32BE(at)}`, batch: bytes.subarray(at + 8, at + 8 + size) });
      at += 8 + size;
    }
  }
  return found;
}

function writeAnswer(answers: ReadonlyMap<string, readonly [number, number]>): Buffer {
  const parts: Buffer[] = [int(answers.size, 4)];
  for (const [place, [code, offset]] of answers) {
    const [topic = '', partition] = place.split('/');
    parts.push(int(topic.length, 2), Buffer.from(topic), int(1, 4), int(Number(partition), 4), int(code, 2));
    const offsets = Buffer.alloc(24);
    offsets.writeBigInt64BE(BigInt(offset));
    parts.push(offsets);
  }
  return Buffer.concat([...parts, int(0, 4)]);
}

function int(value: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes.writeIntBE(value, 0, size);
  return bytes;
}
