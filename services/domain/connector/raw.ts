// connector.yaml as parsed, after the parts of wrong shape were taken out: so even what is required may be missing.

import type { RawRequest } from '../request/compile-request.ts';
import type { RawOnLeave } from '../request/leaving.ts';
import type { BodyKind } from '../request/media-type.ts';
import type { Where } from '../values/scope.ts';
import type { Ack, AckWhen, BatchAnswer, BreakerSettings, ConnectorStream, Deliver, StatusClass } from './connector.ts';
import type { RawClientCredentials } from './trust/client-credentials.ts';
import type { RawTls } from './trust/tls.ts';

export interface RawConnector {
  readonly partner?: string;
  readonly source?: {
    readonly topic?: string;
    readonly subject?: string;
    readonly where?: Where;
    readonly key?: string;
    readonly version?: string;
  };
  readonly mapping?: string;
  readonly deliver?: RawDeliver;
  readonly onLeave?: RawOnLeave;
  readonly critical?: boolean;
  readonly stampRequired?: boolean;
  readonly stream?: Partial<Pick<ConnectorStream, 'enabled' | 'unknownCursor' | 'clients'>>;
  readonly inbound?: readonly RawHook[];
  readonly access?: {
    readonly apiKeyHashes?: readonly string[];
    readonly jwtSubject?: string;
    readonly rateLimit?: { readonly perSecond?: number };
  };
}

export interface RawDeliver extends RawRequest {
  readonly url?: string;
  readonly allow?: readonly string[];
  readonly concurrency?: number;
  readonly timeoutMs?: number;
  readonly tls?: RawTls;
  readonly http2?: 'never' | 'auto';
  readonly pipelining?: number;
  readonly proxy?: string;
  readonly atRebalance?: Deliver['atRebalance'];
  readonly auth?: RawAuth;
  readonly sign?: RawSign;
  readonly retry?: Partial<Deliver['retry']>;
  readonly catchUp?: Deliver['catchUp'];
  readonly trace?: Deliver['trace'];
  readonly rateLimit?: { readonly perSecond?: number };
  readonly batch?: {
    readonly maxRecords?: number;
    readonly maxWaitMs?: number;
    readonly answer?: Partial<BatchAnswer>;
  };
  readonly status?: Readonly<Record<string, StatusClass>>;
  readonly ack?: Partial<Ack>;
  readonly ackWhen?: AckWhen;
  readonly breaker?: Partial<BreakerSettings>;
}

export interface RawSign {
  readonly secrets?: readonly string[];
}

export interface RawAuth {
  readonly body?: Readonly<Record<string, string>>;
  readonly header?: Readonly<Record<string, string>>;
  readonly bearer?: string;
  readonly oauth2ClientCredentials?: RawClientCredentials;
  readonly mtls?: RawTls;
}

export interface RawHook {
  readonly path?: string;
  readonly topic?: string;
  readonly auth?: RawAuth & {
    readonly sign?: RawSign;
    readonly apiKey?: boolean;
    readonly jwt?: boolean;
    readonly clientCertificate?: { readonly subject?: string };
  };
  readonly mapping?: string;
  readonly accept?: readonly BodyKind[];
  readonly handshake?: {
    readonly cloudEvents?: { readonly origins?: readonly string[]; readonly perMinute?: number };
    readonly challenge?: {
      readonly parameter?: string;
      readonly token?: { readonly parameter?: string; readonly value?: string };
    };
  };
}
