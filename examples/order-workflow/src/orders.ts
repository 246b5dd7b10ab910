import { randomUUID } from 'node:crypto';
import { status } from '@grpc/grpc-js';
import { StatusError } from '@wherry/codegen/runtime';
import type { InventoryClient } from './gen/inventory/v1/inventory.js';
import type { Order, OrdersHandlers } from './gen/orders/v1/orders.js';
import type { PaymentsClient } from './gen/payments/v1/payments.js';

/** The time for cleaning up after a failed order. The deadline of the order does not apply to it. */
const RELEASE_TIMEOUT_MS = 10_000;

/** Takes orders: reserves the articles, charges the card, and releases the articles if the card is not charged. */
export function orders(inventory: InventoryClient, payments: PaymentsClient): OrdersHandlers {
  const known = new Map<string, Order>();

  return {
    async *placeOrder({ article, count, card }, { signal, deadline }) {
      const id = randomUUID();
      let paid = false;
      try {
        const { priceCents, left } = await inventory.reserve({ orderId: id, article, count }, { signal, deadline });
        known.set(id, { id, article, count, priceCents });
        yield { orderId: id, step: `${count} of ${article} reserved, ${left} left` };
        const { paidCents } = await payments.charge({ orderId: id, card }, { signal, deadline });
        paid = true;
        yield { orderId: id, step: `${paidCents} cents paid` };
      } finally {
        // Also after an error, or if the caller has left. So this call gets neither the deadline nor the signal of the order.
        if (!paid) await inventory.release({ orderId: id }, { timeoutMs: RELEASE_TIMEOUT_MS });
      }
    },

    getOrder({ id }) {
      const order = known.get(id);
      if (order === undefined) throw new StatusError(status.NOT_FOUND, `there is no order ${id}`);
      return order;
    },
  };
}
