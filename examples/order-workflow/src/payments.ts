import { once } from 'node:events';
import { status } from '@grpc/grpc-js';
import { StatusError } from '@wherry/codegen/runtime';
import type { OrdersClient } from './gen/orders/v1/orders.js';
import type { PaymentsHandlers } from './gen/payments/v1/payments.js';

/** Charges cards. The bank refuses the card `stolen`, and never answers for the card `lost`. */
export function payments(orders: OrdersClient): PaymentsHandlers {
  return {
    async charge({ orderId, card }, { signal, deadline }) {
      // This call gets the deadline and the cancellation of its caller.
      const { priceCents } = await orders.getOrder({ id: orderId }, { signal, deadline });
      if (card === 'stolen') throw new StatusError(status.FAILED_PRECONDITION, 'the bank refuses the card');
      if (card === 'lost') {
        if (!signal.aborted) await once(signal, 'abort');
        throw signal.reason;
      }
      return { orderId, paidCents: priceCents };
    },
  };
}
