import test from 'ava';
import { enumValueNames, lowerCamel, methodName, Names, pascal } from './names.js';

test("fields are in camel case, as in protobuf's JSON", (t) => {
  t.is(lowerCamel('foo_bar'), 'fooBar');
  t.is(lowerCamel('foo_bar_1'), 'fooBar1');
  t.is(lowerCamel('foo__bar'), 'fooBar');
  t.is(lowerCamel('FooBar'), 'FooBar');
  t.is(lowerCamel('case_'), 'case');
  t.is(lowerCamel('_1st'), '_1st');
});

test('types are in PascalCase and methods in camelCase', (t) => {
  t.is(pascal('foo_bar'), 'FooBar');
  t.is(pascal('HTTPRequest'), 'HTTPRequest');
  t.is(methodName('GetFeature'), 'getFeature');
  t.is(methodName('get_feature'), 'getFeature');
});

test('a name that is taken gets a dollar', (t) => {
  const names = Names.ofProperties();
  t.deepEqual(
    ['a', 'a', 'a', 'constructor'].map((name) => names.take(name)),
    ['a', 'a$', 'a$$', 'constructor$'],
  );
  t.is(Names.ofTypes().take('Promise'), 'Promise$');
  t.is(Names.ofMethods().take('then'), 'then$');
});

test("an enum's name is removed from its values if all have it and a name remains", (t) => {
  const names = (name: string, ...values: string[]): string[] => [...enumValueNames(name, values).values()];
  t.deepEqual(names('PhoneType', 'PHONE_TYPE_UNSPECIFIED', 'PHONE_TYPE_HOME'), ['UNSPECIFIED', 'HOME']);
  t.deepEqual(names('HTTPVerb', 'HTTP_VERB_GET'), ['GET']);
  t.deepEqual(names('Color', 'COLOR_NONE', 'RED'), ['COLOR_NONE', 'RED']);
  t.deepEqual(names('Version', 'VERSION_1'), ['VERSION_1']);
});
