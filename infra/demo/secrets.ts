// `node infra/demo/secrets.ts DIR`: makes the demo's secrets once, one file each under its variable's name, for NAME_FILE.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { demoSecrets } from './demo-env.ts';

const [dir] = process.argv.slice(2);
if (dir === undefined) {
  console.error('usage: node infra/demo/secrets.ts DIR');
  process.exit(2);
}
for (const [name, value] of Object.entries(demoSecrets(dir, {}))) {
  const file = join(dir, name);
  if (!existsSync(file)) writeFileSync(file, value, { mode: 0o600 });
}
