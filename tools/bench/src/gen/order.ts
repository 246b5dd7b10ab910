// Made by `wherry gen` from order.proto. Do not edit: change that, and make it again.
/* eslint-disable */
import * as rt from '@wherry/codegen/runtime';

/** `order.proto`, described for reflection. */
export const protoFile: rt.ProtoFile = {
  name: 'order.proto',
  descriptor: 'CgtvcmRlci5wcm90bxIPd2hlcnJ5LmJlbmNoLnYxIpsECgVPcmRlchIOCgJpZBgBIAEoCVICaWQSIgoNY3JlYXRlZF9hdF9tcxgCIAEoA1ILY3JlYXRlZEF0TXMSNQoIY3VzdG9tZXIYAyABKAsyGS53aGVycnkuYmVuY2gudjEuQ3VzdG9tZXJSCGN1c3RvbWVyEisKBWxpbmVzGAQgAygLMhUud2hlcnJ5LmJlbmNoLnYxLkxpbmVSBWxpbmVzEjoKBmxhYmVscxgFIAMoCzIiLndoZXJyeS5iZW5jaC52MS5PcmRlci5MYWJlbHNFbnRyeVIGbGFiZWxzEhIKBHBhaWQYBiABKAhSBHBhaWQSGgoIZGlzY291bnQYByABKAFSCGRpc2NvdW50Ei8KBnN0YXR1cxgIIAEoDjIXLndoZXJyeS5iZW5jaC52MS5TdGF0dXNSBnN0YXR1cxIjCg13YXJlaG91c2VfaWRzGAkgAygFUgx3YXJlaG91c2VJZHMSHAoJc2lnbmF0dXJlGAogASgMUglzaWduYXR1cmUSHQoJcGlja3VwX2F0GAsgASgJSABSCHBpY2t1cEF0EjQKB2FkZHJlc3MYDCABKAsyGC53aGVycnkuYmVuY2gudjEuQWRkcmVzc0gAUgdhZGRyZXNzGjkKC0xhYmVsc0VudHJ5EhAKA2tleRgBIAEoCVIDa2V5EhQKBXZhbHVlGAIgASgJUgV2YWx1ZToCOAFCCgoIZGVsaXZlcnkiTAoIQ3VzdG9tZXISEgoEbmFtZRgBIAEoCVIEbmFtZRIUCgVlbWFpbBgCIAEoCVIFZW1haWwSFgoGbnVtYmVyGAMgASgNUgZudW1iZXIiUgoETGluZRIYCgdwcm9kdWN0GAEgASgJUgdwcm9kdWN0EhoKCHF1YW50aXR5GAIgASgNUghxdWFudGl0eRIUCgVwcmljZRgDIAEoA1IFcHJpY2UiTwoHQWRkcmVzcxIWCgZzdHJlZXQYASABKAlSBnN0cmVldBISCgRjaXR5GAIgASgJUgRjaXR5EhgKB2NvdW50cnkYAyABKAlSB2NvdW50cnkqMQoGU3RhdHVzEhYKElNUQVRVU19VTlNQRUNJRklFRBAAEg8KC1NUQVRVU19PUEVOEAEyPwoGT3JkZXJzEjUKA1B1dBIWLndoZXJyeS5iZW5jaC52MS5PcmRlchoWLndoZXJyeS5iZW5jaC52MS5PcmRlcmIGcHJvdG8z',
  dependencies: [],
};

export const Status = {
  UNSPECIFIED: 0,
  OPEN: 1,
} as const;

/** One of {@link Status}, or the number of a value that this code does not know. */
export type Status = 0 | 1 | (number & {});

export interface Order {
  id: string;
  createdAtMs: bigint;
  customer?: Customer | undefined;
  lines: Line[];
  labels: Record<string, string>;
  paid: boolean;
  discount: number;
  status: Status;
  warehouseIds: number[];
  signature: Uint8Array;
  delivery:
    | { case: 'pickupAt'; value: string }
    | { case: 'address'; value: Address }
    | { case: undefined; value?: undefined };
}

/** The codec of `wherry.bench.v1.Order`. */
export const Order: rt.MessageType<Order> = rt.messageType('wherry.bench.v1.Order', createOrder, writeOrder, readOrder);

function emptyOrder(): Order {
  return {
    id: '',
    createdAtMs: 0n,
    customer: undefined,
    lines: [],
    labels: {},
    paid: false,
    discount: 0,
    status: 0,
    warehouseIds: [],
    signature: rt.noBytes,
    delivery: { case: undefined },
  };
}

