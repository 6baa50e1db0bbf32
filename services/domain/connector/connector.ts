// What a validated connector is. connector/compile.ts makes one from a folder; the worker, inbound and bridge run on it.
import type { AvroSchemaJson } from '@ess/schemas/avro-schema.ts';
import type { ReadAs } from '../avro/read-as.ts';
import type { Copies } from '../copier/copier.ts';
import type { JsonSchema } from '../forms/json-schema.ts';
import type { Mapping, MapResult } from '../mapping/mapping.ts';
import type { Credentials } from '../request/compile-request.ts';
import type { BodyKind } from '../request/media-type.ts';
import type { RequestPlan } from '../request/request-plan.ts';
import type { Problem } from '../text/problem.ts';
import type { ConnectorRecipe } from './recipe.ts';
import type { ClientCredentials } from './trust/client-credentials.ts';
import type { PartnerProxy } from './trust/proxy.ts';
import type { TlsSettings } from './trust/tls.ts';

/** A partner's contract, compiled: everything is resolved and checked, nothing is parsed per record. */
export interface Connector {
  readonly partner: string;
  readonly source: ConnectorSource;
  readonly inScope: (record: object) => boolean;
  /** Mapping, then the partner's contract; a reason starts with `mapping: ` or `contract: `. */
  readonly map: (record: object) => MapResult;
  /** What `inScope` and `map` do, where it is no more than to compare fields and to copy them. */
  readonly copies?: Copies;
  /** Absent for a partner that only streams or only calls in. */
  readonly deliver?: Deliver;
  /** Its replays, redrives and drops need a second person, however small. */
  readonly critical?: true;
  /** What happens when an acked rule is withdrawn or leaves the scope. */
  readonly onLeave: 'alert' | Withdrawal;
  /** `bodySchema`: JSON Schema of the documents on /stream and /replay; there when enabled and the public schema is known. */
  readonly stream: ConnectorStream;
  readonly inbound: readonly InboundHook[];
  readonly access: {
    readonly apiKeyHashes: readonly string[];
    readonly jwtSubject?: string;
    /** Calls of inbound doors, per process. */
    readonly rateLimit?: { readonly perSecond: number };
  };
  /** Resolved secret values, for redaction. */
  readonly secrets: readonly string[];
  /** SHA-256, hex, of all file texts: changes when any file does. */
  readonly digest: string;
  /** SHA-256, hex, of what decides scope, URL, method, headers and body: changes when what the partner is sent does. */
  readonly connectorDigest: string;
  /** For another thread to compile the same. */
  readonly recipe: ConnectorRecipe;
}

/** How the partner is told that a rule is over. */
export interface Withdrawal {
  /** As `Connector.map`; the partner's contract is of rules in force. An empty document where the request has no body. */
  readonly map: Connector['map'];
  /** How its request is made; absent: POST, JSON, to the connector's URL. */
  readonly request?: RequestPlan;
}

export interface ConnectorStream {
  readonly enabled: boolean;
  readonly bodySchema?: JsonSchema;
  /** Where a client goes on whose cursor was signed with a retired key; absent: at the start of what is kept. */
  readonly unknownCursor?: 'start' | 'now';
  /** Of several clients of the partner, how many must have an event before the partner has it; absent: any. */
  readonly clients?: 'any' | 'all';
}

export interface ConnectorSource {
  readonly topic: string;
  /** Of the registry: what the records are read as; absent: `<topic>-value`. */
  readonly subject?: string;
  /** Dotted path of the field that names the rule; absent: the record key. For `rules`: ruleId. */
  readonly key?: string;
  /** Dotted path of the field that orders versions; absent: the offset. For `rules`: version. */
  readonly version?: string;
  /** What all of the connector was compiled against, and so what its records are read as; absent: it was not known. */
  readonly reads?: ReadAs;
}

