/**
 * Adds one `name=value` of `-X` to the ones before it. The value may contain `=`.
 *
 * @throws RangeError that says which form is right.
 */
export function addLibrdkafkaOption(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const at = text.indexOf('=');
  const name = text.slice(0, at).trim();
  if (at < 1 || name === '') {
    throw new RangeError(`${JSON.stringify(text)} is not name=value, such as security.protocol=ssl`);
  }
  return { ...before, [name]: text.slice(at + 1) };
}