function createOrder(init: rt.Init<Order> = {}): Order {
  const m = emptyOrder();
  if (init.id !== undefined) m.id = init.id;
  if (init.createdAtMs !== undefined) m.createdAtMs = init.createdAtMs;
  if (init.customer !== undefined) m.customer = createCustomer(init.customer);
  if (init.lines !== undefined) m.lines = init.lines.map((value) => createLine(value));
  if (init.labels !== undefined) m.labels = rt.copyMap(init.labels, (value) => value);
  if (init.paid !== undefined) m.paid = init.paid;
  if (init.discount !== undefined) m.discount = init.discount;
  if (init.status !== undefined) m.status = init.status;
  if (init.warehouseIds !== undefined) m.warehouseIds = [...init.warehouseIds];
  if (init.signature !== undefined) m.signature = init.signature;
  switch (init.delivery?.case) {
    case 'pickupAt':
      m.delivery = { case: 'pickupAt', value: init.delivery.value };
      break;
    case 'address':
      m.delivery = { case: 'address', value: createAddress(init.delivery.value) };
      break;
  }
  return m;
}

function writeOrder(m: rt.Init<Order>, w: rt.Writer): rt.Writer {
  if (m.id) w.uint32(10).string(m.id);
  if (m.createdAtMs) w.uint32(16).int64(m.createdAtMs);
  if (m.customer !== undefined) writeCustomer(m.customer, w.uint32(26).fork()).ldelim();
  if (m.lines !== undefined) {
    for (const value of m.lines) writeLine(value, w.uint32(34).fork()).ldelim();
  }
  if (m.labels !== undefined) {
    for (const [key, value] of Object.entries(m.labels)) {
      if (value === undefined) continue;
      w.uint32(42).fork();
      w.uint32(10).string(key);
      w.uint32(18).string(value);
      w.ldelim();
    }
  }
  if (m.paid) w.uint32(48).bool(m.paid);
  if (m.discount !== undefined && !Object.is(m.discount, 0)) w.uint32(57).double(m.discount);
  if (m.status) w.uint32(64).int32(m.status);
  if (m.warehouseIds !== undefined && m.warehouseIds.length > 0) {
    w.uint32(74).fork();
    for (const value of m.warehouseIds) w.int32(value);
    w.ldelim();
  }
  if (m.signature !== undefined && m.signature.length > 0) w.uint32(82).bytes(m.signature);
  switch (m.delivery?.case) {
    case 'pickupAt':
      w.uint32(90).string(m.delivery.value);
      break;
    case 'address':
      writeAddress(m.delivery.value, w.uint32(98).fork()).ldelim();
      break;
  }
  return w;
}

