import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { claimPort, findFreePorts } from './ports.js';
import { Reaper } from './reaper.js';
import { launchServer, type ServerCommand, type ServerRun, ServerStartError } from './server-run.js';

const PORT_ATTEMPTS = 5;
// The data is thrown away, so a clean shutdown may be cut short.
const CLOSE_LIMIT_MS = 5_000;
const HIGHEST_PORT = 65_535;

/** A port on 127.0.0.1 that was asked for; undefined for any that is free. */
export type WantedPort = number | undefined;

/** How to start a server of one process that keeps its data in a temporary folder. */
export interface ServerPlan<Port extends string> {
  readonly name: string;
  /** Its ports by name. An error about a wrong port has this name. */
  readonly ports: Readonly<Record<Port, WantedPort>>;
  /** Prepares the folder and returns the command to run there. */
  prepare(
    ports: Readonly<Record<Port, number>>,
    folder: string,
  ): Promise<Pick<ServerCommand, 'command' | 'args' | 'env' | 'readyText' | 'ifMissing'>>;
  readonly log: (line: string) => void;
}

export interface TemporaryServer<Port extends string> {
  readonly ports: Readonly<Record<Port, number>>;
  readonly pid: number | undefined;
  /** Stops the server (killed after 5 s) and removes its data. Closing twice is harmless. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a server and resolves when it has printed that it is ready. If this process ends without `close`, the server ends too and
 * its data is removed.
 *
 * @throws {RangeError} if a number is not a port.
 * @throws {ServerStartError} if a wanted port is taken or the server does not start; its last lines are in the message.
 */
export async function startTemporaryServer<Port extends string>(
  plan: ServerPlan<Port>,
): Promise<TemporaryServer<Port>> {
  checkPorts(plan.ports);
  const folder = await mkdtemp(join(tmpdir(), `wherry-${plan.name.toLowerCase()}-`));
  const reaper = new Reaper(folder);
  const discard = async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 3 });
    await reaper.dismiss();
  };
  try {
    for (let attempt = 1; ; attempt++) {
      const ports = await choosePorts(plan.ports);
      const command = await plan.prepare(ports, folder);
      const run = launchServer({ ...command, name: plan.name, cwd: folder, log: plan.log });
      reaper.guard(run.child.pid === undefined ? [] : [run.child.pid]);
      void run.ended.then(() => reaper.guard([]));
      try {
        await run.ready;
        return serverOf(run, ports, discard);
      } catch (error) {
        run.child.kill('SIGKILL');
        await run.ended;
        // Another process may have taken the port after it was found free.
        if (!(error instanceof ServerStartError && error.portTaken && attempt < PORT_ATTEMPTS)) throw error;
        plan.log('a port was taken meanwhile; trying again');
      }
    }
  } catch (error) {
    await discard();
    throw error;
  }
}

function serverOf<Port extends string>(
  run: ServerRun,
  ports: Readonly<Record<Port, number>>,
  discard: () => Promise<void>,
): TemporaryServer<Port> {
  let closing: Promise<void> | undefined;
  const shutDown = async () => {
    const timer = setTimeout(() => run.child.kill('SIGKILL'), CLOSE_LIMIT_MS);
    run.child.kill('SIGTERM');
    await run.ended;
    clearTimeout(timer);
    await discard();
  };
  const close = () => {
    closing ??= shutDown();
    return closing;
  };
  return { ports, pid: run.child.pid, close, [Symbol.asyncDispose]: close };
}

async function choosePorts<Port extends string>(
  wanted: Readonly<Record<Port, WantedPort>>,
): Promise<Readonly<Record<Port, number>>> {
  const names = Object.keys(wanted) as Port[];
  const free = await findFreePorts(names.length);
  const chosen = names.map(async (name, i) => {
    const port = wanted[name];
    return [name, port === undefined ? (free[i] ?? 0) : await claimPort(port)] as const;
  });
  return Object.fromEntries(await Promise.all(chosen)) as Record<Port, number>;
}

function checkPorts(ports: Readonly<Record<string, WantedPort>>): void {
  for (const [name, port] of Object.entries(ports)) {
    if (port === undefined || (Number.isInteger(port) && port >= 1 && port <= HIGHEST_PORT)) continue;
    throw new RangeError(
      `${name} is ${port}; it must be a whole number from 1 to ${HIGHEST_PORT}, or left out for a free one`,
    );
  }
}
