import type { EchoClient } from '../../gen/echo.js';

/** A stub, and how many of its calls are under way. */
interface Stub {
  readonly client: EchoClient;
  underWay: number;
}

/** The stub that makes the new calls of a caller. A stub that was replaced is closed when its last call has ended. */
export class Stubs {
  #current: Stub;

  constructor(client: EchoClient) {
    this.#current = { client, underWay: 0 };
  }

  /** Gives the stub to a call, until the call has ended. */
  async use(call: (client: EchoClient) => Promise<void>): Promise<void> {
    const stub = this.#current;
    stub.underWay++;
    await call(stub.client);
    stub.underWay--;
    this.#closeIfLeft(stub);
  }

  replace(client: EchoClient): void {
    const old = this.#current;
    this.#current = { client, underWay: 0 };
    this.#closeIfLeft(old);
  }

  close(): void {
    this.#current.client.close();
  }

  #closeIfLeft(stub: Stub): void {
    if (stub !== this.#current && stub.underWay === 0) stub.client.close();
  }
}
