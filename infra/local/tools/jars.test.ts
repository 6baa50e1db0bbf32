import { describe, expect, test } from '@jest/globals';
import { jarsDir } from './jars.ts';
import { javaMajor } from './java.ts';
import { downloadedMb } from './maven.ts';

describe('the cache of jars', () => {
  test('is per user and named after what the pom says', () => {
    expect(jarsDir('<a/>', { HOME: '/home/u' })).toMatch(/^\/home\/u\/\.cache\/ess\/jars-[0-9a-f]{12}$/);
    expect(jarsDir('<a/>', { HOME: '/home/u', XDG_CACHE_HOME: '/c' })).toMatch(/^\/c\/ess\/jars-/);
    expect(jarsDir('<a/>', {})).not.toBe(jarsDir('<b/>', {}));
  });

  test.each([
    ['Downloaded from central: u/a.jar (109 MB at 80 MB/s)', 109],
    ['Downloaded from central: u/a.pom (21 kB at 117 kB/s)', 0.021],
    ['Downloaded from central: u/a.pom (500 B at 1.2 kB/s)', 0.0005],
    ['Downloading from central: u/a.jar', 0],
  ])('%s counts %d MB', (line, mb) => {
    expect(downloadedMb(line)).toBeCloseTo(mb);
  });
});

test.each([
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['Picked up JAVA_TOOL_OPTIONS: -Dx\nopenjdk version "21" 2023-09-19', 21],
  ['java version "1.8.0_402"', 8],
  ['command not found', undefined],
])('%p is Java %p', (banner, major) => {
  expect(javaMajor(banner)).toBe(major);
});
