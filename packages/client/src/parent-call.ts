import { type Deadline, propagate as Propagate, type ServerUnaryCall } from '@grpc/grpc-js';

/** The part of grpc-js's `ServerSurfaceCall` that is used here. grpc-js does not export that type; every server call has it. */
export type ServerSurfaceCall = Pick<
  ServerUnaryCall<unknown, unknown>,
  'getDeadline' | 'on' | 'removeListener' | 'cancelled'
>;

/** How a call inherits from the server call whose handler makes it. */
export interface Inheritance {
  readonly parent: ServerSurfaceCall | null;
  /** The flags of grpc-js's `propagate`. */
  readonly propagate: number;
}

/** When the call ends at the latest: at its own deadline, or at its parent's if that is earlier and the call inherits it. */
export function inheritedDeadline(deadline: Deadline, { parent, propagate }: Inheritance): number {
  const own = Number(deadline);
  return parent && propagate & Propagate.DEADLINE ? Math.min(own, Number(parent.getDeadline())) : own;
}

/**
 * Calls back when the parent is cancelled, if the call inherits cancellation. If the parent is cancelled already, calls back at once.
 *
 * @returns a function that stops it; undefined if no later callback can come.
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
