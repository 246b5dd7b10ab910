import type { Metadata } from '@grpc/grpc-js';
import { messageField } from '@wherry/wire';
import type { ServedServices } from './served-services.js';

/**
 * The metadata key by which a caller orders its calls. Calls whose requests have the same value in a field start in the order in which they
 * were made. The metadata's value is the field's name or number, or a path to it (`customer.id`, `1.3`). It overrides the option of the
 * method's .proto. Only the caller's side reads it; no handler sees it. Names need the service's descriptors in the registry.
 */
export const orderingFieldKey = 'wherry-ordering-field';

/** Longer than any real path. The error text repeats at most this many characters of a wrong path. */
const MAX_PATH = 200;

/** The field that orders a call: the numbers of the fields that lead to the ordering key. */
export type OrderingField = readonly number[];

/**
 * The field that orders a call: the field that its metadata names, or else its method's `ordering_key`; undefined if neither is set.
 *
 * @throws TypeError if the request does not have the field that the metadata names.
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
    `${orderingFieldKey} is ${JSON.stringify(path)}, which is no single field (number, bool, enum, string or ` +
      `bytes) of the request of ${method}, or its descriptors are not known; use field numbers, such as 1.3`,
  );
}

/** The ordering key in a request; undefined if the field is absent, empty or 0: then the call is not ordered. */
export function orderingKey(field: OrderingField, request: Uint8Array): Uint8Array | undefined {
  return messageField(request, field);
}
