import { type Deadline, propagate as Propagate, type ServerUnaryCall } from '@grpc/grpc-js';

/** grpc-js does not name this type in its public interface; every server call is one. */
export type ServerSurfaceCall = Pick<
  ServerUnaryCall<unknown, unknown>,
  'getDeadline' | 'on' | 'removeListener' | 'cancelled'
>;

/** What a call takes over from the server call that it is made for. */
export interface Inheritance {
  readonly parent: ServerSurfaceCall | null;
  /** Of grpc-js's `propagate`. */
  readonly propagate: number;
}

/** When the call ends at the latest: at its own deadline, or at its parent's where it keeps to that. */
export function inheritedDeadline(deadline: Deadline, { parent, propagate }: Inheritance): number {
  const own = Number(deadline);
  return parent && propagate & Propagate.DEADLINE ? Math.min(own, Number(parent.getDeadline())) : own;
}

/**
 * Calls back when the parent is cancelled, at once where it is already, if that is to be passed on.
 *
 * @returns what stops that; undefined where there is nothing to stop.
 */
export function onParentCancelled({ parent, propagate }: Inheritance, cancelled: () => void): (() => void) | undefined {
  if (parent === null || !(propagate & Propagate.CANCELLATION)) return undefined;
  if (parent.cancelled) {
    cancelled();
    return undefined;
  }
  parent.on('cancelled', cancelled);
  return () => parent.removeListener('cancelled', cancelled);
}
