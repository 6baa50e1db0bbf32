// The order of the test files: those that take minutes begin first, so that none of them is left to run alone at the end. Jest
// knows how long files took only where they have run before; elsewhere it goes by their size, and the shortest file is chaos.
import Sequencer from '@jest/test-sequencer';

/** Longest first; a minute and more on two cores. */
const LONG = [
  'own-topics-are-readable',
  'on-a-secured-kafka',
  'chaos-holds-every-guarantee',
  'the-console-for-everybody',
  'beside-the-last-version',
  'seen-from-outside',
  'rights-are-taken-from-running-programs',
  'commands',
  'stack',
];

const placeOf = ({ path }) => {
  const place = LONG.findIndex((name) => path.endsWith(`/${name}.test.ts`));
  return place < 0 ? LONG.length : place;
};

// biome-ignore lint/style/noDefaultExport: Jest reads the default export
export default class LongestFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).sort((one, other) => placeOf(one) - placeOf(other));
  }
}
