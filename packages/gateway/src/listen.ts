import { lookup } from 'node:dns/promises';
import type { AddressInfo, Server } from 'node:net';

/** The address that a gateway listens at. */
export interface ListenAddress {
  /** As it was written: an IPv6 address stands in brackets. */
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
}

/**
 * Reads `HOST:PORT`.
 *
 * @throws TypeError
 */
export function parseListenAddress(listen: string): ListenAddress {
  const [, host, port] = /^(\[[^[\]]+\]|[^:[\]/]+):(\d{1,5})$/.exec(listen) ?? [];
  if (host === undefined || Number(port) > 65_535) {
    const what = 'it must be HOST:PORT, with a port from 0 to 65535 and an IPv6 address in brackets';
    throw new TypeError(`listen is ${JSON.stringify(listen)}; ${what}`);
  }
  return { host, port: Number(port) };
}

/** How often a free port is looked for, if the host has several addresses: the port must be free at each. */
const FREE_PORT_TRIES = 10;

/**
 * Listens at every IP address of the host, with a server for each address. All servers have one port. If this machine does not have one of
 * the addresses, that address is left out: for example, `localhost` may have an IPv6 address although IPv6 is turned off. If no address
 * remains, this throws.
 *
 * @throws Error that names the address, the cause and a remedy. No server listens then.
 */
export async function listenAt<S extends Server>(address: ListenAddress, create: () => S): Promise<S[]> {
  try {
    // The lookup of a name may list the same address twice.
    const found = await lookup(address.host.replace(/^\[|\]$/g, ''), { all: true });
    const ips = [...new Set(found.map((one) => one.address))];
    for (let tries = 1; tries < FREE_PORT_TRIES && address.port === 0 && ips.length > 1; tries++) {
      const servers = await listenAtAll(ips, 0, create).catch(onlyIfInUse);
      if (servers !== undefined) return servers;
    }
    return await listenAtAll(ips, address.port, create);
  } catch (error) {
    throw listenError(address, error as NodeJS.ErrnoException);
  }
}

/** The port that a server listens at. */
export function portOf(server: Server | undefined): number {
  return (server?.address() as AddressInfo | null | undefined)?.port ?? 0;
}

async function listenAtAll<S extends Server>(ips: readonly string[], port: number, create: () => S): Promise<S[]> {
  const servers: S[] = [];
  let missing: unknown;
  for (const host of ips) {
    const server = create();
    try {
      await listening(server, host, port === 0 ? portOf(servers[0]) : port);
      servers.push(server);
    } catch (error) {
      server.close();
      if (isAddressMissing(error)) missing = error;
      else {
        for (const other of servers) other.close();
        throw error;
      }
    }
  }
  if (servers.length === 0) throw missing;
  return servers;
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}

function onlyIfInUse(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
}

function isAddressMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT';
}

function listenError({ host, port }: ListenAddress, cause: NodeJS.ErrnoException): Error {
  const { code = '', message } = cause;
  const explanation = explanations.get(code);
  const why = explanation === undefined ? message : `${explanation.cause} (${code}); ${explanation.remedy}`;
  return new Error(`the gateway cannot listen on ${host}:${port}: ${why}`, { cause });
}

const missingAddress = {
  cause: 'this machine has no such address',
  remedy: 'give listen an address that it has, or 0.0.0.0 for all of them',
};
const unresolvedHost = {
  cause: 'the host does not resolve',
  remedy: 'give listen a host that does, or an IP address',
};
const explanations = new Map<string, { readonly cause: string; readonly remedy: string }>([
  [
    'EADDRINUSE',
    { cause: 'the port is in use', remedy: 'end the program that listens there, or give listen another port' },
  ],
  [
    'EACCES',
    {
      cause: 'this process is not permitted to use the port',
      remedy: 'give listen a port from 1024 on, or give the process that right',
    },
  ],
  ['EADDRNOTAVAIL', missingAddress],
  ['EAFNOSUPPORT', missingAddress],
  ['ENOTFOUND', unresolvedHost],
  ['EAI_AGAIN', unresolvedHost],
]);
