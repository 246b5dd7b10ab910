import { once } from 'node:events';
import type { FileRegistry } from '@bufbuild/protobuf';
import { status as Status } from '@grpc/grpc-js';
import type { ServedServices } from '@wherry/client';
import { StatusError } from '../errors.js';
import { schemaOf } from './json/schema.js';
import { suggestion } from './nearest-name.js';

/** The sentence for a service without a live worker, with the nearest name that is served. */
export function nobodyServes(service: string, { names }: ServedServices): string {
  return `nobody serves ${service}${suggestion(service, names)}`;
}

/**
 * Returns the types of a service, as its workers registered them.
 *
 * @param services that are ready.
 * @throws StatusError UNAVAILABLE if nobody serves it; Error if the registry cannot be read, or the workers registered no types.
 */
export function servedTypes(services: ServedServices, service: string): FileRegistry {
  if (!services.known) {
    throw new Error(`the registry topic cannot be read, so the types of ${service} are not known; give --proto FILE`);
  }
  const files = services.fileDescriptors(service);
  if (files !== undefined) return schemaOf(files);
  if (services.instances(service) === 0) {
    throw new StatusError(Status.UNAVAILABLE, nobodyServes(service, services));
  }
  throw new Error(`the workers of ${service} did not register its .proto files; give --proto FILE`);
}

/**
 * Waits for the first worker of a service.
 *
 * @param wait ends the waiting when it is aborted.
 * @returns whether the service has a worker.
 */
export async function untilServed(services: ServedServices, service: string, wait: AbortSignal): Promise<boolean> {
  while (services.instances(service) === 0 && !wait.aborted) await change(services, wait);
  return services.instances(service) > 0;
}

/** Settles at the next change of the registry, or when `wait` is aborted. */
async function change(services: ServedServices, wait: AbortSignal): Promise<void> {
  const over = new AbortController();
  const changed = new Promise<void>((resolve) => {
    const end = services.onChange(resolve);
    over.signal.addEventListener('abort', end);
  });
  try {
    await Promise.race([changed, once(wait, 'abort', { signal: over.signal }).catch(() => undefined)]);
  } finally {
    over.abort();
  }
}
