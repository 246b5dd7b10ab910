import type { Imports } from './imports.js';
import type { MethodModel, ServiceModel } from './model.js';
import type { Names } from './names.js';
import { block, docComment, literal } from './print.js';

/** Prints a service: its definition, the types of its handlers in both styles, and its client. */
export function printService(service: ServiceModel, imports: Imports, names: Names): string[] {
  const printer = new ServicePrinter(service, imports, names);
  return [
    ...printer.definition(),
    '',
    ...printer.server(),
    '',
    ...printer.handlers(),
    '',
    ...printer.toServer(),
    '',
    ...printer.client(),
  ];
}

class ServicePrinter {
  readonly #service: string;
  readonly #server: string;
  readonly #handlers: string;
  readonly #toServer: string;
  readonly #client: string;

  constructor(
    private readonly service: ServiceModel,
    private readonly imports: Imports,
    names: Names,
  ) {
    const { name } = service;
    this.#service = names.take(`${name}Service`);
    this.#server = names.take(`${name}Server`);
    this.#handlers = names.take(`${name}Handlers`);
    this.#client = names.take(`${name}Client`);
    this.#toServer = names.take(`${name.charAt(0).toLowerCase()}${name.slice(1)}Handlers`);
  }

  definition(): string[] {
    const { comment, deprecated, fullName, methods } = this.service;
    const lines = methods.flatMap((method) => {
      const { options } = method;
      return block(
        `${method.name}: rt.method({`,
        [
          `path: ${literal(`/${fullName}/${method.protoName}`)},`,
          `name: ${literal(method.protoName)},`,
          `request: ${this.imports.codec(method.request)},`,
          `response: ${this.imports.codec(method.response)},`,
          `requestStream: ${method.requestStream},`,
          `responseStream: ${method.responseStream},`,
          'file: protoFile,',
          ...(Object.keys(options).length === 0 ? [] : [`options: ${objectLiteral(options)},`]),
        ],
        '}),',
      );
    });
    return [...docComment(comment, deprecated), ...block(`export const ${this.#service} = {`, lines, '};')];
  }

  /** The type of handlers in grpc-js's style. */
  server(): string[] {
    const lines = this.service.methods.flatMap((method) => [
      ...docComment(method.comment, method.deprecated),
      `${method.name}: rt.${kindOf(method)}Handler<${this.#types(method)}>;`,
    ]);
    return [
      `/** Handlers of \`${this.service.fullName}\` in grpc-js's style, for \`addService\` of grpc-js's server and of Wherry's worker. */`,
      ...block(`export type ${this.#server} = {`, lines, '};'),
    ];
  }

  handlers(): string[] {
    const lines = this.service.methods.flatMap((method) => {
      const { request, response } = this.#names(method);
      const input = method.requestStream ? `requests: AsyncIterable<${request}>` : `request: ${request}`;
      const output = method.responseStream ? `rt.Responses<${response}>` : `rt.Response<${response}>`;
      return [
        ...docComment(method.comment, method.deprecated),
        `${method.name}(${input}, context: rt.CallContext): ${output};`,
      ];
    });
    return [
      `/** Handlers of \`${this.service.fullName}\` as async functions and generators: see {@link ${this.#toServer}}. */`,
      ...block(`export interface ${this.#handlers} {`, lines),
    ];
  }

  toServer(): string[] {
    return [
      `/** Converts async handlers to handlers that \`addService\` takes together with {@link ${this.#service}}. */`,
      ...block(
        `export function ${this.#toServer}(handlers: ${this.#handlers}, options?: rt.HandlerOptions): ${this.#server} {`,
        [`return rt.asyncHandlers(${this.#service}, handlers, options);`],
      ),
    ];
  }

  client(): string[] {
    const methods = this.service.methods.flatMap((method, index) => {
      const { request, response } = this.#names(method);
      const input = method.requestStream ? `requests: rt.Requests<${request}>` : `request: rt.Init<${request}>`;
      const output = method.responseStream ? `rt.ResponseStream<${response}>` : `Promise<${response}>`;
      const kind = kindOf(method);
      const call = `rt.call${kind}(this.channel, ${this.#service}.${method.name}, ${method.requestStream ? 'requests' : 'request'}, options)`;
      return [
        ...(index === 0 ? [] : ['']),
        ...docComment(method.comment, method.deprecated),
        ...block(`${method.name}(${input}, options?: rt.CallOptions): ${output} {`, [`return ${call};`]),
      ];
    });
    return [
      `/** A client of \`${this.service.fullName}\`. It takes any grpc-js channel, or the address of a server. */`,
      ...block(`export class ${this.#client} extends rt.ServiceClient {`, methods),
    ];
  }

  #types(method: MethodModel): string {
    const { request, response } = this.#names(method);
    return `${request}, ${response}`;
  }

  #names({ request, response }: MethodModel): { request: string; response: string } {
    return { request: this.imports.type(request), response: this.imports.type(response) };
  }
}

function kindOf({ requestStream, responseStream }: MethodModel): string {
  if (requestStream) return responseStream ? 'Bidi' : 'ClientStream';
  return responseStream ? 'ServerStream' : 'Unary';
}

function objectLiteral(value: unknown): string {
  if (typeof value === 'string') return literal(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(objectLiteral).join(', ')}]`;
  const entries = Object.entries(value).map(([key, entry]) => `${literal(key)}: ${objectLiteral(entry)}`);
  return `{ ${entries.join(', ')} }`;
}
