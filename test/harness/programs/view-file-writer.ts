// Keeps three parts in a file of the view, all of one moment, again and again, until it is killed. Each moment that is kept it says.
import { ViewFile } from '@ess/view/store/view-file.ts';

const PARTS = ['a', 'b', 'c'];
/** More than a page of SQLite. */
const BYTES = 40_000;

const [, , file = ''] = process.argv;
const view = new ViewFile(file);
if (!(await view.lock())) throw new Error('another process writes it');
for (let moment = 1; ; moment += 1) {
  const parts = PARTS.map((name) => ({ name, number: 0, bytes: new Uint8Array(BYTES).fill(moment % 256) }));
  await view.save(parts, moment === 1);
  process.stdout.write(`${moment}\n`);
}
