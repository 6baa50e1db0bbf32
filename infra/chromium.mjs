// Where Chromium is. Plain JavaScript: setup.mjs asks on any Node, before anything is installed, and the browser tests after.
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Ubuntu's chromium-browser may be a stub that only points to a snap, so it comes last. */
const NAMES = ['chromium', 'google-chrome', 'google-chrome-stable', 'chromium-browser'];

export const CHROMIUM_NEEDED =
  'the browser tests need Chromium: install it (Debian: sudo apt-get install chromium), or set CHROME to the path of a Chromium or Chrome';

/** @returns its path: what CHROME says, or the first in PATH */
export function findChromium() {
  if (process.env.CHROME) return isProgram(process.env.CHROME) ? process.env.CHROME : undefined;
  return NAMES.map((name) => findProgram(name)).find((path) => path !== undefined);
}

export function findProgram(name, path = process.env.PATH ?? '') {
  return path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isProgram);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
