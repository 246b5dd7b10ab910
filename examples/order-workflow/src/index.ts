export { OrdersClient } from './gen/orders/v1/orders.js';
export type { Article } from './inventory.js';
export { openShop, type ShopOptions } from './shop.js';
