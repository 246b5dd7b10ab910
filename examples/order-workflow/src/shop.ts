import { type ChannelOptions, createChannel, type WherryChannel } from '@wherry/client';
import type { OpenTelemetry } from '@wherry/otel';
import { createWorker, type Worker } from '@wherry/worker';
import { InventoryClient, InventoryService, inventoryHandlers } from './gen/inventory/v1/inventory.js';
import { OrdersClient, OrdersService, ordersHandlers } from './gen/orders/v1/orders.js';
import { PaymentsClient, PaymentsService, paymentsHandlers } from './gen/payments/v1/payments.js';
import { type Article, inventory } from './inventory.js';
import { orders } from './orders.js';
import { payments } from './payments.js';

/** The options of {@link openShop}. */
export interface ShopOptions extends Pick<ChannelOptions, 'brokers' | 'namespace' | 'connectTimeoutMs'> {
  readonly stock: ReadonlyMap<string, Article>;
  /** Returns the tracing of a service, by its name. */
  readonly tracing: (service: string) => OpenTelemetry | undefined;
}

/** Opens the three services. In production each would be a program of its own; here they share only the process. */
export async function openShop(options: ShopOptions): Promise<AsyncDisposable> {
  const opened: Service[] = [];
  const close = async (): Promise<void> => {
    for (const service of opened.splice(0).reverse()) await service.close();
  };
  try {
    for (const [name, add] of Object.entries(services(options))) {
      opened.push(await Service.open(name, options, add));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { [Symbol.asyncDispose]: close };
}

/** Adds to each service its handlers, which call the other services over its channel. */
function services({ stock }: ShopOptions): Record<string, (worker: Worker, channel: WherryChannel) => void> {
  return {
    inventory: (worker) => worker.addService(InventoryService, inventoryHandlers(inventory(stock))),
    payments: (worker, channel) =>
      worker.addService(PaymentsService, paymentsHandlers(payments(new OrdersClient(channel)))),
    orders: (worker, channel) =>
      worker.addService(
        OrdersService,
        ordersHandlers(orders(new InventoryClient(channel), new PaymentsClient(channel))),
      ),
  };
}

/** A worker that answers calls, and a channel for the calls that its handlers make. */
class Service {
  private constructor(
    readonly worker: Worker,
    readonly channel: WherryChannel,
  ) {}

  static async open(
    name: string,
    { brokers, namespace, connectTimeoutMs, tracing }: ShopOptions,
    add: (worker: Worker, channel: WherryChannel) => void,
  ): Promise<Service> {
    const options = { brokers, namespace, connectTimeoutMs, clientId: name, instrumentation: tracing(name) };
    const channel = await createChannel(options);
    try {
      const worker = await createWorker(options);
      add(worker, channel);
      await worker.start();
      return new Service(worker, channel);
    } catch (error) {
      await channel.close();
      throw error;
    }
  }

  /** Closes the channel last, because handlers may still make calls while they finish. */
  async close(): Promise<void> {
    await this.worker.drain();
    await this.channel.close();
  }
}
