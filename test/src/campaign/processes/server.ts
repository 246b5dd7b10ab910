/** A plain gRPC server with the echo service, as a process of its own: the target of the egress. It knows nothing of Wherry. */
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { EchoService } from '../../gen/echo.js';
import { LedgerWriter } from '../ledger-files.js';
import { readConfig, type ServerConfig, stayWithMain, tell } from './messages.js';
import { recordedEcho } from './recorded-echo.js';

const { ledger, port } = readConfig<ServerConfig>();
const endWithMain = stayWithMain();
const server = new Server();
server.addService(EchoService, recordedEcho(new LedgerWriter(ledger)));
const address = `127.0.0.1:${port}`;
server.bindAsync(address, ServerCredentials.createInsecure(), (error) => {
  if (error !== null) throw error;
  tell({ what: 'ready', address });
});
process.once('SIGTERM', () => server.tryShutdown(endWithMain));
