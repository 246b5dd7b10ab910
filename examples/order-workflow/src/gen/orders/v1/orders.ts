// Made by `wherry gen` from orders/v1/orders.proto. Do not edit: change that, and make it again.
/* eslint-disable */
import * as rt from '@wherry/codegen/runtime';

/** `orders/v1/orders.proto`, described for reflection. */
export const protoFile: rt.ProtoFile = {
  name: 'orders/v1/orders.proto',
  descriptor: 'ChZvcmRlcnMvdjEvb3JkZXJzLnByb3RvEglvcmRlcnMudjEiaAoFT3JkZXISDgoCaWQYASABKAlSAmlkEhgKB2FydGljbGUYAiABKAlSB2FydGljbGUSFAoFY291bnQYAyABKA1SBWNvdW50Eh8KC3ByaWNlX2NlbnRzGAQgASgDUgpwcmljZUNlbnRzIlcKEVBsYWNlT3JkZXJSZXF1ZXN0EhgKB2FydGljbGUYASABKAlSB2FydGljbGUSFAoFY291bnQYAiABKA1SBWNvdW50EhIKBGNhcmQYAyABKAlSBGNhcmQiPgoNT3JkZXJQcm9ncmVzcxIZCghvcmRlcl9pZBgBIAEoCVIHb3JkZXJJZBISCgRzdGVwGAIgASgJUgRzdGVwIiEKD0dldE9yZGVyUmVxdWVzdBIOCgJpZBgBIAEoCVICaWQyigEKBk9yZGVycxJGCgpQbGFjZU9yZGVyEhwub3JkZXJzLnYxLlBsYWNlT3JkZXJSZXF1ZXN0Ghgub3JkZXJzLnYxLk9yZGVyUHJvZ3Jlc3MwARI4CghHZXRPcmRlchIaLm9yZGVycy52MS5HZXRPcmRlclJlcXVlc3QaEC5vcmRlcnMudjEuT3JkZXJiBnByb3RvMw==',
  dependencies: [],
};

export interface Order {
  id: string;
  article: string;
  count: number;
  priceCents: bigint;
}

/** The codec of `orders.v1.Order`. */
export const Order: rt.MessageType<Order> = rt.messageType('orders.v1.Order', createOrder, writeOrder, readOrder);

function emptyOrder(): Order {
  return {
    id: '',
    article: '',
    count: 0,
    priceCents: 0n,
  };
}

function createOrder(init: rt.Init<Order> = {}): Order {
  const m = emptyOrder();
  if (init.id !== undefined) m.id = init.id;
  if (init.article !== undefined) m.article = init.article;
  if (init.count !== undefined) m.count = init.count;
  if (init.priceCents !== undefined) m.priceCents = init.priceCents;
  return m;
}

function writeOrder(m: rt.Init<Order>, w: rt.Writer): rt.Writer {
  if (m.id) w.uint32(10).string(m.id);
  if (m.article) w.uint32(18).string(m.article);
  if (m.count) w.uint32(24).uint32(m.count);
  if (m.priceCents) w.uint32(32).int64(m.priceCents);
  return w;
}

