import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { ServerStartError } from './server-run.js';

// Below the range from which systems take the ports of outgoing connections (32768 and up on Linux, 49152 elsewhere). A server
// that is killed and restarted must find its port free; and a client that keeps trying a dead port inside that range can be
// given the same port as its own and end up connected to itself.
const LOWEST = 20_000;
const HIGHEST = 32_000;
const MAX_TRIES = 200;

/** Whether a server could listen on this loopback port now. */
function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/** Loopback ports that were free a moment ago. Another process can still take one before its server does. */
export async function findFreePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let tries = 0; ports.size < count; tries++) {
    if (tries === MAX_TRIES) throw new Error(`no ${count} free ports between ${LOWEST} and ${HIGHEST} on 127.0.0.1`);
    const port = randomInt(LOWEST, HIGHEST);
    if (!ports.has(port) && (await isPortFree(port))) ports.add(port);
  }
  return [...ports];
}

/**
 * Makes sure that a port which somebody asked for is free.
 *
 * @throws {ServerStartError} when it is taken.
 */
export async function claimPort(port: number): Promise<number> {
  if (await isPortFree(port)) return port;
  throw new ServerStartError(`port ${port} is taken: stop what listens there, or choose another port`, true);
}