export interface Deliver {
  /** With its placeholders, when it has any. */
  readonly url: string;
  /** How a request is made of a record; absent: POST, JSON, the same URL for all. */
  readonly request?: RequestPlan;
  /** CIDR ranges that may be reached although private or over plain http. */
  readonly allow: readonly string[];
  /** Requests in flight per worker process. */
  readonly concurrency: number;
  readonly timeoutMs: number;
  /** PEM texts, not paths; the client certificate is shown to the token endpoint too. */
  readonly tls?: TlsSettings;
  /** HTTP/2 is spoken where the partner offers it. */
  readonly http2?: true;
  /** Requests on one connection before the first is answered. */
  readonly pipelining: number;
  /** On the way to `url`. */
  readonly proxy?: PartnerProxy;
  /** On the way to the token endpoint. */
  readonly tokenProxy?: PartnerProxy;
  /** What happens to a request in flight when partitions move, at a replay and at a stop. */
  readonly atRebalance: 'wait' | 'cut';
  readonly auth: Auth;
  /** Standard Webhooks secrets (`whsec_…`); several during a rotation. */
  readonly signSecrets: readonly string[];
  readonly retry: { readonly maxAttempts: number; readonly firstMs: number; readonly maxMs: number };
  /** `latest`: after an outage only the newest version of each rule is sent. */
  readonly catchUp: 'every' | 'latest';
  /** What the partner is told of the trace that a record belongs to. */
  readonly trace: 'propagate' | 'restart' | 'off';
  readonly rateLimit?: { readonly perSecond: number };
  readonly batch?: { readonly maxRecords: number; readonly maxWaitMs: number; readonly answer?: BatchAnswer };
  /** Overrides of the status table in outcome.ts. */
  readonly status: Readonly<Record<number, StatusClass>>;
  readonly ack?: Ack;
  readonly ackWhen?: AckWhen;
  readonly breaker: BreakerSettings;
  /** JSON Schema of the bodies; there when the schema of the source is known. */
  readonly bodySchema?: JsonSchema;
}

export type StatusClass = 'ack' | 'endpoint' | 'hold' | 'record';

/** A 409 that says "I already have this or something newer" is an ack; every condition given must hold. */
export interface AckWhen {
  /** Header name in lower case → exact value. */
  readonly header?: Readonly<Record<string, string>>;
  /** Path in the JSON answer (`result.ok`, `result[0].ok`, `["a.b"]`) → exact value. */
  readonly body?: Readonly<Record<string, string | number | boolean | null>>;
}

/** What an ack is, where the status alone does not say; every condition given must hold. */
export interface Ack extends AckWhen {
  /** Absent: every 2xx. */
  readonly status?: readonly number[];
  /** What a 2xx is that does not meet them. */
  readonly else: 'refuse' | 'retry' | 'hold';
}

/** Where the answer to a batch says what became of each record; all but `idOf` are paths in the answer. */
export interface BatchAnswer {
  /** The list; absent: the answer is the list. */
  readonly items?: string;
  /** In an item: what names its record; absent: its place in the list. */
  readonly id?: string;
  /** Path in the record's own body of what `id` repeats; absent: `id` repeats the webhook-id. */
  readonly idOf?: string;
  /** In an item: its HTTP status. */
  readonly status: string;
}

export interface BreakerSettings {
  /** Share of failed attempts in the window that opens the breaker, 0 to 1. */
  readonly failureRatio: number;
  readonly windowMs: number;
  /** Below this many attempts in the window the breaker stays closed. */
  readonly minAttempts: number;
  readonly probeFirstMs: number;
  readonly probeMaxMs: number;
}

export interface Auth extends Credentials {
  readonly oauth2ClientCredentials?: ClientCredentials;
}

/** A door the partner calls: `POST path` publishes to `topic`. */
export interface InboundHook {
  readonly path: string;
  readonly topic: string;
  readonly auth: InboundAuth;
  /** Used backwards: `mapping.inverse(body)` is the record to publish. */
  readonly mapping: Mapping;
  /** Schema of the topic's values; absent when it was not known. */
  readonly schema?: AvroSchemaJson;
  readonly accept: readonly BodyKind[];
  /** A rule is published only with a well-formed audit stamp. */
  readonly stampRequired: boolean;
  readonly handshake: Handshake;
}

/** How a sender may ask, before it sends, whether it is welcome. */
export interface Handshake {
  /** CloudEvents webhooks: OPTIONS with WebHook-Request-Origin. */
  readonly cloudEvents?: { readonly origins: readonly string[]; readonly perMinute?: number };
  /** A word in the query, or in a body of the type url_verification, which is sent back. */
  readonly challenge?: {
    readonly parameter: string;
    /** Must come with it. */
    readonly token?: { readonly parameter: string; readonly value: string };
  };
}

export interface InboundAuth {
  /** Dotted path in the body → secret it must equal. */
  readonly body?: Readonly<Record<string, string>>;
  /** Header in lower case → value it must equal. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signSecrets: readonly string[];
  /** An API key of `access.apiKeyHashes` is accepted. */
  readonly apiKey: boolean;
  /** A JWT whose subject is `access.jwtSubject` is accepted. */
  readonly jwt: boolean;
  /** Subject of the client certificate, as a trusted proxy passes it on. */
  readonly clientCertificate?: string;
}

/** A connector's folder as text, before anything is parsed. */
export interface ConnectorFolder {
  /** As shown in messages, e.g. connectors/hospital. */
  readonly path: string;
  /** The folder's name. */
  readonly partner: string;
  /** File name (`samples/x.rule.json` with a slash) → text. */
  readonly files: ReadonlyMap<string, string>;
  /** Errors of files that are there and could not be read. */
  readonly problems?: readonly Problem[];
}
