// The conveyor belt of a local run: the bridge, and the species index that streams from it.
import type { Bridge } from '@ess/bridge/bridge.ts';
import type { Connector } from '@ess/domain/connector/connector.ts';
import type { SpeciesIndex } from '@ess/infra/demo/species-index.ts';
import { Cleanup } from '@ess/runtime/cleanup.ts';
import type { Log } from '@ess/runtime/log/log.ts';
import type { BridgeSettings } from '@ess/runtime/settings/settings.ts';

export interface LocalBelt {
  readonly bridge: Bridge;
  readonly species: SpeciesIndex;
}

export interface LocalBeltOptions {
  readonly brokers: readonly string[];
  readonly registry: string;
  readonly connectors: readonly Connector[];
  readonly log: Log;
  readonly settings: BridgeSettings & { readonly port: number };
  readonly cursorKey: string;
  readonly apiKey: string;
  /** Port of the list of surveys; 0 = any free one, absent: the usual one or the next free one. */
  readonly speciesPort?: number;
  readonly print: (line: string) => void;
  readonly signal?: AbortSignal;
  readonly onFatal: (error: Error) => void;
}

/** Resolves when the species index streams. */
export async function startLocalBelt(options: LocalBeltOptions): Promise<LocalBelt & AsyncDisposable> {
  const { signal, speciesPort } = options;
  const [{ startBridge }, { startSpeciesIndex }] = await Promise.all([
    import('@ess/bridge/bridge.ts'),
    import('@ess/infra/demo/species-index.ts'),
  ]);
  const cleanup = new Cleanup();
  try {
    const bridge = await startBridge({
      ...options.settings,
      kafka: { brokers: [...options.brokers] },
      registry: options.registry,
      connectors: options.connectors.filter(({ stream }) => stream.enabled),
      log: options.log,
      cursorKeys: [options.cursorKey],
      onFatal: options.onFatal,
      ...(signal ? { signal } : {}),
    });
    cleanup.defer(() => bridge.stop());
    const species = await startSpeciesIndex({
      bridgeUrl: bridge.url,
      apiKey: options.apiKey,
      print: options.print,
      ...(speciesPort === undefined ? {} : { port: speciesPort }),
    });
    cleanup.defer(() => species.stop());
    return { bridge, species, [Symbol.asyncDispose]: () => cleanup[Symbol.asyncDispose]() };
  } catch (error) {
    await cleanup[Symbol.asyncDispose]();
    throw error;
  }
}