function readOrder(r: rt.Reader, end: number, m = emptyOrder()): Order {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.id = r.string();
        break;
      case 18:
        m.article = r.string();
        break;
      case 24:
        m.count = r.uint32();
        break;
      case 32:
        m.priceCents = r.int64();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

export interface PlaceOrderRequest {
  article: string;
  count: number;
  card: string;
}

/** The codec of `orders.v1.PlaceOrderRequest`. */
export const PlaceOrderRequest: rt.MessageType<PlaceOrderRequest> = rt.messageType('orders.v1.PlaceOrderRequest', createPlaceOrderRequest, writePlaceOrderRequest, readPlaceOrderRequest);

function emptyPlaceOrderRequest(): PlaceOrderRequest {
  return {
    article: '',
    count: 0,
    card: '',
  };
}

function createPlaceOrderRequest(init: rt.Init<PlaceOrderRequest> = {}): PlaceOrderRequest {
  const m = emptyPlaceOrderRequest();
  if (init.article !== undefined) m.article = init.article;
  if (init.count !== undefined) m.count = init.count;
  if (init.card !== undefined) m.card = init.card;
  return m;
}

function writePlaceOrderRequest(m: rt.Init<PlaceOrderRequest>, w: rt.Writer): rt.Writer {
  if (m.article) w.uint32(10).string(m.article);
  if (m.count) w.uint32(16).uint32(m.count);
  if (m.card) w.uint32(26).string(m.card);
  return w;
}

function readPlaceOrderRequest(r: rt.Reader, end: number, m = emptyPlaceOrderRequest()): PlaceOrderRequest {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.article = r.string();
        break;
      case 16:
        m.count = r.uint32();
        break;
      case 26:
        m.card = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

export interface OrderProgress {
  orderId: string;
  /** The step that was done, in words. */
  step: string;
}

/** The codec of `orders.v1.OrderProgress`. */
export const OrderProgress: rt.MessageType<OrderProgress> = rt.messageType('orders.v1.OrderProgress', createOrderProgress, writeOrderProgress, readOrderProgress);

function emptyOrderProgress(): OrderProgress {
  return {
    orderId: '',
    step: '',
  };
}

function createOrderProgress(init: rt.Init<OrderProgress> = {}): OrderProgress {
  const m = emptyOrderProgress();
  if (init.orderId !== undefined) m.orderId = init.orderId;
  if (init.step !== undefined) m.step = init.step;
  return m;
}

function writeOrderProgress(m: rt.Init<OrderProgress>, w: rt.Writer): rt.Writer {
  if (m.orderId) w.uint32(10).string(m.orderId);
  if (m.step) w.uint32(18).string(m.step);
  return w;
}

function readOrderProgress(r: rt.Reader, end: number, m = emptyOrderProgress()): OrderProgress {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.orderId = r.string();
        break;
      case 18:
        m.step = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

export interface GetOrderRequest {
  id: string;
}

/** The codec of `orders.v1.GetOrderRequest`. */
export const GetOrderRequest: rt.MessageType<GetOrderRequest> = rt.messageType('orders.v1.GetOrderRequest', createGetOrderRequest, writeGetOrderRequest, readGetOrderRequest);

function emptyGetOrderRequest(): GetOrderRequest {
  return {
    id: '',
  };
}

function createGetOrderRequest(init: rt.Init<GetOrderRequest> = {}): GetOrderRequest {
  const m = emptyGetOrderRequest();
  if (init.id !== undefined) m.id = init.id;
  return m;
}

function writeGetOrderRequest(m: rt.Init<GetOrderRequest>, w: rt.Writer): rt.Writer {
  if (m.id) w.uint32(10).string(m.id);
  return w;
}

function readGetOrderRequest(r: rt.Reader, end: number, m = emptyGetOrderRequest()): GetOrderRequest {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.id = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** Takes orders. */
export const OrdersService = {
  placeOrder: rt.method({
    path: '/orders.v1.Orders/PlaceOrder',
    name: 'PlaceOrder',
    request: PlaceOrderRequest,
    response: OrderProgress,
    requestStream: false,
    responseStream: true,
    file: protoFile,
  }),
  getOrder: rt.method({
    path: '/orders.v1.Orders/GetOrder',
    name: 'GetOrder',
    request: GetOrderRequest,
    response: Order,
    requestStream: false,
    responseStream: false,
    file: protoFile,
  }),
};

/** Handlers of `orders.v1.Orders` as grpc-js's `addService` takes them, and Wherry's. */
export type OrdersServer = {
  /**
   * Reserves the ordered articles and charges the card. Sends a message after each step. If a step fails, undoes the earlier
   * ones and fails.
   */
  placeOrder: rt.ServerStreamHandler<PlaceOrderRequest, OrderProgress>;
  /** Returns an order. */
  getOrder: rt.UnaryHandler<GetOrderRequest, Order>;
};

/** Handlers of `orders.v1.Orders` as async functions and generators: see {@link ordersHandlers}. */
export interface OrdersHandlers {
  /**
   * Reserves the ordered articles and charges the card. Sends a message after each step. If a step fails, undoes the earlier
   * ones and fails.
   */
  placeOrder(request: PlaceOrderRequest, context: rt.CallContext): rt.Responses<OrderProgress>;
  /** Returns an order. */
  getOrder(request: GetOrderRequest, context: rt.CallContext): rt.Response<Order>;
}

/** Makes of async handlers those that `addService` takes beside {@link OrdersService}. */
export function ordersHandlers(handlers: OrdersHandlers, options?: rt.HandlerOptions): OrdersServer {
  return rt.asyncHandlers(OrdersService, handlers, options);
}

/** A client of `orders.v1.Orders` over any grpc-js channel, or a server's address. */
export class OrdersClient extends rt.ServiceClient {
  /**
   * Reserves the ordered articles and charges the card. Sends a message after each step. If a step fails, undoes the earlier
   * ones and fails.
   */
  placeOrder(request: rt.Init<PlaceOrderRequest>, options?: rt.CallOptions): rt.ResponseStream<OrderProgress> {
    return rt.callServerStream(this.channel, OrdersService.placeOrder, request, options);
  }

  /** Returns an order. */
  getOrder(request: rt.Init<GetOrderRequest>, options?: rt.CallOptions): Promise<Order> {
    return rt.callUnary(this.channel, OrdersService.getOrder, request, options);
  }
}
