import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { connect, type SecureContextOptions } from 'node:tls';
import { experimental, ServerCredentials } from '@grpc/grpc-js';
import test from 'ava';
import { serve, silent } from './grpc-server.test.helpers.js';
import { http2ServerFactory } from './server-credentials.js';

const file = (name: string): Buffer => readFileSync(new URL(`../../../test/certificates/${name}`, import.meta.url));
const pair = { cert_chain: file('localhost.crt'), private_key: file('localhost.key') };
const garbage = Buffer.from('no PEM');

test('wrong certificates and keys are told from each other', (t) => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const other = Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const wrong: [credentials: ServerCredentials, message: RegExp][] = [
    [ServerCredentials.createSsl(null, []), /^credentials has no certificate/],
    [
      ServerCredentials.createSsl(null, [{ ...pair, cert_chain: garbage }]),
      /^the certificate chain of credentials is not PEM: /,
    ],
    [
      ServerCredentials.createSsl(null, [{ ...pair, private_key: garbage }]),
      /^the private key of credentials is not PEM/,
    ],
    [
      ServerCredentials.createSsl(null, [{ ...pair, private_key: other }]),
      /private key .* does not belong to its certificate/,
    ],
    [ServerCredentials.createSsl(garbage, [pair], true), /^the root certificates of credentials are not PEM/],
  ];
  for (const [credentials, message] of wrong) t.throws(() => http2ServerFactory(credentials), { message });
  for (const right of [
    ServerCredentials.createSsl(null, [pair]),
    ServerCredentials.createSsl(null, [pair], true),
    ServerCredentials.createSsl(pair.cert_chain, [pair, pair], true),
    ServerCredentials.createInsecure(),
    undefined,
  ]) {
    t.notThrows(() => http2ServerFactory(right));
  }
});

test('credentials that a gateway cannot use are refused', (t) => {
  t.throws(() => http2ServerFactory({} as ServerCredentials), {
    instanceOf: TypeError,
    message: /^credentials must be/,
  });
  const intercepted = experimental.createServerCredentialsWithInterceptors(ServerCredentials.createInsecure(), [
    (_method, call) => call as never,
  ]);
  t.throws(() => http2ServerFactory(intercepted), { instanceOf: TypeError, message: /^credentials has interceptors/ });
});

/** Credentials whose certificates come later. */
class LateCredentials extends ServerCredentials {
  constructor() {
    super({});
  }

  give(context: SecureContextOptions): void {
    this.updateSecureContextOptions(context);
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }
}

test('certificates that come or change later are used from then on', async (t) => {
  const credentials = new LateCredentials();
  const { port } = await serve(t, silent, { credentials });
  const handshake = (): Promise<boolean> =>
    new Promise((resolve) => {
      const socket = connect({
        port,
        host: '127.0.0.1',
        ca: pair.cert_chain,
        servername: 'localhost',
        ALPNProtocols: ['h2'],
      });
      socket.once('secureConnect', () => resolve(true)).once('error', () => resolve(false));
      t.teardown(() => socket.destroy());
    });
  t.false(await handshake());
  credentials.give({ cert: pair.cert_chain, key: pair.private_key });
  t.true(await handshake());
});
