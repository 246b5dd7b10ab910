// Made by `wherry gen` from payments/v1/payments.proto. Do not edit: change that, and make it again.
/* eslint-disable */
import * as rt from '@wherry/codegen/runtime';

/** `payments/v1/payments.proto`, described for reflection. */
export const protoFile: rt.ProtoFile = {
  name: 'payments/v1/payments.proto',
  descriptor: 'ChpwYXltZW50cy92MS9wYXltZW50cy5wcm90bxILcGF5bWVudHMudjEiPgoNQ2hhcmdlUmVxdWVzdBIZCghvcmRlcl9pZBgBIAEoCVIHb3JkZXJJZBISCgRjYXJkGAIgASgJUgRjYXJkIkMKB1JlY2VpcHQSGQoIb3JkZXJfaWQYASABKAlSB29yZGVySWQSHQoKcGFpZF9jZW50cxgCIAEoA1IJcGFpZENlbnRzMkYKCFBheW1lbnRzEjoKBkNoYXJnZRIaLnBheW1lbnRzLnYxLkNoYXJnZVJlcXVlc3QaFC5wYXltZW50cy52MS5SZWNlaXB0YgZwcm90bzM=',
  dependencies: [],
};

export interface ChargeRequest {
  orderId: string;
  card: string;
}

/** The codec of `payments.v1.ChargeRequest`. */
export const ChargeRequest: rt.MessageType<ChargeRequest> = rt.messageType('payments.v1.ChargeRequest', createChargeRequest, writeChargeRequest, readChargeRequest);

function emptyChargeRequest(): ChargeRequest {
  return {
    orderId: '',
    card: '',
  };
}

function createChargeRequest(init: rt.Init<ChargeRequest> = {}): ChargeRequest {
  const m = emptyChargeRequest();
  if (init.orderId !== undefined) m.orderId = init.orderId;
  if (init.card !== undefined) m.card = init.card;
  return m;
}

function writeChargeRequest(m: rt.Init<ChargeRequest>, w: rt.Writer): rt.Writer {
  if (m.orderId) w.uint32(10).string(m.orderId);
  if (m.card) w.uint32(18).string(m.card);
  return w;
}

function readChargeRequest(r: rt.Reader, end: number, m = emptyChargeRequest()): ChargeRequest {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.orderId = r.string();
        break;
      case 18:
        m.card = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

export interface Receipt {
  orderId: string;
  paidCents: bigint;
}

/** The codec of `payments.v1.Receipt`. */
export const Receipt: rt.MessageType<Receipt> = rt.messageType('payments.v1.Receipt', createReceipt, writeReceipt, readReceipt);

function emptyReceipt(): Receipt {
  return {
    orderId: '',
    paidCents: 0n,
  };
}

function createReceipt(init: rt.Init<Receipt> = {}): Receipt {
  const m = emptyReceipt();
  if (init.orderId !== undefined) m.orderId = init.orderId;
  if (init.paidCents !== undefined) m.paidCents = init.paidCents;
  return m;
}

function writeReceipt(m: rt.Init<Receipt>, w: rt.Writer): rt.Writer {
  if (m.orderId) w.uint32(10).string(m.orderId);
  if (m.paidCents) w.uint32(16).int64(m.paidCents);
  return w;
}

function readReceipt(r: rt.Reader, end: number, m = emptyReceipt()): Receipt {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.orderId = r.string();
        break;
      case 16:
        m.paidCents = r.int64();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** Takes payments. */
export const PaymentsService = {
  charge: rt.method({
    path: '/payments.v1.Payments/Charge',
    name: 'Charge',
    request: ChargeRequest,
    response: Receipt,
    requestStream: false,
    responseStream: false,
    file: protoFile,
  }),
};

/** Handlers of `payments.v1.Payments` as grpc-js's `addService` takes them, and Wherry's. */
export type PaymentsServer = {
  /** Charges a card with the price of an order, which it gets from Orders. FAILED_PRECONDITION if the bank refuses the card. */
  charge: rt.UnaryHandler<ChargeRequest, Receipt>;
};

/** Handlers of `payments.v1.Payments` as async functions and generators: see {@link paymentsHandlers}. */
export interface PaymentsHandlers {
  /** Charges a card with the price of an order, which it gets from Orders. FAILED_PRECONDITION if the bank refuses the card. */
  charge(request: ChargeRequest, context: rt.CallContext): rt.Response<Receipt>;
}

/** Makes of async handlers those that `addService` takes beside {@link PaymentsService}. */
export function paymentsHandlers(handlers: PaymentsHandlers, options?: rt.HandlerOptions): PaymentsServer {
  return rt.asyncHandlers(PaymentsService, handlers, options);
}

/** A client of `payments.v1.Payments` over any grpc-js channel, or a server's address. */
export class PaymentsClient extends rt.ServiceClient {
  /** Charges a card with the price of an order, which it gets from Orders. FAILED_PRECONDITION if the bank refuses the card. */
  charge(request: rt.Init<ChargeRequest>, options?: rt.CallOptions): Promise<Receipt> {
    return rt.callUnary(this.channel, PaymentsService.charge, request, options);
  }
}
