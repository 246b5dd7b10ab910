// Made by `wherry gen` from inventory/v1/inventory.proto. Do not edit: change that, and make it again.
/* eslint-disable */
import * as rt from '@wherry/codegen/runtime';

/** `inventory/v1/inventory.proto`, described for reflection. */
export const protoFile: rt.ProtoFile = {
  name: 'inventory/v1/inventory.proto',
  descriptor: 'ChxpbnZlbnRvcnkvdjEvaW52ZW50b3J5LnByb3RvEgxpbnZlbnRvcnkudjEiWwoOUmVzZXJ2ZVJlcXVlc3QSGQoIb3JkZXJfaWQYASABKAlSB29yZGVySWQSGAoHYXJ0aWNsZRgCIAEoCVIHYXJ0aWNsZRIUCgVjb3VudBgDIAEoDVIFY291bnQiKwoOUmVsZWFzZVJlcXVlc3QSGQoIb3JkZXJfaWQYASABKAlSB29yZGVySWQiXQoLUmVzZXJ2YXRpb24SGQoIb3JkZXJfaWQYASABKAlSB29yZGVySWQSHwoLcHJpY2VfY2VudHMYAiABKANSCnByaWNlQ2VudHMSEgoEbGVmdBgDIAEoDVIEbGVmdDKgAQoJSW52ZW50b3J5Ek8KB1Jlc2VydmUSHC5pbnZlbnRvcnkudjEuUmVzZXJ2ZVJlcXVlc3QaGS5pbnZlbnRvcnkudjEuUmVzZXJ2YXRpb24iC5qsHAdhcnRpY2xlEkIKB1JlbGVhc2USHC5pbnZlbnRvcnkudjEuUmVsZWFzZVJlcXVlc3QaGS5pbnZlbnRvcnkudjEuUmVzZXJ2YXRpb25iBnByb3RvMw==',
  dependencies: [],
};

export interface ReserveRequest {
  orderId: string;
  article: string;
  count: number;
}

/** The codec of `inventory.v1.ReserveRequest`. */
export const ReserveRequest: rt.MessageType<ReserveRequest> = rt.messageType('inventory.v1.ReserveRequest', createReserveRequest, writeReserveRequest, readReserveRequest);

function emptyReserveRequest(): ReserveRequest {
  return {
    orderId: '',
    article: '',
    count: 0,
  };
}

function createReserveRequest(init: rt.Init<ReserveRequest> = {}): ReserveRequest {
  const m = emptyReserveRequest();
  if (init.orderId !== undefined) m.orderId = init.orderId;
  if (init.article !== undefined) m.article = init.article;
  if (init.count !== undefined) m.count = init.count;
  return m;
}

function writeReserveRequest(m: rt.Init<ReserveRequest>, w: rt.Writer): rt.Writer {
  if (m.orderId) w.uint32(10).string(m.orderId);
  if (m.article) w.uint32(18).string(m.article);
  if (m.count) w.uint32(24).uint32(m.count);
  return w;
}

