import { X509Certificate } from 'node:crypto';
import {
  createSecureServer,
  createServer,
  type Http2SecureServer,
  type Http2Server,
  type ServerOptions,
} from 'node:http2';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';

/** Makes an HTTP/2 server that does not listen yet. */
export type Http2ServerFactory = (options: ServerOptions) => Http2Server | Http2SecureServer;

/**
 * Makes HTTP/2 servers that have the TLS of grpc-js's credentials, or none. Certificates that the credentials replace later are
 * used from then on.
 *
 * The methods of `ServerCredentials` that begin with an underscore are those that grpc-js's own server reads it by.
 *
 * @throws TypeError if these are no such credentials, or have interceptors; Error if TLS cannot use their certificates and keys.
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
    // Node leaves the errors of these sockets to the server's user. The end of the session says all that matters here.
    server.on('secureConnection', (socket) => socket.on('error', () => {}));
    return server;
  };
}

/** @param ready whether the credentials have certificates already: if not, clients are turned away until they do. */
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

function checkTls({ cert, key, ca }: SecureContextOptions, asksClients: boolean): void {
  if (Array.isArray(cert) && cert.length === 0) throw new Error('credentials has no certificate, which TLS needs');
  check('the certificate chain of credentials is not PEM', () => createSecureContext({ cert }));
  check('the private key of credentials is not PEM without a passphrase', () => createSecureContext({ key }));
  check('the private key of credentials does not belong to its certificate', () => createSecureContext({ cert, key }));
  if (!asksClients) return;
  // Node takes bytes that are no certificates for no authorities at all, and then refuses every client.
  check('the root certificates of credentials are not PEM', () => new X509Certificate(String(ca)));
}

function check(failure: string, use: () => unknown): void {
  try {
    use();
  } catch (error) {
    throw new Error(`${failure}: ${(error as Error).message}`, { cause: error });
  }
}
