// How a connection to a broker is opened and who it says that it is: TLS and SASL with what stands in the files now, for each new
// connection and each time that Kafka asks again (connections.max.reauth.ms). A refusal counts as a broker that is away: a password
// that was changed at Kafka first comes to us a little later, and no group is left for that. It is told, in the log.
import { createRequire } from 'node:module';
import type { KafkaAccess, PasswordLogin, TokenLogin } from '@ess/domain/stream/kafka-access.ts';
import { shownUser } from '@ess/domain/stream/kafka-access.ts';
import type { Authenticator, ISocketFactory, SASLOptions } from 'kafkajs';
import kafkajs from 'kafkajs';
import { bearerToken, forgetToken } from './bearer-token.ts';
import { openSocket } from './broker-socket.ts';
import { TlsMaterial, textNow } from './material.ts';

const inner = createRequire(import.meta.url);

const KEEP_ALIVE_MS = 60_000;
/** What a refusal of Kafka is called beside codes of Node. */
const NOT_LET_IN = 'NOT_LET_IN';
/** The same refusal is told so often. */
const TELL_EVERY_MS = 5_000;
/** Codes of Node and OpenSSL when a certificate, theirs or ours, is not taken. */
const OF_TLS = /CERT|SELF_SIGNED|ERR_(TLS|SSL|OSSL)|UNABLE_TO|EPROTO/;

interface RefusalLog {
  warn(details: object, message: string): void;
}

/** The part of kafkajs's configuration that lets us in. */
export interface Login {
  readonly ssl?: true;
  readonly sasl?: SASLOptions;
  readonly socketFactory: ISocketFactory & KnowsUser;
}

/** Connections know whose they are: what Kafka refuses is said with the user. */
export interface KnowsUser {
  readonly user: string;
}

/** Tells what brokers refuse, each reason once in a while. */
class Refusals {
  readonly #log: RefusalLog;
  readonly #told = new Map<string, number>();

  constructor(log: RefusalLog) {
    this.#log = log;
  }

  tell(broker: string, error: string): void {
    const now = performance.now();
    if (now - (this.#told.get(error) ?? Number.NEGATIVE_INFINITY) < TELL_EVERY_MS) return;
    this.#told.set(error, now);
    this.#log.warn({ broker, error }, 'kafka.refused');
  }
}

export function loginOf(access: KafkaAccess, log: RefusalLog): Login {
  const refusals = new Refusals(log);
  const user = shownUser(access);
  return {
    ...(access.tls && { ssl: true as const }),
    ...(access.sasl && { sasl: saslOf(access.sasl, user, refusals) as unknown as SASLOptions }),
    socketFactory: Object.assign(socketsOf(access.tls, refusals), { user }),
  };
}

/** Nobody is let in, or a certificate is not taken: that changes when a person changes it. */
export const isRefusedEntry = (error: unknown): boolean => {
  const { code, cause } = Object(error) as { readonly code?: unknown; readonly cause?: unknown };
  return code === NOT_LET_IN || OF_TLS.test(String(code)) || (cause !== undefined && isRefusedEntry(cause));
};

function socketsOf(tls: KafkaAccess['tls'], refusals: Refusals): ISocketFactory {
  const material = tls && new TlsMaterial(tls);
  return ({ host, port, onConnect }) => {
    const broker = `${host}:${port}`;
    const socket = openSocket(broker, material?.now(), onConnect);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    // kafkajs leaves a broken connection once for each request that failed on it. Each time Node adds a listener to the dead socket,
    // and warns of a leak at the eleventh. They go with the socket.
    socket.setMaxListeners(0);
    socket.on('error', ({ code = '', message }: NodeJS.ErrnoException) => {
      if (material && OF_TLS.test(code)) refusals.tell(broker, `TLS: ${message} (${code})`);
    });
    return socket;
  };
}

interface Challenge {
  readonly host: string;
  readonly port: number;
  readonly logger: object;
  readonly saslAuthenticate: unknown;
}

type Mechanism = (sasl: object) => (challenge: object) => Authenticator;

/** kafkajs's own, which are given what is good now. */
const MECHANISMS = {
  plain: 'plain',
  'scram-sha-256': 'scram256',
  'scram-sha-512': 'scram512',
  oauthbearer: 'oauthBearer',
};
/** What they say of a refusal is said here. */
const SILENT = { debug() {}, error() {} };

function saslOf(login: PasswordLogin | TokenLogin, user: string, refusals: Refusals) {
  const { mechanism } = login;
  const kafkajsMechanism = inner(`kafkajs/src/broker/saslAuthenticator/${MECHANISMS[mechanism]}.js`) as Mechanism;
  const authenticationProvider = (challenge: Challenge): Authenticator => ({
    async authenticate() {
      try {
        await kafkajsMechanism(givenNow(login))({ ...challenge, logger: SILENT }).authenticate();
      } catch (error) {
        if (login.mechanism === 'oauthbearer') forgetToken(login);
        const why = `Kafka does not let ${user} in by ${mechanism}: ${error instanceof Error ? error.message : error}`;
        const broker = `${challenge.host}:${challenge.port}`;
        refusals.tell(broker, why);
        throw new kafkajs.KafkaJSConnectionError(why, { broker, code: NOT_LET_IN });
      }
    },
  });
  return { mechanism, authenticationProvider };
}

const givenNow = (login: PasswordLogin | TokenLogin): object =>
  login.mechanism === 'oauthbearer'
    ? { oauthBearerProvider: async () => ({ value: await bearerToken(login) }) }
    : { username: login.username, password: textNow(login.password) };
