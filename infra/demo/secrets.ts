// `npx node infra/demo/secrets.ts DIR`: makes the demo's secrets once, one file each under its variable's name, for NAME_FILE.
import { writeSecretFiles } from './demo-env.ts';

const [dir] = process.argv.slice(2);
if (dir === undefined) {
  console.error('usage: npx node infra/demo/secrets.ts DIR');
  process.exit(2);
}
writeSecretFiles(dir);
