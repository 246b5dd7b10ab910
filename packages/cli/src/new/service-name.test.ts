import test from 'ava';
import { parseServiceName } from './service-name.js';

test('a service has a name for each place', (t) => {
  t.deepEqual(parseServiceName('inventory.v1.Inventory'), {
    package: 'inventory.v1',
    service: 'Inventory',
    camel: 'inventory',
    kebab: 'inventory',
    path: 'inventory/v1/inventory',
  });
  t.like(parseServiceName('acme.stock_v2.v1beta1.StockKeeper'), {
    package: 'acme.stock_v2.v1beta1',
    camel: 'stockKeeper',
    kebab: 'stock-keeper',
    path: 'acme/stock_v2/v1beta1/stock_keeper',
  });
  t.like(parseServiceName('a.HTTPCache2'), { camel: 'hTTPCache2', kebab: 'http-cache2', path: 'a/http_cache2' });
});

for (const [text, message] of [
  ['Inventory', /^"Inventory" is not package\.Service, such as inventory\.v1\.Inventory$/],
  ['', /is not package\.Service/],
  ['inventory.v1.', /is not package\.Service/],
  ['inventory..Inventory', /is not package\.Service/],
  ['inventory.v1.inventory', /has the service "inventory"; it must be .* a capital first/],
  ['inventory.v1.In-ventory', /has the service "In-ventory"/],
  ['Inventory.V1.Inventory', /has "Inventory" in its package; each part must be small letters/],
  ['inventory/v1.Inventory', /has "inventory\/v1" in its package/],
  ['../x.Inventory', /is not package\.Service/],
  ['stream.v1.Inventory', /has "stream" in its package; that is a word of the \.proto language/],
  ['google.inventory.Inventory', /is in the package google, which is not yours/],
  ['wherry.Inventory', /is in the package wherry/],
  ['inventory.v1.GreetRequest', /is the name of a message in the new service/],
] as const) {
  test(`${JSON.stringify(text)} is none`, (t) => {
    t.throws(() => parseServiceName(text), { instanceOf: RangeError, message });
  });
}
