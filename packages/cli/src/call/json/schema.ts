import { create, createFileRegistry, type FileRegistry, fromBinary } from '@bufbuild/protobuf';
import { protoCamelCase } from '@bufbuild/protobuf/reflect';
import {
  type DescriptorProto,
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';

/**
 * Reads types from descriptors: each is a serialized `FileDescriptorProto`, in any order.
 *
 * @throws Error if a descriptor is damaged, or imports a file that is not among them.
 */
export function schemaOf(files: readonly Uint8Array[]): FileRegistry {
  const decoded = files.map((bytes) => fromBinary(FileDescriptorProtoSchema, bytes));
  for (const file of decoded) for (const message of file.messageType) addJsonNames(message);
  return createFileRegistry(create(FileDescriptorSetSchema, { file: importsFirst(decoded) }));
}

/** Adds the JSON name of each field. protoc writes it, but other makers of descriptors need not. */
function addJsonNames({ field, nestedType }: DescriptorProto): void {
  for (const one of field) if (one.jsonName === '') one.jsonName = protoCamelCase(one.name);
  for (const nested of nestedType) addJsonNames(nested);
}

function importsFirst(files: readonly FileDescriptorProto[]): FileDescriptorProto[] {
  const byName = new Map(files.map((file) => [file.name, file]));
  const ordered = new Set<FileDescriptorProto>();
  const begun = new Set<FileDescriptorProto>();
  const add = (file: FileDescriptorProto | undefined): void => {
    if (file === undefined || begun.has(file)) return;
    begun.add(file);
    for (const name of file.dependency) add(byName.get(name));
    ordered.add(file);
  };
  for (const file of byName.values()) add(file);
  return [...ordered];
}
