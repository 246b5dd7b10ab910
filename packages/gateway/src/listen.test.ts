import { connect, createServer, Server } from 'node:net';
import test from 'ava';
import { listenAt, parseListenAddress, portOf } from './listen.js';

test('HOST:PORT is a name, an IPv4 address or an IPv6 address in brackets, and a port', (t) => {
  t.deepEqual(parseListenAddress('localhost:0'), { host: 'localhost', port: 0 });
  t.deepEqual(parseListenAddress('0.0.0.0:65535'), { host: '0.0.0.0', port: 65_535 });
  t.deepEqual(parseListenAddress('[::1]:50051'), { host: '[::1]', port: 50_051 });
  for (const listen of [
    '',
    '50051',
    'localhost',
    ':50051',
    'localhost:',
    'a:-1',
    'a:70000',
    '::1:50051',
    '[]:1',
    'http://a:1',
  ]) {
    t.throws(() => parseListenAddress(listen), {
      instanceOf: TypeError,
      message: /^listen is ".*"; it must be HOST:PORT/,
    });
  }
});

/** A server that cannot listen, as `code` says. */
class Unable extends Server {
  constructor(readonly code: string) {
    super();
  }

  override listen(): this {
    process.nextTick(() => this.emit('error', Object.assign(new Error('listen'), { code: this.code })));
    return this;
  }
}

test('an address that cannot be listened at is named, with the cause and a remedy', async (t) => {
  const expected: [code: string, message: RegExp][] = [
    [
      'EADDRINUSE',
      /the port is in use \(EADDRINUSE\); end the program that listens there, or give listen another port$/,
    ],
    [
      'EACCES',
      /not permitted to use the port \(EACCES\); give listen a port from 1024 on, or give the process that right$/,
    ],
    ['EADDRNOTAVAIL', /this machine has no such address \(EADDRNOTAVAIL\); give listen an address that it has/],
    ['EMFILE', /: listen$/],
  ];
  for (const [code, message] of expected) {
    const error = await t.throwsAsync(
      listenAt({ host: '127.0.0.1', port: 7 }, () => new Unable(code)),
      { message },
    );
    t.true(error?.message.startsWith('the gateway cannot listen on 127.0.0.1:7: '));
    t.like(error?.cause, { code });
  }
});

test('a host that does not resolve is named', async (t) => {
  await t.throwsAsync(listenAt({ host: 'no-such-host.invalid', port: 0 }, createServer), {
    message: /^the gateway cannot listen on no-such-host\.invalid:0: the host does not resolve \(\w+\); give listen/,
  });
});

test('every address of a host is listened at, at one port', async (t) => {
  const servers = await listenAt({ host: 'localhost', port: 0 }, createServer);
  t.teardown(() => {
    for (const server of servers) server.close();
  });
  const ports = new Set(servers.map(portOf));
  t.is(ports.size, 1);
  const [port = 0] = ports;
  t.true(port > 0);
  for (const server of servers) {
    const { address } = server.address() as { address: string };
    const socket = connect(port, address);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    socket.destroy();
  }
});
