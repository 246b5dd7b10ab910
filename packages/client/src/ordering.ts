import type { Metadata } from '@grpc/grpc-js';
import { messageField } from '@wherry/wire';
import type { ServedServices } from './served-services.js';

/**
 * A caller's word, in a call's metadata, that the call is to start behind earlier ones with an equal field of the request:
 * the field by its name or number, or a path to it (`customer.id`, `1.3`). It outweighs the method's own option, and stays
 * with the caller's side: no handler sees it. Names need the service's descriptors in the registry.
 */
export const orderingFieldKey = 'wherry-ordering-field';

/** Longer than any path; what a caller made up is not repeated in full. */
const MAX_PATH = 200;

/** What a call is ordered by: the numbers of the fields that lead to its key. */
export type OrderingField = readonly number[];

/**
 * What a call is ordered by: as its metadata has it, else as its method's `ordering_key`.
 *
 * @throws TypeError for a field that the request has not.
 */
export function orderingFieldOf(
  method: string,
  metadata: Metadata,
  services: ServedServices,
): OrderingField | undefined {
  const [asked] = metadata.get(orderingFieldKey);
  if (asked === undefined) return services.orderingField(method);
  const path = String(asked).slice(0, MAX_PATH);
  const field = /^[1-9]\d*(\.[1-9]\d*)*$/.test(path)
    ? path.split('.').map(Number)
    : services.requestField(method, path);
  if (field !== undefined) return field;
  throw new TypeError(
    `${orderingFieldKey} is ${JSON.stringify(path)}, which is no single number, bool, enum, string or bytes of the ` +
      `request of ${method}, or its descriptors are not known: use field numbers, such as 1.3`,
  );
}

/** The key in a request; undefined where the field is absent, empty or 0: such a call is not ordered. */
export function orderingKey(field: OrderingField, request: Uint8Array): Uint8Array | undefined {
  return messageField(request, field);
}
