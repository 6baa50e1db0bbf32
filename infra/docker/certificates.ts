// `node infra/docker/certificates.ts DIR USER…`: makes what is missing of the files of docker-compose.secure.yml, and says what it made.
import { accessSync, constants } from 'node:fs';
import { EssError } from '@ess/domain/text/error.ts';
import { makeSecuredFiles } from './secured-files.ts';

const [dir, ...users] = process.argv.slice(2);
try {
  if (dir === undefined) throw new EssError('ESS_USAGE', 'usage: node infra/docker/certificates.ts DIR USER…');
  accessSync(dir, constants.W_OK);
  const made = makeSecuredFiles(dir, users);
  console.log(made.length === 0 ? 'all files were there' : `made ${made.join(', ')}`);
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  const isOthers = code === 'EACCES' || code === 'EPERM';
  console.error(
    isOthers ? `${message}: make the folder yourself, and run this as its owner: --user "$(id -u)"` : message,
  );
  process.exitCode = code === 'ESS_USAGE' ? 2 : 1;
}
