import { createServer } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { isFree, PortPicker } from './ports.ts';

async function occupy(port: number): Promise<AsyncDisposable> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port }, resolve));
  return { [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())) };
}

describe('ports', () => {
  test('any is free, never the same twice, and below those that systems give to clients', async () => {
    const ports = new PortPicker();
    const given = await Promise.all(Array.from({ length: 20 }, () => ports.any()));
    expect(new Set(given).size).toBe(20);
    expect(given.every((port) => port >= 15_000 && port < 32_000)).toBe(true);
  });

  test('a busy usual port is passed over for the next one', async () => {
    const usual = await new PortPicker().any();
    await using _other = await occupy(usual);
    expect(await isFree(usual)).toBe(false);
    expect(await new PortPicker().pick(undefined, usual, '--kafka-port')).toBeGreaterThan(usual);
  });

  test('a busy port that was asked for is refused with the flag and the remedy', async () => {
    const wanted = await new PortPicker().any();
    await using _other = await occupy(wanted);
    const picked = new PortPicker().pick(wanted, 9092, '--kafka-port');
    await expect(picked).rejects.toThrow(
      `port ${wanted} on 127.0.0.1 is taken; stop what uses it, or pass --kafka-port 0`,
    );
  });

  test.each([-1, 70_000, 1.5, Number.NaN])('%p is no port', async (port) => {
    await expect(new PortPicker().pick(port, 9092, '--kafka-port')).rejects.toThrow('a port is a number');
  });
});
