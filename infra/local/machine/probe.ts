// Is it ready? Asked by protocol: Kafka with a Metadata request over a socket, the registry with a GET.
import { get } from 'node:http';
import { connect } from 'node:net';
import type { SecureContextOptions } from 'node:tls';
import { connect as connectTls } from 'node:tls';

const METADATA_KEY = 3;
/** The last version without compact types; Kafka 4 answers it. */
const METADATA_VERSION = 5;
const ANSWER_MS = 2_000;

export interface ClusterMetadata {
  clusterId: string | null;
  controllerId: number;
  brokers: Array<{ id: number; host: string; port: number }>;
}

/** Asks one broker who is in the cluster; a broker that is still fenced is not listed. Rejects when it does not answer. */
export function fetchMetadata(port: number, tls?: SecureContextOptions): Promise<ClusterMetadata> {
  return new Promise((resolve, reject) => {
    const address = { host: '127.0.0.1', port };
    const socket = tls ? connectTls({ ...address, ...tls }) : connect(address);
    let received = Buffer.alloc(0);
    const end = (settle: () => void) => {
      socket.destroy();
      settle();
    };
    socket.setTimeout(ANSWER_MS, () => end(() => reject(new Error(`no answer from port ${port} in ${ANSWER_MS} ms`))));
    socket.once('error', (error) => end(() => reject(error)));
    socket.once('close', () => reject(new Error(`port ${port} closed the connection`)));
    socket.once(tls ? 'secureConnect' : 'connect', () => socket.write(encodeMetadataRequest()));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4 || received.length < 4 + received.readInt32BE(0)) return;
      end(() => resolve(decodeMetadataAnswer(received)));
    });
  });
}

export function encodeMetadataRequest(correlationId = 1, clientId = 'ess-probe'): Buffer {
  const body = Buffer.alloc(4 + 8 + 2 + clientId.length + 4 + 1);
  let at = body.writeInt32BE(body.length - 4, 0);
  at = body.writeInt16BE(METADATA_KEY, at);
  at = body.writeInt16BE(METADATA_VERSION, at);
  at = body.writeInt32BE(correlationId, at);
  at = body.writeInt16BE(clientId.length, at);
  at += body.write(clientId, at, 'ascii');
  at = body.writeInt32BE(0, at); // an empty list of topics: brokers only
  body.writeInt8(0, at); // create no topic
  return body;
}

/** @param frame length, correlation id, throttle time, brokers, cluster id, controller; the (empty) topics are not read. */
export function decodeMetadataAnswer(frame: Buffer): ClusterMetadata {
  let at = 12;
  const int32 = () => {
    at += 4;
    return frame.readInt32BE(at - 4);
  };
  const text = () => {
    const length = frame.readInt16BE(at);
    at += 2 + Math.max(length, 0);
    return length < 0 ? null : frame.toString('utf8', at - length, at);
  };
  const brokers = Array.from({ length: int32() }, () => {
    const broker = { id: int32(), host: text() ?? '', port: int32() };
    text(); // the rack
    return broker;
  });
  return { clusterId: text(), brokers, controllerId: int32() };
}

/** The status of a GET. Rejects when nobody answers. */
export function fetchStatus(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false, timeout: ANSWER_MS }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    request.once('timeout', () => request.destroy(new Error(`no answer in ${ANSWER_MS} ms`)));
    request.once('error', reject);
  });
}
