// How the brokers are reached and what lets us in there, as plain data: threads of a program get it too. What came from a file is
// read there again for each new connection, so that certificates and passwords are exchanged without a restart.

/** A text, and the file that it came from, if one did. */
export interface Material {
  readonly text: string;
  readonly file?: string;
}

export interface PasswordLogin {
  readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
  readonly username: string;
  readonly password: Material;
}

/** Client credentials (RFC 6749, 4.4) for a token that Kafka takes. */
export interface TokenLogin {
  readonly mechanism: 'oauthbearer';
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: Material;
  readonly scope?: string;
}

export interface KafkaAccess {
  /** host:port */
  readonly brokers: readonly string[];
  /** Absent: no TLS. PEM texts; without `ca` the public authorities count. */
  readonly tls?: { readonly ca?: Material; readonly cert?: Material; readonly key?: Material };
  readonly sasl?: PasswordLogin | TokenLogin;
}

type Login = Pick<KafkaAccess, 'sasl' | 'tls'>;

/** Whether Kafka knows nobody's name. */
export const isAnonymous = ({ sasl, tls }: Login): boolean => !sasl && !tls?.cert;

/** As Kafka's own log calls who it is that asks. */
export const shownUser = ({ sasl, tls }: Login): string =>
  sasl
    ? `User:${sasl.mechanism === 'oauthbearer' ? sasl.clientId : sasl.username}`
    : tls?.cert
      ? 'the subject of KAFKA_SSL_CERT'
      : 'User:ANONYMOUS';