function readReserveRequest(r: rt.Reader, end: number, m = emptyReserveRequest()): ReserveRequest {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.orderId = r.string();
        break;
      case 18:
        m.article = r.string();
        break;
      case 24:
        m.count = r.uint32();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

export interface ReleaseRequest {
  orderId: string;
}

/** The codec of `inventory.v1.ReleaseRequest`. */
export const ReleaseRequest: rt.MessageType<ReleaseRequest> = rt.messageType('inventory.v1.ReleaseRequest', createReleaseRequest, writeReleaseRequest, readReleaseRequest);

function emptyReleaseRequest(): ReleaseRequest {
  return {
    orderId: '',
  };
}

function createReleaseRequest(init: rt.Init<ReleaseRequest> = {}): ReleaseRequest {
  const m = emptyReleaseRequest();
  if (init.orderId !== undefined) m.orderId = init.orderId;
  return m;
}

function writeReleaseRequest(m: rt.Init<ReleaseRequest>, w: rt.Writer): rt.Writer {
  if (m.orderId) w.uint32(10).string(m.orderId);
  return w;
}

function readReleaseRequest(r: rt.Reader, end: number, m = emptyReleaseRequest()): ReleaseRequest {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.orderId = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

export interface Reservation {
  orderId: string;
  /** The price of all the reserved articles. */
  priceCents: bigint;
  /** How many of the article are left in stock. */
  left: number;
}

/** The codec of `inventory.v1.Reservation`. */
export const Reservation: rt.MessageType<Reservation> = rt.messageType('inventory.v1.Reservation', createReservation, writeReservation, readReservation);

function emptyReservation(): Reservation {
  return {
    orderId: '',
    priceCents: 0n,
    left: 0,
  };
}

function createReservation(init: rt.Init<Reservation> = {}): Reservation {
  const m = emptyReservation();
  if (init.orderId !== undefined) m.orderId = init.orderId;
  if (init.priceCents !== undefined) m.priceCents = init.priceCents;
  if (init.left !== undefined) m.left = init.left;
  return m;
}

function writeReservation(m: rt.Init<Reservation>, w: rt.Writer): rt.Writer {
  if (m.orderId) w.uint32(10).string(m.orderId);
  if (m.priceCents) w.uint32(16).int64(m.priceCents);
  if (m.left) w.uint32(24).uint32(m.left);
  return w;
}

function readReservation(r: rt.Reader, end: number, m = emptyReservation()): Reservation {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.orderId = r.string();
        break;
      case 16:
        m.priceCents = r.int64();
        break;
      case 24:
        m.left = r.uint32();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** Keeps the stock. */
export const InventoryService = {
  reserve: rt.method({
    path: '/inventory.v1.Inventory/Reserve',
    name: 'Reserve',
    request: ReserveRequest,
    response: Reservation,
    requestStream: false,
    responseStream: false,
    file: protoFile,
    options: { '(wherry.v1.ordering_key)': 'article' },
  }),
  release: rt.method({
    path: '/inventory.v1.Inventory/Release',
    name: 'Release',
    request: ReleaseRequest,
    response: Reservation,
    requestStream: false,
    responseStream: false,
    file: protoFile,
  }),
};

/** Handlers of `inventory.v1.Inventory` as grpc-js's `addService` takes them, and Wherry's. */
export type InventoryServer = {
  /** Reserves articles for an order. FAILED_PRECONDITION if too few are left. Reservations of one article start in the order of their calls. */
  reserve: rt.UnaryHandler<ReserveRequest, Reservation>;
  /** Returns the reserved articles to stock. Harmless when repeated. */
  release: rt.UnaryHandler<ReleaseRequest, Reservation>;
};

/** Handlers of `inventory.v1.Inventory` as async functions and generators: see {@link inventoryHandlers}. */
export interface InventoryHandlers {
  /** Reserves articles for an order. FAILED_PRECONDITION if too few are left. Reservations of one article start in the order of their calls. */
  reserve(request: ReserveRequest, context: rt.CallContext): rt.Response<Reservation>;
  /** Returns the reserved articles to stock. Harmless when repeated. */
  release(request: ReleaseRequest, context: rt.CallContext): rt.Response<Reservation>;
}

/** Makes of async handlers those that `addService` takes beside {@link InventoryService}. */
export function inventoryHandlers(handlers: InventoryHandlers, options?: rt.HandlerOptions): InventoryServer {
  return rt.asyncHandlers(InventoryService, handlers, options);
}

/** A client of `inventory.v1.Inventory` over any grpc-js channel, or a server's address. */
export class InventoryClient extends rt.ServiceClient {
  /** Reserves articles for an order. FAILED_PRECONDITION if too few are left. Reservations of one article start in the order of their calls. */
  reserve(request: rt.Init<ReserveRequest>, options?: rt.CallOptions): Promise<Reservation> {
    return rt.callUnary(this.channel, InventoryService.reserve, request, options);
  }

  /** Returns the reserved articles to stock. Harmless when repeated. */
  release(request: rt.Init<ReleaseRequest>, options?: rt.CallOptions): Promise<Reservation> {
    return rt.callUnary(this.channel, InventoryService.release, request, options);
  }
}
