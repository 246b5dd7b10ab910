import { once } from 'node:events';
import type { FileRegistry } from '@bufbuild/protobuf';
import type { ServedServices } from '@wherry/client';
import { schemaOf } from '../json/schema.js';
import { suggestion } from './nearest-name.js';

/**
 * The types of a service, as its workers registered them.
 *
 * @param services that are ready.
 * @param wait where the service may be waited for: until this is aborted, which then gives undefined.
 * @throws Error where nobody serves it, or its workers did not tell.
 */
export async function servedTypes(
  services: ServedServices,
  service: string,
  wait?: AbortSignal,
): Promise<FileRegistry | undefined> {
  if (!services.known) {
    throw new Error(`the registry topic cannot be read, so what ${service} has is not known; --proto FILE says it`);
  }
  let files = services.fileDescriptors(service);
  while (files === undefined) {
    if (services.instances(service) > 0) {
      throw new Error(`the workers of ${service} did not register its .proto files; --proto FILE says what it has`);
    }
    if (wait === undefined) throw new Error(`nobody serves ${service}${suggestion(service, services.names)}`);
    if (wait.aborted) return undefined;
    await change(services, wait);
    files = services.fileDescriptors(service);
  }
  return schemaOf(files);
}

/** Settles at the next change of what is served, or when `wait` is aborted. */
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
