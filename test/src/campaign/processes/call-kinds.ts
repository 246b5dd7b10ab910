import { randomBytes, randomInt } from 'node:crypto';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { EchoClient, Message } from '../../gen/echo.js';
import { message, readAll } from '../../support/echo.js';
import type { CallKind } from '../entries.js';

/** The metadata in which a call's id travels, so that a handler knows the call before its first message. */
export const idKey = 'campaign-call';

const DEADLINE_MS = 30_000;
const MAX_PAYLOAD_BYTES = 2000;
const MAX_NUMBER = 100_000;
const COLLECTED = 4;
const EXPANDED = 5;
const CHAT_ROUNDS = 3;

/** How a call ended. */
export interface EndOfCall {
  readonly code: number;
  readonly details: string;
  /** The part of the answer that was not what this call had to get. */
  readonly wrong: string | undefined;
}

/** Contents that only this call knows: another call's answer would show. */
interface Contents {
  readonly id: string;
  readonly payload: Buffer;
  readonly number: number;
  readonly metadata: Metadata;
  readonly deadline: number;
}

/** What came back: an error, or an answer, and what is wrong with it. */
interface Answer {
  readonly error: ServiceError | null;
  readonly wrong: string | undefined;
}

type Begin = (client: EchoClient, contents: Contents, answered: (answer: Answer) => void) => NodeJS.EventEmitter;

/** A call that was prepared and not made yet. */
export interface PreparedCall {
  readonly id: string;
  readonly deadline: number;
  /** Makes the call. Resolves at its first end; calls `onEnd` at each end. */
  make(client: EchoClient, onEnd: (end: EndOfCall) => void): Promise<void>;
}

export function prepareCall(kind: CallKind): PreparedCall {
  const id = randomBytes(8).toString('hex');
  const metadata = new Metadata();
  metadata.set(idKey, id);
  const contents: Contents = {
    id,
    payload: randomBytes(randomInt(MAX_PAYLOAD_BYTES)),
    number: randomInt(MAX_NUMBER),
    metadata,
    deadline: Date.now() + DEADLINE_MS,
  };
  return {
    id,
    deadline: contents.deadline,
    make: (client, onEnd) => settle((answered) => begin[kind](client, contents, answered), onEnd),
  };
}

const begin: Readonly<Record<CallKind, Begin>> = {
  unary: (client, { id, payload, number, metadata, deadline }, answered) =>
    client.unary(message({ text: id, payload, number }), metadata, { deadline }, (error, reply) => {
      const right = reply?.text === id && reply.number === number && payload.equals(reply.payload);
      answered({ error, wrong: error !== null || right ? undefined : `${reply?.text} ${reply?.number}` });
    }),

  collect: (client, { id, payload, number, metadata, deadline }, answered) => {
    const call = client.collect(metadata, { deadline }, (error, reply) => {
      const right = reply?.number === COLLECTED * number && reply.text === `${COLLECTED * payload.length} bytes`;
      answered({ error, wrong: error !== null || right ? undefined : `${reply?.text} ${reply?.number}` });
    });
    for (let part = 0; part < COLLECTED; part++) call.write(message({ text: id, number, payload }));
    call.end();
    return call;
  },

  expand: (client, { id, metadata, deadline }, answered) => {
    const call = client.expand(message({ text: id, number: EXPANDED }), metadata, { deadline });
    void readAll(call).then(({ messages, error }) => {
      answered({ error: error ?? null, wrong: wrongOrder(messages, id, error === undefined ? EXPANDED : undefined) });
    });
    return call;
  },

  chat: (client, { id, metadata, deadline }, answered) => {
    const call = client.chat(metadata, { deadline });
    void converse(call, id).then(({ messages, error }) => {
      answered({ error, wrong: wrongOrder(messages, id, error === null ? CHAT_ROUNDS : undefined) });
    });
    return call;
  },
};

async function converse(
  call: ReturnType<EchoClient['chat']>,
  text: string,
): Promise<{ messages: Message[]; error: ServiceError | null }> {
  const messages: Message[] = [];
  call.write(message({ text, number: 0 }));
  try {
    for await (const part of call as AsyncIterable<Message>) {
      messages.push(part);
      if (messages.length < CHAT_ROUNDS) call.write(message({ text, number: messages.length }));
      else call.end();
    }
    return { messages, error: null };
  } catch (error) {
    return { messages, error: error as ServiceError };
  }
}

/** Compares the messages of a stream with those that it must have: all of them if `wanted` is given, else any number from the first on. */
function wrongOrder(messages: readonly Message[], text: string, wanted: number | undefined): string | undefined {
  const right = messages.every((part, index) => part.text === text && part.number === index);
  if (right && (wanted === undefined || messages.length === wanted)) return undefined;
  return messages.map((part) => `${part.text} ${part.number}`).join(', ') || 'no message';
}

/**
 * Makes a call and watches all its ends. A call is over when its answer and its status are there, each of which comes once. Every further
 * answer or status is another end.
 */
function settle(
  make: (answered: (answer: Answer) => void) => NodeJS.EventEmitter,
  onEnd: (end: EndOfCall) => void,
): Promise<void> {
  return new Promise((resolve) => {
    let answers = 0;
    let statuses = 0;
    let ends = 0;
    let first: Answer = { error: null, wrong: undefined };
    const look = (): void => {
      if (answers === 0 || statuses === 0) return;
      for (; ends < Math.max(answers, statuses); ends++) {
        const { error, wrong } = first;
        onEnd({ code: error?.code ?? status.OK, details: error?.details ?? '', wrong });
      }
      resolve();
    };
    try {
      const call = make((answer) => {
        if (answers++ === 0) first = answer;
        look();
      });
      call.on('status', () => {
        statuses++;
        look();
      });
    } catch (error) {
      onEnd({ code: status.UNKNOWN, details: `the stub threw: ${error}`, wrong: undefined });
      resolve();
    }
  });
}
