import type { ExecutionContext } from 'ava';

/** Until the test ends, keeps the errors that are thrown in separate ticks, where no caller can catch them. */
export function keepUncaught(t: ExecutionContext): Error[] {
  const errors: Error[] = [];
  const others = process.listeners('uncaughtException');
  const keep = (error: Error): void => void errors.push(error);
  process.removeAllListeners('uncaughtException');
  process.on('uncaughtException', keep);
  t.teardown(() => {
    process.removeListener('uncaughtException', keep);
    for (const other of others) process.on('uncaughtException', other);
  });
  return errors;
}
