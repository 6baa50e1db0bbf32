// What deliveries need of undici. Its index brings a fetch, WebSockets, caches and mocks as well, and each start would take longer.
import { createRequire } from 'node:module';

type Undici = typeof import('undici');

const load = createRequire(import.meta.url);

export const Pool = load('undici/lib/dispatcher/pool.js') as Undici['Pool'];
export type Pool = InstanceType<Undici['Pool']>;
export const buildConnector = load('undici/lib/core/connect.js') as Undici['buildConnector'];
