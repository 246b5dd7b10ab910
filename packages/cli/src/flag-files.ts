import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';

/**
 * What is in a file that a flag names.
 *
 * @throws Error that names the flag, where the file cannot be read.
 */
export function readFlagFile(flag: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new Error(`${flag}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * The certificates in a file that a flag names. Node itself takes what are none for no authorities at all.
 *
 * @throws Error that names the flag, where the file cannot be read or holds none.
 */
export function readFlagCertificates(flag: string, file: string): Buffer {
  const pem = readFlagFile(flag, file);
  try {
    new X509Certificate(pem);
  } catch (error) {
    throw new Error(`${flag}: ${file} does not hold certificates (PEM)`, { cause: error });
  }
  return pem;
}
