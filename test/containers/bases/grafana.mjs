// The dashboards in the folders that the provisioning names, at /api/search as Grafana tells them.
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

const DASHBOARDS = '/etc/grafana/provisioning/dashboards';
const providers = readdirSync(DASHBOARDS).map((file) => readFileSync(join(DASHBOARDS, file), 'utf8'));
const folders = providers.flatMap((text) => [...text.matchAll(/\bpath: (\S+)/g)].map(([, path]) => path));
const found = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')))
    .map(({ uid, title }) => ({ uid, title })),
);
const server = createServer((_, answer) => answer.end(JSON.stringify(found))).listen(3000);
process.once('SIGTERM', () => server.close());
