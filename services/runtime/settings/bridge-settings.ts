// The settings of the bridge beside its port.

export interface BridgeSettings {
  readonly host: string;
  readonly adminPort: number;
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Connections and requests of one address that has shown no key or token. */
  readonly anonymousPerAddress: number;
  /** CIDR ranges of load balancers. */
  readonly proxies: readonly string[];
  readonly clients: number;
  readonly clientsPerPartner: number;
  readonly slowBytes: number;
  readonly historyBytes: number;
  readonly catchUpRate: number;
  readonly slow: 'catch-up' | 'disconnect';
}

/** As the settings are read; a value that is wrong is absent. */
interface Values {
  readonly ESS_BRIDGE_HOST?: string | undefined;
  readonly ESS_BRIDGE_ADMIN_PORT?: number | undefined;
  readonly ESS_BRIDGE_TLS_CERT?: string | undefined;
  readonly ESS_BRIDGE_TLS_KEY?: string | undefined;
  readonly ESS_BRIDGE_ANONYMOUS_PER_ADDRESS?: number | undefined;
  readonly ESS_BRIDGE_PROXIES?: readonly string[] | undefined;
  readonly ESS_STREAM_CLIENTS?: number | undefined;
  readonly ESS_STREAM_CLIENTS_PER_PARTNER?: number | undefined;
  readonly ESS_STREAM_SLOW_BYTES?: number | undefined;
  readonly ESS_STREAM_HISTORY_BYTES?: number | undefined;
  readonly ESS_STREAM_CATCH_UP_RATE?: number | undefined;
  readonly ESS_STREAM_SLOW?: BridgeSettings['slow'] | undefined;
}

export function bridgeOf(values: Values): BridgeSettings {
  const { ESS_BRIDGE_TLS_CERT: cert, ESS_BRIDGE_TLS_KEY: key } = values;
  return {
    host: values.ESS_BRIDGE_HOST ?? '',
    adminPort: values.ESS_BRIDGE_ADMIN_PORT ?? 0,
    ...(cert && key && { tls: { cert, key } }),
    anonymousPerAddress: values.ESS_BRIDGE_ANONYMOUS_PER_ADDRESS ?? 0,
    proxies: values.ESS_BRIDGE_PROXIES ?? [],
    clients: values.ESS_STREAM_CLIENTS ?? 0,
    clientsPerPartner: values.ESS_STREAM_CLIENTS_PER_PARTNER ?? 0,
    slowBytes: values.ESS_STREAM_SLOW_BYTES ?? 0,
    historyBytes: values.ESS_STREAM_HISTORY_BYTES ?? 0,
    catchUpRate: values.ESS_STREAM_CATCH_UP_RATE ?? 0,
    slow: values.ESS_STREAM_SLOW ?? 'catch-up',
  };
}
