import { createPrivateKey, X509Certificate } from 'node:crypto';
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type SecureServerOptions,
  type ServerOptions,
} from 'node:http2';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';

/** Makes an HTTP/2 server that does not listen yet. */
export type Http2ServerFactory = (
  options: ServerOptions & Pick<SecureServerOptions, 'handshakeTimeout'>,
) => Http2Server | Http2SecureServer;

/**
 * Makes HTTP/2 servers with the TLS of grpc-js's credentials, or without TLS. If the credentials get new certificates later, the
 * servers use the new ones.
 *
 * The methods of `ServerCredentials` whose names begin with an underscore are those that grpc-js's own server calls.
 *
 * @throws TypeError if `credentials` are not grpc-js's, or have interceptors; Error if TLS cannot use their certificates and keys.
 */
export function http2ServerFactory(credentials: ServerCredentials | undefined): Http2ServerFactory {
  if (credentials === undefined) return createServer;
  if (!(credentials instanceof ServerCredentials)) {
    throw new TypeError('credentials must be ServerCredentials of the same @grpc/grpc-js that the gateway uses');
  }
  if (credentials._getInterceptors().length > 0) {
    throw new TypeError('credentials has interceptors, which a gateway does not run; give it credentials without them');
  }
  const tls = credentials._getConstructorOptions();
  if (tls === null) return createServer;
  const context = credentials._getSecureContextOptions();
  if (context !== null) checkTls(context, tls.requestCert === true);
  return (options) => {
    const server = createSecureServer({ ...options, ...tls, ...context });
    followCertificates(server, credentials, context !== null);
    // Node leaves the errors of these sockets to the program. They need no other handling, because the session ends too.
    server.on('secureConnection', (socket) => socket.on('error', () => {}));
    return server;
  };
}

/** @param ready whether the credentials have certificates already. If not, clients are turned away until the credentials have some. */
function followCertificates(server: Http2SecureServer, credentials: ServerCredentials, ready: boolean): void {
  let usable = ready;
  const watcher = (context: SecureContextOptions | null): void => {
    usable = context !== null;
    if (context !== null) server.setSecureContext(context);
  };
  server.prependListener('connection', (socket) => {
    if (!usable) socket.destroy();
  });
  credentials._addWatcher(watcher);
  server.once('close', () => credentials._removeWatcher(watcher));
}

/** Says which of the files is wrong. OpenSSL does not say it, and finds some faults only when a client comes. */
function checkTls(context: SecureContextOptions, asksClients: boolean): void {
  const certificates = [context.cert ?? []].flat();
  const keys = [context.key ?? []].flat() as (string | Buffer)[];
  if (certificates.length === 0) throw new Error('credentials has no certificate, which TLS needs');
  for (const [at, chain] of certificates.entries()) {
    const certificate = tried('the certificate chain of credentials is not PEM', () => new X509Certificate(chain));
    const key = tried('the private key of credentials is not PEM', () => createPrivateKey(keys[at] ?? ''));
    if (certificate.checkPrivateKey(key)) continue;
    throw new Error(`the private key of credentials does not belong to its certificate (${certificate.subject})`);
  }
  // If the bytes are not certificates, Node reads them as an empty list of authorities, and then refuses every client.
  const roots = 'the root certificates of credentials are not PEM';
  if (asksClients) tried(roots, () => new X509Certificate(String(context.ca)));
  tried('TLS cannot use credentials', () => createSecureContext(context));
}

function tried<T>(failure: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw new Error(`${failure}: ${(error as Error).message}`, { cause: error });
  }
}
