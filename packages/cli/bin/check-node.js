/**
 * Says in one line why this version of Node cannot run the command; undefined if it can. The versions are those of `engines` in
 * package.json. This file must be readable to every Node that has ES modules.
 *
 * @param {string} version such as `v20.15.0`
 * @returns {string | undefined}
 */
export function checkNode(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 15)) return `wherry needs Node 20.15 or newer; this is ${version}`;
  if (major === 21 || (major === 22 && minor < 2))
    return `wherry needs Node 20.15, or 22.2 or newer; this is ${version}`;
  return undefined;
}
