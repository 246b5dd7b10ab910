/** The option `instrumentation` as a list: it takes one, several, or none. */
export function listOf<T extends object>(instrumentation: T | readonly T[] | undefined): readonly T[] {
  if (instrumentation === undefined) return [];
  return Array.isArray(instrumentation) ? instrumentation : [instrumentation as T];
}

/** @throws TypeError if more than one observer propagates a context. */
export function checkOnePropagates(observers: readonly { readonly propagates?: boolean | undefined }[]): void {
  const propagators = observers.filter(({ propagates }) => propagates === true).length;
  if (propagators < 2) return;
  throw new TypeError(
    `instrumentation has ${propagators} members that propagate a context; use one, as they would overwrite each other`,
  );
}