function readOrder(r: rt.Reader, end: number, m = emptyOrder()): Order {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.id = r.string();
        break;
      case 16:
        m.createdAtMs = r.int64();
        break;
      case 26:
        m.customer = readCustomer(r, r.endOf(end), m.customer);
        break;
      case 34:
        m.lines.push(readLine(r, r.endOf(end)));
        break;
      case 42: {
        const to = r.endOf(end);
        let key = '';
        let value: string = '';
        while (r.pos < to) {
          const part = r.uint32();
          if (part === 10) key = r.string();
          else if (part === 18) value = r.string();
          else r.skip(part);
        }
        r.ended(to);
        rt.setEntry(m.labels, key, value);
        break;
      }
      case 48:
        m.paid = r.bool();
        break;
      case 57:
        m.discount = r.double();
        break;
      case 64:
        m.status = r.int32();
        break;
      case 72:
        m.warehouseIds.push(r.int32());
        break;
      case 74: {
        const to = r.endOf(end);
        while (r.pos < to) m.warehouseIds.push(r.int32());
        r.ended(to);
        break;
      }
      case 82:
        m.signature = r.bytes();
        break;
      case 90:
        m.delivery = { case: 'pickupAt', value: r.string() };
        break;
      case 98:
        m.delivery = { case: 'address', value: readAddress(r, r.endOf(end), m.delivery.case === 'address' ? m.delivery.value : undefined) };
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

export interface Customer {
  name: string;
  email: string;
  number: number;
}

/** The codec of `wherry.bench.v1.Customer`. */
export const Customer: rt.MessageType<Customer> = rt.messageType('wherry.bench.v1.Customer', createCustomer, writeCustomer, readCustomer);

function emptyCustomer(): Customer {
  return {
    name: '',
    email: '',
    number: 0,
  };
}

function createCustomer(init: rt.Init<Customer> = {}): Customer {
  const m = emptyCustomer();
  if (init.name !== undefined) m.name = init.name;
  if (init.email !== undefined) m.email = init.email;
  if (init.number !== undefined) m.number = init.number;
  return m;
}

function writeCustomer(m: rt.Init<Customer>, w: rt.Writer): rt.Writer {
  if (m.name) w.uint32(10).string(m.name);
  if (m.email) w.uint32(18).string(m.email);
  if (m.number) w.uint32(24).uint32(m.number);
  return w;
}

function readCustomer(r: rt.Reader, end: number, m = emptyCustomer()): Customer {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.name = r.string();
        break;
      case 18:
        m.email = r.string();
        break;
      case 24:
        m.number = r.uint32();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

export interface Line {
  product: string;
  quantity: number;
  price: bigint;
}

/** The codec of `wherry.bench.v1.Line`. */
export const Line: rt.MessageType<Line> = rt.messageType('wherry.bench.v1.Line', createLine, writeLine, readLine);

function emptyLine(): Line {
  return {
    product: '',
    quantity: 0,
    price: 0n,
  };
}

function createLine(init: rt.Init<Line> = {}): Line {
  const m = emptyLine();
  if (init.product !== undefined) m.product = init.product;
  if (init.quantity !== undefined) m.quantity = init.quantity;
  if (init.price !== undefined) m.price = init.price;
  return m;
}

function writeLine(m: rt.Init<Line>, w: rt.Writer): rt.Writer {
  if (m.product) w.uint32(10).string(m.product);
  if (m.quantity) w.uint32(16).uint32(m.quantity);
  if (m.price) w.uint32(24).int64(m.price);
  return w;
}

function readLine(r: rt.Reader, end: number, m = emptyLine()): Line {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.product = r.string();
        break;
      case 16:
        m.quantity = r.uint32();
        break;
      case 24:
        m.price = r.int64();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

export interface Address {
  street: string;
  city: string;
  country: string;
}

/** The codec of `wherry.bench.v1.Address`. */
export const Address: rt.MessageType<Address> = rt.messageType('wherry.bench.v1.Address', createAddress, writeAddress, readAddress);

function emptyAddress(): Address {
  return {
    street: '',
    city: '',
    country: '',
  };
}

function createAddress(init: rt.Init<Address> = {}): Address {
  const m = emptyAddress();
  if (init.street !== undefined) m.street = init.street;
  if (init.city !== undefined) m.city = init.city;
  if (init.country !== undefined) m.country = init.country;
  return m;
}

function writeAddress(m: rt.Init<Address>, w: rt.Writer): rt.Writer {
  if (m.street) w.uint32(10).string(m.street);
  if (m.city) w.uint32(18).string(m.city);
  if (m.country) w.uint32(26).string(m.country);
  return w;
}

function readAddress(r: rt.Reader, end: number, m = emptyAddress()): Address {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.street = r.string();
        break;
      case 18:
        m.city = r.string();
        break;
      case 26:
        m.country = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

export const OrdersService = {
  put: rt.method({
    path: '/wherry.bench.v1.Orders/Put',
    name: 'Put',
    request: Order,
    response: Order,
    requestStream: false,
    responseStream: false,
    file: protoFile,
  }),
};

/** Handlers of `wherry.bench.v1.Orders` as grpc-js's `addService` takes them, and Wherry's. */
export type OrdersServer = {
  put: rt.UnaryHandler<Order, Order>;
};

/** Handlers of `wherry.bench.v1.Orders` as async functions and generators: see {@link ordersHandlers}. */
export interface OrdersHandlers {
  put(request: Order, context: rt.CallContext): rt.Response<Order>;
}

/** Makes of async handlers those that `addService` takes beside {@link OrdersService}. */
export function ordersHandlers(handlers: OrdersHandlers, options?: rt.HandlerOptions): OrdersServer {
  return rt.asyncHandlers(OrdersService, handlers, options);
}

/** A client of `wherry.bench.v1.Orders` over any grpc-js channel, or a server's address. */
export class OrdersClient extends rt.ServiceClient {
  put(request: rt.Init<Order>, options?: rt.CallOptions): Promise<Order> {
    return rt.callUnary(this.channel, OrdersService.put, request, options);
  }
}
