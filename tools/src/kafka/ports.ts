import { claimPort, findFreePorts } from '../local/ports.js';
import type { NodeAddress } from './settings.js';

/**
 * Addresses for `count` nodes, the clients' ports from `port` on, or free ones when it is undefined.
 *
 * @throws {ServerStartError} when one of the wanted ports is taken.
 */
export async function chooseAddresses(count: number, port: number | undefined): Promise<NodeAddress[]> {
  const free = await findFreePorts(2 * count);
  const wanted = port === undefined ? free.slice(count) : Array.from({ length: count }, (_, i) => port + i);
  for (const one of wanted) await claimPort(one);
  return wanted.map((one, i) => ({ id: i + 1, port: one, controllerPort: free[i] ?? 0 }));
}
