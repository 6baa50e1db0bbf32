// A worker's line whose schema registry stands behind a gateway that may answer in its place.
import { FakePartner } from '../../fakes/partner.ts';
import { RegistryProxy } from '../../fakes/registry-proxy.ts';
import type { TestStack } from '../test-stack.ts';
import { Pipeline } from './pipeline.ts';

export interface BehindProxy extends AsyncDisposable {
  readonly proxy: RegistryProxy;
  readonly partner: FakePartner;
  /** One partition. Its workers ask the proxy, its commands the registry itself. */
  readonly line: Pipeline;
}

export async function behindProxy(stack: TestStack): Promise<BehindProxy> {
  await using opening = new AsyncDisposableStack();
  const proxy = opening.use(await RegistryProxy.start(stack.registry));
  const partner = opening.use(await FakePartner.start());
  const env = () => ({ SCHEMA_REGISTRY_URL: proxy.url() });
  const line = opening.use(await Pipeline.open(stack, partner, { partitions: 1, env }));
  const opened = opening.move();
  return { proxy, partner, line, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}
