/**
 * The program that the conformance runner starts for each server that it wants. The server runs in the test, which has a broker. This
 * program carries the runner's request to the test, and the answer back. SIGTERM ends it, and its server with it.
 */
import { connect } from 'node:net';

const [port] = process.argv.slice(2);
const socket = connect(Number(port), '127.0.0.1');
process.stdin.pipe(socket, { end: false });
socket.pipe(process.stdout);
process.once('SIGTERM', () => socket.end());
