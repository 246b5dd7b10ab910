/** The names of a service in a new project. */
export interface ServiceName {
  /** `inventory.v1`. */
  readonly package: string;
  /** `StockKeeper`. */
  readonly service: string;
  /** `stockKeeper`. */
  readonly camel: string;
  /** `stock-keeper`: the name of its npm package. */
  readonly kebab: string;
  /** `inventory/v1/stock_keeper`: the path of its .proto file, without the ending. */
  readonly path: string;
}

/** The names of the messages of a new service, which are in the same package. */
const takenServices = new Set(['GreetRequest', 'GreetResponse', 'CountRequest', 'CountResponse']);

/** Packages that belong to somebody else. */
const takenPackages = new Set(['google', 'grpc', 'wherry']);

/** Words of the .proto language that cannot or should not be part of the name of a package. */
const keywords = new Set(
  (
    'bool bytes double enum extend fixed32 fixed64 float group import int32 int64 map message oneof option optional package ' +
    'public repeated required reserved returns rpc service sfixed32 sfixed64 sint32 sint64 stream string syntax uint32 uint64'
  ).split(' '),
);

/**
 * @param text `package.Service`.
 * @throws RangeError that says which form is right.
 */
export function parseServiceName(text: string): ServiceName {
  const refuse = (problem: string): never => {
    throw new RangeError(`${JSON.stringify(text)} ${problem}`);
  };
  const parts = text.split('.');
  const service = parts.pop() ?? '';
  if (parts.length === 0 || parts.includes('') || service === '') {
    refuse('is not package.Service, such as inventory.v1.Inventory');
  }
  const bad = parts.find((part) => !/^[a-z][a-z0-9_]*$/.test(part));
  if (bad !== undefined) {
    refuse(
      `has ${JSON.stringify(bad)} in its package; each part must be small letters, digits and _, with a letter first, such as inventory.v1`,
    );
  }
  if (!/^[A-Z][A-Za-z0-9]*$/.test(service)) {
    refuse(
      `has the service ${JSON.stringify(service)}; it must be letters and digits, with a capital first, such as Inventory`,
    );
  }
  const keyword = parts.find((part) => keywords.has(part));
  if (keyword !== undefined) refuse(`has "${keyword}" in its package; that is a word of the .proto language`);
  const [first = ''] = parts;
  if (takenPackages.has(first)) refuse(`is in the package ${first}, which is not yours to add to`);
  if (takenServices.has(service)) refuse(`is the name of a message in the new service; choose another`);
  const words = service
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase();
  return {
    package: parts.join('.'),
    service,
    camel: service.charAt(0).toLowerCase() + service.slice(1),
    kebab: words.replaceAll(' ', '-'),
    path: `${parts.join('/')}/${words.replaceAll(' ', '_')}`,
  };
}
