import { status } from '@grpc/grpc-js';
import { StatusError } from '@wherry/codegen/runtime';
import type { InventoryHandlers, Reservation } from './gen/inventory/v1/inventory.js';

export interface Article {
  readonly priceCents: bigint;
  left: number;
}

/** Keeps the stock in memory. A call may arrive twice (delivery is at least once), so it reserves only once for each order. */
export function inventory(stock: ReadonlyMap<string, Article>): InventoryHandlers {
  const reserved = new Map<string, { article: Article; count: number }>();

  const reservation = (orderId: string, article: Article, count: number): Reservation => ({
    orderId,
    priceCents: article.priceCents * BigInt(count),
    left: article.left,
  });

  return {
    reserve({ orderId, article: name, count }) {
      const article = stock.get(name);
      if (article === undefined) throw new StatusError(status.NOT_FOUND, `there is no article ${name}`);
      const before = reserved.get(orderId);
      if (before !== undefined) return reservation(orderId, before.article, before.count);
      if (article.left < count) {
        throw new StatusError(
          status.FAILED_PRECONDITION,
          `${article.left} of ${name} are left, but the order is for ${count}`,
        );
      }
      article.left -= count;
      reserved.set(orderId, { article, count });
      return reservation(orderId, article, count);
    },

    release({ orderId }) {
      const before = reserved.get(orderId);
      if (before === undefined) return { orderId };
      reserved.delete(orderId);
      before.article.left += before.count;
      return reservation(orderId, before.article, 0);
    },
  };
}
