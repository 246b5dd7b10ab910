import { connectivityState, type ServiceError, status as Status } from '@grpc/grpc-js';
import { consoleLogger } from '@wherry/endpoint/internal';
import type { WorkerOptions } from '@wherry/worker';
import type { Channel } from './calls.js';
import { type ReflectedService, reflect } from './reflection-client.js';

/**
 * How long, in milliseconds, to wait for a server's descriptors if an option names its services. Services without descriptors are carried
 * too.
 */
const DESCRIPTORS_MS = 2000;
const DEFAULT_TARGET_TIMEOUT_MS = 60_000;

/** The options of an egress about its services. */
export interface ServiceSource extends Pick<WorkerOptions, 'logger'> {
  /** The gRPC server that answers: `HOST:PORT`, or any other name that grpc-js resolves (`dns:`, `unix:`, …). */
  readonly target: string;
  /**
   * The services whose calls are carried, each `package.Service`. Default: those that the server's reflection lists, except
   * reflection and health themselves.
   */
  readonly services?: readonly string[] | undefined;
  /**
   * How long the egress waits for a server that is not up yet, in milliseconds, if it must ask the server for its services.
   * Default 60,000.
   */
  readonly targetTimeoutMs?: number | undefined;
}

/** Services about the server itself. An egress does not carry them, because a gateway answers them itself. */
const aboutTheServer = /^grpc\.(reflection\.|health\.v1\.Health$)/;

/**
 * The services that an egress carries: the named ones, or else all. Each has the descriptors that the server's reflection gives.
 *
 * @throws Error if none were named, and the server cannot be asked for its services or has none.
 */
export async function findServices(channel: Channel, source: ServiceSource): Promise<readonly ReflectedService[]> {
  return source.services === undefined ? askForServices(channel, source) : describe(channel, source.services);
}

async function askForServices(channel: Channel, source: ServiceSource): Promise<readonly ReflectedService[]> {
  const { target, targetTimeoutMs = DEFAULT_TARGET_TIMEOUT_MS, logger = consoleLogger('egress') } = source;
  const deadline = Date.now() + targetTimeoutMs;
  const waiting = (): void =>
    logger.warn(`${target} cannot be reached yet; the egress waits for it, to ask its reflection for its services`);
  if (!(await isReady(channel, deadline, waiting))) {
    throw new Error(`${target} could not be reached within ${targetTimeoutMs} ms to be asked for its services`);
  }
  let services: readonly ReflectedService[];
  try {
    services = await reflect(channel, { services: (name) => !aboutTheServer.test(name), deadline });
  } catch (error) {
    const { code, message } = error as ServiceError;
    const why = code === Status.UNIMPLEMENTED ? 'it has no server reflection' : message;
    throw new Error(`cannot ask ${target} for its services: ${why}; name them by the option services`, {
      cause: error,
    });
  }
  if (services.length === 0) throw new Error(`${target} lists no service to carry; name some by the option services`);
  return services;
}

/** Descriptors are only shown to people and tools, so a service whose server does not give them is carried without them. */
async function describe(channel: Channel, names: readonly string[]): Promise<readonly ReflectedService[]> {
  try {
    return await reflect(channel, { services: names, deadline: Date.now() + DESCRIPTORS_MS });
  } catch {
    return names.map((name) => ({ name, fileDescriptors: [] }));
  }
}

/** @returns whether the channel is connected before `deadline`. `failing` is called once, if the first try fails. */
async function isReady(channel: Channel, deadline: number, failing: () => void): Promise<boolean> {
  let told = false;
  for (;;) {
    const state = channel.getConnectivityState(true);
    if (state === connectivityState.READY) return true;
    if (state === connectivityState.TRANSIENT_FAILURE && !told) {
      told = true;
      failing();
    }
    const changed = await new Promise<boolean>((resolve) => {
      channel.watchConnectivityState(state, deadline, (error) => resolve(error === undefined));
    });
    if (!changed) return false;
  }
}
