import { randomBytes } from 'node:crypto';
import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import type { EchoClient, Message } from '../gen/echo.js';
import { message, readAll } from './echo.js';

export type Kind = 'unary' | 'collect' | 'expand' | 'chat';

/** How one call went. */
export interface Outcome {
  readonly kind: Kind;
  readonly code: status;
  readonly details: string;
  /** What was wrong with the answer, where there was one. */
  readonly wrong: string | undefined;
  /** How often the call said that it was over. */
  readonly ends: number;
}

const kinds: readonly Kind[] = ['unary', 'collect', 'unary', 'expand', 'unary', 'chat'];

/** Makes calls of all kinds, `inFlight` at a time, until `wanted` have been made and `more()` says no. */
export async function makeMixedCalls(
  client: EchoClient,
  { wanted, inFlight, more = () => false }: { wanted: number; inFlight: number; more?: () => boolean },
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  let begun = 0;
  const caller = async (): Promise<void> => {
    while (begun < wanted || more()) outcomes.push(await makeCall(client, begun++));
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  return outcomes;
}

function makeCall(client: EchoClient, number: number): Promise<Outcome> {
  // Known to this call alone: an answer that was another's would show.
  const text = randomBytes(8).toString('hex');
  const deadline = { deadline: Date.now() + 30_000 };
  switch (kinds[number % kinds.length]) {
    case 'collect':
      return collect(client, text, deadline);
    case 'expand':
      return expand(client, text, deadline);
    case 'chat':
      return chat(client, text, deadline);
    default:
      return unary(client, text, deadline);
  }
}

type Options = { deadline: number };

function unary(client: EchoClient, text: string, options: Options): Promise<Outcome> {
  return settle('unary', (done) => {
    const request = message({ text, number: text.length, payload: Buffer.from(text) });
    return client.unary(request, new Metadata(), options, (error, reply) =>
      done(error, reply?.text === text, reply?.text),
    );
  });
}

function collect(client: EchoClient, text: string, options: Options): Promise<Outcome> {
  return settle('collect', (done) => {
    const call = client.collect(new Metadata(), options, (error, reply) =>
      done(error, reply?.number === 10, String(reply?.number)),
    );
    for (const number of [1, 2, 3, 4]) call.write(message({ text, number }));
    call.end();
    return call;
  });
}

function expand(client: EchoClient, text: string, options: Options): Promise<Outcome> {
  return settle('expand', (done) => {
    const call = client.expand(message({ text, number: 5 }), options);
    void readAll(call).then(({ messages, error }) => {
      const got = messages.map((part) => `${part.text}${part.number}`).join();
      done(error ?? null, got === [0, 1, 2, 3, 4].map((number) => `${text}${number}`).join(), got);
    });
    return call;
  });
}

function chat(client: EchoClient, text: string, options: Options): Promise<Outcome> {
  return settle('chat', (done) => {
    const call = client.chat(options);
    void converse(call, text).then(({ error, got }) => done(error, got === 'text0,text1,text2', got));
    return call;
  });

  async function converse(call: ReturnType<EchoClient['chat']>, own: string) {
    const got: string[] = [];
    call.write(message({ text: own, number: 0 }));
    try {
      for await (const part of call as AsyncIterable<Message>) {
        got.push(part.text === own ? `text${part.number}` : part.text);
        if (part.number < 2) call.write(message({ text: own, number: part.number + 1 }));
        else call.end();
      }
      return { error: null, got: got.join() };
    } catch (error) {
      return { error: error as ServiceError, got: got.join() };
    }
  }
}

/** Waits for the answer and for the status, which every call has exactly one of. */
async function settle(
  kind: Kind,
  begin: (done: (error: ServiceError | null, right: boolean, got: string | undefined) => void) => NodeJS.EventEmitter,
): Promise<Outcome> {
  let ends = 0;
  let over: Promise<void> | undefined;
  const answer = await new Promise<{ error: ServiceError | null; right: boolean; got: string | undefined }>(
    (resolve) => {
      const call = begin((error, right, got) => resolve({ error, right, got }));
      over = new Promise((ended) => {
        call.on('status', () => {
          ends++;
          ended();
        });
      });
    },
  );
  await over;
  const { error, right, got } = answer;
  return {
    kind,
    code: error?.code ?? status.OK,
    details: error?.details ?? '',
    wrong: error === null && !right ? `${got}` : undefined,
    ends,
  };
}
