import type { ClientHttp2Stream, IncomingHttpHeaders } from 'node:http2';
import { constants } from 'node:http2';
import {
  Channel,
  type ChannelCredentials,
  type ChannelInterface,
  type ChannelOptions,
  type experimental,
  status as Status,
  type StatusObject,
} from '@grpc/grpc-js';
import { percentDecoded } from './exact-metadata.js';
import { separateValues } from './received-headers.js';

type CreateCall = ChannelInterface['createCall'];
type Subchannel = experimental.SubchannelInterface;
type RealSubchannel = ReturnType<Subchannel['getRealSubchannel']>;

/**
 * A grpc-js channel that delivers every message that came before the status, even if the status is an error, and keeps the values of
 * repeated headers separate. grpc-js's own channel drops the messages that were not read yet when an error comes.
 *
 * This channel shows grpc-js an OK instead of the error, because grpc-js holds an OK back until the messages are read. Then it restores the
 * error. It reaches the streams through private code of grpc-js: the code that picks a connection.
 *
 * @throws Error if this version of grpc-js does not have that private part.
 */
export class TargetChannel extends Channel {
  constructor(target: string, credentials: ChannelCredentials, options: ChannelOptions) {
    super(target, credentials, options);
    const { internalChannel } = this as unknown as { internalChannel?: { doPick?: DoPick } };
    const doPick = internalChannel?.doPick;
    if (internalChannel === undefined || doPick === undefined) {
      throw new Error(
        'an egress cannot use this version of @grpc/grpc-js: it needs 1.14 (Channel.internalChannel.doPick)',
      );
    }
    internalChannel.doPick = (...args) => mendPick(doPick.apply(internalChannel, args));
  }

  override createCall(...[method, deadline, ...rest]: Parameters<CreateCall>): ReturnType<CreateCall> {
    const call = super.createCall(method, Number(deadline) - Date.now() < MAX_TIMEOUT_MS ? deadline : never, ...rest);
    const start = call.start.bind(call);
    call.start = (metadata, listener) =>
      start(metadata, {
        onReceiveMetadata: (headers) => listener.onReceiveMetadata(headers),
        onReceiveMessage: (message) => listener.onReceiveMessage(message),
        onReceiveStatus: (status) => listener.onReceiveStatus(withOwnCode(status)),
      });
    return call;
  }
}

/**
 * The longest `grpc-timeout`: eight digits, in hours. For a longer timeout, grpc-js throws an error that becomes an unhandled rejection.
 */
const MAX_TIMEOUT_MS = 99_999_999 * 3_600_000;
const never = Number.POSITIVE_INFINITY;

type DoPick = (...args: unknown[]) => { readonly subchannel: Subchannel | null };

function mendPick<P extends { readonly subchannel: Subchannel | null }>(pick: P): P {
  if (pick.subchannel === null) return pick;
  const real = pick.subchannel.getRealSubchannel();
  const createCall = (...args: Parameters<RealSubchannel['createCall']>) => mendCall(real.createCall(...args));
  const mended = override(real, { createCall });
  return { ...pick, subchannel: override(pick.subchannel, { getRealSubchannel: () => mended }) };
}

/** The same object with some of its methods replaced. */
function override<T extends object>(object: T, methods: Partial<T>): T {
  return Object.assign(Object.create(object) as T, methods);
}

function mendCall<C>(call: C): C {
  const { http2Stream: stream } = call as { http2Stream?: ClientHttp2Stream };
  if (stream === undefined) {
    throw new Error('an egress cannot use this version of @grpc/grpc-js: it needs 1.14 (SubchannelCall.http2Stream)');
  }
  stream.prependListener('response', (headers, flags, ...[raw]: unknown[]) => {
    separateValues(headers, raw as string[]);
    if (flags & constants.NGHTTP2_FLAG_END_STREAM) hideCode(headers);
  });
  stream.prependListener('trailers', (headers, _flags, ...[raw]: unknown[]) => {
    separateValues(headers, raw as string[]);
    hideCode(headers);
  });
  return call;
}

const codeKey = 'wherry-status';

function hideCode(headers: IncomingHttpHeaders): void {
  const code = headers['grpc-status'];
  delete headers[codeKey];
  if (code === undefined) return;
  headers[codeKey] = code;
  headers['grpc-status'] = '0';
  // grpc-js decodes only the characters that encodeURI encodes. So the message is encoded again in that way.
  const message = headers['grpc-message'];
  if (typeof message === 'string') headers['grpc-message'] = encodeURI(percentDecoded(message));
}

function withOwnCode(status: StatusObject): StatusObject {
  const [text] = status.metadata.get(codeKey);
  status.metadata.remove(codeKey);
  // If grpc-js cannot decompress a reply, its status has neither a code nor details.
  const {
    code = Status.INTERNAL,
    details = 'a message of the reply could not be decompressed',
  }: Partial<StatusObject> = status;
  // Without the hidden code, or with another code than OK, the status is grpc-js's own, not the server's.
  if (text === undefined || code !== Status.OK) return { ...status, code, details };
  // gRPC says that an unknown code is UNKNOWN.
  const named = /^\d{1,2}$/.test(String(text)) && Number(text) in Status;
  return { ...status, code: named ? Number(text) : Status.UNKNOWN };
}
