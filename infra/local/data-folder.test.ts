// The data folder: what it holds, and how one that cannot be used is refused.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '@ess/test/harness/temporary-folder.ts';
import { afterAll, describe, expect, test } from '@jest/globals';
import { tellingLines } from './child.ts';
import { newClusterId, openClusterFile } from './cluster-file.ts';
import { prepareDataDir } from './machine/disk.ts';

const root = temporaryFolder({ defer: afterAll });
const newDir = () => mkdtempSync(join(root, 'data-'));

describe('a data folder', () => {
  test('keeps its cluster id and its number of brokers', () => {
    const dir = newDir();
    const first = openClusterFile(dir, 3);
    expect(openClusterFile(dir)).toEqual(first);
    expect(() => openClusterFile(dir, 1)).toThrow(`${dir} holds a cluster of 3; use --brokers 3`);
  });

  test.each([0, -1, 1.5, 10])('a cluster of %p brokers is refused', (brokers) => {
    expect(() => openClusterFile(newDir(), brokers)).toThrow('--brokers');
  });

  test('a cluster id is 22 characters and no option', () => {
    const ids = Array.from({ length: 500 }, newClusterId);
    expect(ids.every((id) => /^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/.test(id))).toBe(true);
  });

  test('that cannot be made, or is a file, is refused with the remedy', () => {
    const file = join(newDir(), 'file');
    writeFileSync(file, '');
    expect(() => prepareDataDir('/proc/ess')).toThrow('--data DIR');
    expect(() => prepareDataDir(join(file, 'data'))).toThrow('is not a folder');
  });

  test('on a full disk is refused with what is needed', () => {
    expect(() => prepareDataDir(newDir(), Number.MAX_SAFE_INTEGER)).toThrow(/MB free, Kafka needs \d+ MB; make room/);
  });
});

test('the end of a log keeps the complaint that a shutdown buried', () => {
  const lines = [
    'INFO start',
    'ERROR no space left',
    ...Array.from({ length: 40 }, (_, index) => `INFO stopping ${index}`),
  ];
  expect(tellingLines(lines, 5, 3)).toEqual([
    'ERROR no space left',
    'INFO stopping 37',
    'INFO stopping 38',
    'INFO stopping 39',
  ]);
});
