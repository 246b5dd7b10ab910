// Made by `wherry gen` from wherry/codegen/v1/everything.proto. Do not edit: change that, and make it again.
/* eslint-disable */
import * as rt from '@wherry/codegen/runtime';
import { Any, protoFile as anyFile } from '../../../google/protobuf/any.js';
import { Duration, protoFile as durationFile } from '../../../google/protobuf/duration.js';
import { Empty, protoFile as emptyFile } from '../../../google/protobuf/empty.js';
import { FieldMask, protoFile as fieldMaskFile } from '../../../google/protobuf/field_mask.js';
import { type NullValue, Struct, Value, protoFile as structFile } from '../../../google/protobuf/struct.js';
import { Timestamp, protoFile as timestampFile } from '../../../google/protobuf/timestamp.js';
import { BoolValue, BytesValue, DoubleValue, Int64Value, StringValue, UInt64Value, protoFile as wrappersFile } from '../../../google/protobuf/wrappers.js';
import { Person, type Size, protoFile as sharedFile } from './shared.js';

/** `wherry/codegen/v1/everything.proto`, described for reflection. */
export const protoFile: rt.ProtoFile = {
  name: 'wherry/codegen/v1/everything.proto',
  descriptor: 'CiJ3aGVycnkvY29kZWdlbi92MS9ldmVyeXRoaW5nLnByb3RvEhF3aGVycnkuY29kZWdlbi52MRoZZ29vZ2xlL3Byb3RvYnVmL2FueS5wcm90bxoeZ29vZ2xlL3Byb3RvYnVmL2R1cmF0aW9uLnByb3RvGhtnb29nbGUvcHJvdG9idWYvZW1wdHkucHJvdG8aIGdvb2dsZS9wcm90b2J1Zi9maWVsZF9tYXNrLnByb3RvGhxnb29nbGUvcHJvdG9idWYvc3RydWN0LnByb3RvGh9nb29nbGUvcHJvdG9idWYvdGltZXN0YW1wLnByb3RvGh5nb29nbGUvcHJvdG9idWYvd3JhcHBlcnMucHJvdG8aHndoZXJyeS9jb2RlZ2VuL3YxL3NoYXJlZC5wcm90byLVAwoHU2NhbGFycxIZCghhX2RvdWJsZRgBIAEoAVIHYURvdWJsZRIXCgdhX2Zsb2F0GAIgASgCUgZhRmxvYXQSGQoIYW5faW50MzIYAyABKAVSB2FuSW50MzISGQoIYW5faW50NjQYBCABKANSB2FuSW50NjQSGQoIYV91aW50MzIYBSABKA1SB2FVaW50MzISGQoIYV91aW50NjQYBiABKARSB2FVaW50NjQSGQoIYV9zaW50MzIYByABKBFSB2FTaW50MzISGQoIYV9zaW50NjQYCCABKBJSB2FTaW50NjQSGwoJYV9maXhlZDMyGAkgASgHUghhRml4ZWQzMhIbCglhX2ZpeGVkNjQYCiABKAZSCGFGaXhlZDY0Eh0KCmFfc2ZpeGVkMzIYCyABKA9SCWFTZml4ZWQzMhIdCgphX3NmaXhlZDY0GAwgASgQUglhU2ZpeGVkNjQSFQoGYV9ib29sGA0gASgIUgVhQm9vbBIZCghhX3N0cmluZxgOIAEoCVIHYVN0cmluZxIdCgpzb21lX2J5dGVzGA8gASgMUglzb21lQnl0ZXMSKwoEc2l6ZRgQIAEoDjIXLndoZXJyeS5jb2RlZ2VuLnYxLlNpemVSBHNpemUivwYKCU9wdGlvbmFscxIeCghhX2RvdWJsZRgBIAEoAUgAUgdhRG91YmxliAEBEhwKB2FfZmxvYXQYAiABKAJIAVIGYUZsb2F0iAEBEh4KCGFuX2ludDMyGAMgASgFSAJSB2FuSW50MzKIAQESHgoIYW5faW50NjQYBCABKANIA1IHYW5JbnQ2NIgBARIeCghhX3VpbnQzMhgFIAEoDUgEUgdhVWludDMyiAEBEh4KCGFfdWludDY0GAYgASgESAVSB2FVaW50NjSIAQESHgoIYV9zaW50MzIYByABKBFIBlIHYVNpbnQzMogBARIeCghhX3NpbnQ2NBgIIAEoEkgHUgdhU2ludDY0iAEBEiAKCWFfZml4ZWQzMhgJIAEoB0gIUghhRml4ZWQzMogBARIgCglhX2ZpeGVkNjQYCiABKAZICVIIYUZpeGVkNjSIAQESIgoKYV9zZml4ZWQzMhgLIAEoD0gKUglhU2ZpeGVkMzKIAQESIgoKYV9zZml4ZWQ2NBgMIAEoEEgLUglhU2ZpeGVkNjSIAQESGgoGYV9ib29sGA0gASgISAxSBWFCb29siAEBEh4KCGFfc3RyaW5nGA4gASgJSA1SB2FTdHJpbmeIAQESIgoKc29tZV9ieXRlcxgPIAEoDEgOUglzb21lQnl0ZXOIAQESMAoEc2l6ZRgQIAEoDjIXLndoZXJyeS5jb2RlZ2VuLnYxLlNpemVID1IEc2l6ZYgBARI5CgdzY2FsYXJzGBEgASgLMhoud2hlcnJ5LmNvZGVnZW4udjEuU2NhbGFyc0gQUgdzY2FsYXJziAEBQgsKCV9hX2RvdWJsZUIKCghfYV9mbG9hdEILCglfYW5faW50MzJCCwoJX2FuX2ludDY0QgsKCV9hX3VpbnQzMkILCglfYV91aW50NjRCCwoJX2Ffc2ludDMyQgsKCV9hX3NpbnQ2NEIMCgpfYV9maXhlZDMyQgwKCl9hX2ZpeGVkNjRCDQoLX2Ffc2ZpeGVkMzJCDQoLX2Ffc2ZpeGVkNjRCCQoHX2FfYm9vbEILCglfYV9zdHJpbmdCDQoLX3NvbWVfYnl0ZXNCBwoFX3NpemVCCgoIX3NjYWxhcnMirAQKBUxpc3RzEhkKCGFfZG91YmxlGAEgAygBUgdhRG91YmxlEhcKB2FfZmxvYXQYAiADKAJSBmFGbG9hdBIZCghhbl9pbnQzMhgDIAMoBVIHYW5JbnQzMhIZCghhbl9pbnQ2NBgEIAMoA1IHYW5JbnQ2NBIZCghhX3VpbnQzMhgFIAMoDVIHYVVpbnQzMhIZCghhX3VpbnQ2NBgGIAMoBFIHYVVpbnQ2NBIZCghhX3NpbnQzMhgHIAMoEVIHYVNpbnQzMhIZCghhX3NpbnQ2NBgIIAMoElIHYVNpbnQ2NBIbCglhX2ZpeGVkMzIYCSADKAdSCGFGaXhlZDMyEhsKCWFfZml4ZWQ2NBgKIAMoBlIIYUZpeGVkNjQSHQoKYV9zZml4ZWQzMhgLIAMoD1IJYVNmaXhlZDMyEh0KCmFfc2ZpeGVkNjQYDCADKBBSCWFTZml4ZWQ2NBIVCgZhX2Jvb2wYDSADKAhSBWFCb29sEhkKCGFfc3RyaW5nGA4gAygJUgdhU3RyaW5nEh0KCnNvbWVfYnl0ZXMYDyADKAxSCXNvbWVCeXRlcxIrCgRzaXplGBAgAygOMhcud2hlcnJ5LmNvZGVnZW4udjEuU2l6ZVIEc2l6ZRI0CgdzY2FsYXJzGBEgAygLMhoud2hlcnJ5LmNvZGVnZW4udjEuU2NhbGFyc1IHc2NhbGFycxIhCgpub3RfcGFja2VkGBIgAygFQgIQAFIJbm90UGFja2VkIuoMCgRNYXBzEkIKCWJ5X3N0cmluZxgBIAMoCzIlLndoZXJyeS5jb2RlZ2VuLnYxLk1hcHMuQnlTdHJpbmdFbnRyeVIIYnlTdHJpbmcSPwoIYnlfaW50MzIYAiADKAsyJC53aGVycnkuY29kZWdlbi52MS5NYXBzLkJ5SW50MzJFbnRyeVIHYnlJbnQzMhI/CghieV9pbnQ2NBgDIAMoCzIkLndoZXJyeS5jb2RlZ2VuLnYxLk1hcHMuQnlJbnQ2NEVudHJ5UgdieUludDY0EkIKCWJ5X3VpbnQzMhgEIAMoCzIlLndoZXJyeS5jb2RlZ2VuLnYxLk1hcHMuQnlVaW50MzJFbnRyeVIIYnlVaW50MzISQgoJYnlfdWludDY0GAUgAygLMiUud2hlcnJ5LmNvZGVnZW4udjEuTWFwcy5CeVVpbnQ2NEVudHJ5UghieVVpbnQ2NBJCCglieV9zaW50MzIYBiADKAsyJS53aGVycnkuY29kZWdlbi52MS5NYXBzLkJ5U2ludDMyRW50cnlSCGJ5U2ludDMyEkIKCWJ5X3NpbnQ2NBgHIAMoCzIlLndoZXJyeS5jb2RlZ2VuLnYxLk1hcHMuQnlTaW50NjRFbnRyeVIIYnlTaW50NjQSRQoKYnlfZml4ZWQzMhgIIAMoCzImLndoZXJyeS5jb2RlZ2VuLnYxLk1hcHMuQnlGaXhlZDMyRW50cnlSCWJ5Rml4ZWQzMhJFCgpieV9maXhlZDY0GAkgAygLMiYud2hlcnJ5LmNvZGVnZW4udjEuTWFwcy5CeUZpeGVkNjRFbnRyeVIJYnlGaXhlZDY0EkgKC2J5X3NmaXhlZDMyGAogAygLMicud2hlcnJ5LmNvZGVnZW4udjEuTWFwcy5CeVNmaXhlZDMyRW50cnlSCmJ5U2ZpeGVkMzISSAoLYnlfc2ZpeGVkNjQYCyADKAsyJy53aGVycnkuY29kZWdlbi52MS5NYXBzLkJ5U2ZpeGVkNjRFbnRyeVIKYnlTZml4ZWQ2NBI8CgdieV9ib29sGAwgAygLMiMud2hlcnJ5LmNvZGVnZW4udjEuTWFwcy5CeUJvb2xFbnRyeVIGYnlCb29sGjsKDUJ5U3RyaW5nRW50cnkSEAoDa2V5GAEgASgJUgNrZXkSFAoFdmFsdWUYAiABKAlSBXZhbHVlOgI4ARo6CgxCeUludDMyRW50cnkSEAoDa2V5GAEgASgFUgNrZXkSFAoFdmFsdWUYAiABKAVSBXZhbHVlOgI4ARo6CgxCeUludDY0RW50cnkSEAoDa2V5GAEgASgDUgNrZXkSFAoFdmFsdWUYAiABKANSBXZhbHVlOgI4ARo7Cg1CeVVpbnQzMkVudHJ5EhAKA2tleRgBIAEoDVIDa2V5EhQKBXZhbHVlGAIgASgBUgV2YWx1ZToCOAEaOwoNQnlVaW50NjRFbnRyeRIQCgNrZXkYASABKARSA2tleRIUCgV2YWx1ZRgCIAEoBFIFdmFsdWU6AjgBGjsKDUJ5U2ludDMyRW50cnkSEAoDa2V5GAEgASgRUgNrZXkSFAoFdmFsdWUYAiABKAJSBXZhbHVlOgI4ARo7Cg1CeVNpbnQ2NEVudHJ5EhAKA2tleRgBIAEoElIDa2V5EhQKBXZhbHVlGAIgASgIUgV2YWx1ZToCOAEaPAoOQnlGaXhlZDMyRW50cnkSEAoDa2V5GAEgASgHUgNrZXkSFAoFdmFsdWUYAiABKAxSBXZhbHVlOgI4ARpVCg5CeUZpeGVkNjRFbnRyeRIQCgNrZXkYASABKAZSA2tleRItCgV2YWx1ZRgCIAEoDjIXLndoZXJyeS5jb2RlZ2VuLnYxLlNpemVSBXZhbHVlOgI4ARpZCg9CeVNmaXhlZDMyRW50cnkSEAoDa2V5GAEgASgPUgNrZXkSMAoFdmFsdWUYAiABKAsyGi53aGVycnkuY29kZWdlbi52MS5TY2FsYXJzUgV2YWx1ZToCOAEaWAoPQnlTZml4ZWQ2NEVudHJ5EhAKA2tleRgBIAEoEFIDa2V5Ei8KBXZhbHVlGAIgASgLMhkuZ29vZ2xlLnByb3RvYnVmLkR1cmF0aW9uUgV2YWx1ZToCOAEaOQoLQnlCb29sRW50cnkSEAoDa2V5GAEgASgIUgNrZXkSFAoFdmFsdWUYAiABKAlSBXZhbHVlOgI4ASKkAwoHQ2hvaWNlcxIUCgR0ZXh0GAEgASgJSABSBHRleHQSGAoGbnVtYmVyGAIgASgDSABSBm51bWJlchISCgNyYXcYAyABKAxIAFIDcmF3Ei0KBHNpemUYBCABKA4yFy53aGVycnkuY29kZWdlbi52MS5TaXplSABSBHNpemUSFAoEZmxhZxgFIAEoCEgAUgRmbGFnEhQKBHJlYWwYBiABKAFIAFIEcmVhbBIzCgZwZXJzb24YByABKAsyGS53aGVycnkuY29kZWdlbi52MS5QZXJzb25IAFIGcGVyc29uEjIKBW90aGVyGAggASgLMhoud2hlcnJ5LmNvZGVnZW4udjEuQ2hvaWNlc0gAUgVvdGhlchIyCgdub3RoaW5nGAkgASgLMhYuZ29vZ2xlLnByb3RvYnVmLkVtcHR5SABSB25vdGhpbmcSGAoHYmV0d2VlbhgUIAEoCVIHYmV0d2VlbhIYCgZiZWZvcmUYEyABKAlIAVIGYmVmb3JlEhYKBWFmdGVyGBUgASgJSAFSBWFmdGVyQggKBmNob2ljZUIHCgVzcGxpdCKPAgoEVHJlZRIUCgVsYWJlbBgBIAEoCVIFbGFiZWwSMwoIY2hpbGRyZW4YAiADKAsyFy53aGVycnkuY29kZWdlbi52MS5UcmVlUghjaGlsZHJlbhI4CgVuYW1lZBgDIAMoCzIiLndoZXJyeS5jb2RlZ2VuLnYxLlRyZWUuTmFtZWRFbnRyeVIFbmFtZWQSLwoGc2luZ2xlGAQgASgLMhcud2hlcnJ5LmNvZGVnZW4udjEuVHJlZVIGc2luZ2xlGlEKCk5hbWVkRW50cnkSEAoDa2V5GAEgASgJUgNrZXkSLQoFdmFsdWUYAiABKAsyFy53aGVycnkuY29kZWdlbi52MS5UcmVlUgV2YWx1ZToCOAEikQMKBU91dGVyEjQKBWlubmVyGAEgASgLMh4ud2hlcnJ5LmNvZGVnZW4udjEuT3V0ZXIuSW5uZXJSBWlubmVyEjkKBWRlZXBzGAIgAygLMiMud2hlcnJ5LmNvZGVnZW4udjEuT3V0ZXIuSW5uZXIuRGVlcFIFZGVlcHMSNwoEa2luZBgDIAEoDjIjLndoZXJyeS5jb2RlZ2VuLnYxLk91dGVyLklubmVyLktpbmRSBGtpbmQa3QEKBUlubmVyEjcKBGRlZXAYASABKAsyIy53aGVycnkuY29kZWdlbi52MS5PdXRlci5Jbm5lci5EZWVwUgRkZWVwGm8KBERlZXASNwoEa2luZBgBIAEoDjIjLndoZXJyeS5jb2RlZ2VuLnYxLk91dGVyLklubmVyLktpbmRSBGtpbmQSLgoFb3V0ZXIYAiABKAsyGC53aGVycnkuY29kZWdlbi52MS5PdXRlclIFb3V0ZXIiKgoES2luZBIUChBLSU5EX1VOU1BFQ0lGSUVEEAASDAoIS0lORF9PTkUQASKjBgoJV2VsbEtub3duEiYKA2FueRgBIAEoCzIULmdvb2dsZS5wcm90b2J1Zi5BbnlSA2FueRI1CghkdXJhdGlvbhgCIAEoCzIZLmdvb2dsZS5wcm90b2J1Zi5EdXJhdGlvblIIZHVyYXRpb24SLAoFZW1wdHkYAyABKAsyFi5nb29nbGUucHJvdG9idWYuRW1wdHlSBWVtcHR5EjkKCmZpZWxkX21hc2sYBCABKAsyGi5nb29nbGUucHJvdG9idWYuRmllbGRNYXNrUglmaWVsZE1hc2sSLwoGc3RydWN0GAUgASgLMhcuZ29vZ2xlLnByb3RvYnVmLlN0cnVjdFIGc3RydWN0EjgKCXRpbWVzdGFtcBgGIAEoCzIaLmdvb2dsZS5wcm90b2J1Zi5UaW1lc3RhbXBSCXRpbWVzdGFtcBI/Cgxkb3VibGVfdmFsdWUYByABKAsyHC5nb29nbGUucHJvdG9idWYuRG91YmxlVmFsdWVSC2RvdWJsZVZhbHVlEjwKC2ludDY0X3ZhbHVlGAggASgLMhsuZ29vZ2xlLnByb3RvYnVmLkludDY0VmFsdWVSCmludDY0VmFsdWUSPwoMdWludDY0X3ZhbHVlGAkgASgLMhwuZ29vZ2xlLnByb3RvYnVmLlVJbnQ2NFZhbHVlUgt1aW50NjRWYWx1ZRI8CgtieXRlc192YWx1ZRgKIAEoCzIbLmdvb2dsZS5wcm90b2J1Zi5CeXRlc1ZhbHVlUgpieXRlc1ZhbHVlEj8KDHN0cmluZ192YWx1ZRgLIAEoCzIcLmdvb2dsZS5wcm90b2J1Zi5TdHJpbmdWYWx1ZVILc3RyaW5nVmFsdWUSOQoKYm9vbF92YWx1ZRgMIAEoCzIaLmdvb2dsZS5wcm90b2J1Zi5Cb29sVmFsdWVSCWJvb2xWYWx1ZRIuCgZ2YWx1ZXMYDSADKAsyFi5nb29nbGUucHJvdG9idWYuVmFsdWVSBnZhbHVlcxI5CgpudWxsX3ZhbHVlGA4gASgOMhouZ29vZ2xlLnByb3RvYnVmLk51bGxWYWx1ZVIJbnVsbFZhbHVlIq4ECgZPYmplY3QSFAoFY2xhc3MYASABKAlSBWNsYXNzEiAKC2NvbnN0cnVjdG9yGAIgASgJUgtjb25zdHJ1Y3RvchIbCgl0b19zdHJpbmcYAyABKAlSCHRvU3RyaW5nEhgKB2RlZmF1bHQYBCABKAVSB2RlZmF1bHQSIwoLd2l0aF9zdHJpbmcYBSABKANCAjABUgp3aXRoU3RyaW5nEiMKC3dpdGhfbnVtYmVyGAYgASgDQgIwAlIKd2l0aE51bWJlchIUCgNvbGQYByABKAlCAhgBUgNvbGQSFgoFdmFsdWUYCCABKAlIAFIFdmFsdWUSFQoFY2FzZV8YCSABKAlIAFIEY2FzZRIMCgFtGAogASgJUgFtEgwKAXcYCyABKAlSAXcSDAoBchgMIAEoCVIBchI0Cgdwcm9taXNlGA0gASgLMhoud2hlcnJ5LmNvZGVnZW4udjEuUHJvbWlzZVIHcHJvbWlzZRI3CgRpbml0GA4gAygLMiMud2hlcnJ5LmNvZGVnZW4udjEuT2JqZWN0LkluaXRFbnRyeVIEaW5pdBIWCgZGb29CYXIYDyABKAVSBkZvb0JhchIiCg13aXRoX251bWJlcl8xGBAgASgFUgt3aXRoTnVtYmVyMRIQCgNlbmQYESABKAVSA2VuZBo3CglJbml0RW50cnkSEAoDa2V5GAEgASgJUgNrZXkSFAoFdmFsdWUYAiABKAVSBXZhbHVlOgI4AUIGCgRjYXNlIjMKB1Byb21pc2USEgoEY2FzZRgBIAEoCVIEY2FzZRIUCgV2YWx1ZRgCIAEoCVIFdmFsdWUiGwoHTm90aGluZ0oECAIQA0oECAQQB1IEZ29uZSJtCgdBbGlhc2VzEi4KBWFsaWFzGAEgASgOMhgud2hlcnJ5LmNvZGVnZW4udjEuQWxpYXNSBWFsaWFzEjIKB2FsaWFzZXMYAiADKA4yGC53aGVycnkuY29kZWdlbi52MS5BbGlhc1IHYWxpYXNlcyIhCgtTdG9yZUNsaWVudBISCgRuYW1lGAEgASgJUgRuYW1lIo8BCgRJdGVtEg4KAmlkGAEgASgJUgJpZBIvCgVvd25lchgCIAEoCzIZLndoZXJyeS5jb2RlZ2VuLnYxLlBlcnNvblIFb3duZXISFAoFcHJpY2UYAyABKANSBXByaWNlEjAKBWFkZGVkGAQgASgLMhouZ29vZ2xlLnByb3RvYnVmLlRpbWVzdGFtcFIFYWRkZWQiOwoLTGlzdFJlcXVlc3QSFAoFY291bnQYASABKAVSBWNvdW50EhYKBnByZWZpeBgCIAEoCVIGcHJlZml4IjUKB1N1bW1hcnkSFAoFY291bnQYASABKAVSBWNvdW50EhQKBXRvdGFsGAIgASgDUgV0b3RhbCo7CgVBbGlhcxIICgROT05FEAASBwoDT05FEAESBwoDVU5PEAESEgoFTUlOVVMQ////////////ARoCEAEy4gIKBVN0b3JlEkYKB0dldEl0ZW0SFy53aGVycnkuY29kZWdlbi52MS5JdGVtGhcud2hlcnJ5LmNvZGVnZW4udjEuSXRlbSIJkAIBmqwcAmlkEkYKCUxpc3RJdGVtcxIeLndoZXJyeS5jb2RlZ2VuLnYxLkxpc3RSZXF1ZXN0Ghcud2hlcnJ5LmNvZGVnZW4udjEuSXRlbTABEkEKCEFkZEl0ZW1zEhcud2hlcnJ5LmNvZGVnZW4udjEuSXRlbRoaLndoZXJyeS5jb2RlZ2VuLnYxLlN1bW1hcnkoARJACghFeGNoYW5nZRIXLndoZXJyeS5jb2RlZ2VuLnYxLkl0ZW0aFy53aGVycnkuY29kZWdlbi52MS5JdGVtKAEwARJECgVDbG9zZRIWLmdvb2dsZS5wcm90b2J1Zi5FbXB0eRoWLmdvb2dsZS5wcm90b2J1Zi5FbXB0eSILiAIBoqwcBDAuM3NiBnByb3RvMw==',
  dependencies: [anyFile, durationFile, emptyFile, fieldMaskFile, structFile, timestampFile, wrappersFile, sharedFile],
};

export const Outer_Inner_Kind = {
  UNSPECIFIED: 0,
  ONE: 1,
} as const;

/** One of {@link Outer_Inner_Kind}, or the number of a value that this code does not know. */
export type Outer_Inner_Kind = 0 | 1 | (number & {});

/** The same numbers by other names. */
export const Alias = {
  NONE: 0,
  ONE: 1,
  UNO: 1,
  MINUS: -1,
} as const;

/** One of {@link Alias}, or the number of a value that this code does not know. */
export type Alias = 0 | 1 | -1 | (number & {});

/** Every kind of scalar, alone. */
export interface Scalars {
  aDouble: number;
  aFloat: number;
  anInt32: number;
  anInt64: bigint;
  aUint32: number;
  aUint64: bigint;
  aSint32: number;
  aSint64: bigint;
  aFixed32: number;
  aFixed64: bigint;
  aSfixed32: number;
  aSfixed64: bigint;
  aBool: boolean;
  aString: string;
  someBytes: Uint8Array;
  size: Size;
}

/** The codec of `wherry.codegen.v1.Scalars`. */
export const Scalars: rt.MessageType<Scalars> = rt.messageType('wherry.codegen.v1.Scalars', createScalars, writeScalars, readScalars);

function emptyScalars(): Scalars {
  return {
    aDouble: 0,
    aFloat: 0,
    anInt32: 0,
    anInt64: 0n,
    aUint32: 0,
    aUint64: 0n,
    aSint32: 0,
    aSint64: 0n,
    aFixed32: 0,
    aFixed64: 0n,
    aSfixed32: 0,
    aSfixed64: 0n,
    aBool: false,
    aString: '',
    someBytes: rt.noBytes,
    size: 0,
  };
}

function createScalars(init: rt.Init<Scalars> = {}): Scalars {
  const m = emptyScalars();
  if (init.aDouble !== undefined) m.aDouble = init.aDouble;
  if (init.aFloat !== undefined) m.aFloat = init.aFloat;
  if (init.anInt32 !== undefined) m.anInt32 = init.anInt32;
  if (init.anInt64 !== undefined) m.anInt64 = init.anInt64;
  if (init.aUint32 !== undefined) m.aUint32 = init.aUint32;
  if (init.aUint64 !== undefined) m.aUint64 = init.aUint64;
  if (init.aSint32 !== undefined) m.aSint32 = init.aSint32;
  if (init.aSint64 !== undefined) m.aSint64 = init.aSint64;
  if (init.aFixed32 !== undefined) m.aFixed32 = init.aFixed32;
  if (init.aFixed64 !== undefined) m.aFixed64 = init.aFixed64;
  if (init.aSfixed32 !== undefined) m.aSfixed32 = init.aSfixed32;
  if (init.aSfixed64 !== undefined) m.aSfixed64 = init.aSfixed64;
  if (init.aBool !== undefined) m.aBool = init.aBool;
  if (init.aString !== undefined) m.aString = init.aString;
  if (init.someBytes !== undefined) m.someBytes = init.someBytes;
  if (init.size !== undefined) m.size = init.size;
  return m;
}

function writeScalars(m: rt.Init<Scalars>, w: rt.Writer): rt.Writer {
  if (m.aDouble !== undefined && !Object.is(m.aDouble, 0)) w.uint32(9).double(m.aDouble);
  if (m.aFloat !== undefined && !Object.is(m.aFloat, 0)) w.uint32(21).float(m.aFloat);
  if (m.anInt32) w.uint32(24).int32(m.anInt32);
  if (m.anInt64) w.uint32(32).int64(m.anInt64);
  if (m.aUint32) w.uint32(40).uint32(m.aUint32);
  if (m.aUint64) w.uint32(48).uint64(m.aUint64);
  if (m.aSint32) w.uint32(56).sint32(m.aSint32);
  if (m.aSint64) w.uint32(64).sint64(m.aSint64);
  if (m.aFixed32) w.uint32(77).fixed32(m.aFixed32);
  if (m.aFixed64) w.uint32(81).fixed64(m.aFixed64);
  if (m.aSfixed32) w.uint32(93).sfixed32(m.aSfixed32);
  if (m.aSfixed64) w.uint32(97).sfixed64(m.aSfixed64);
  if (m.aBool) w.uint32(104).bool(m.aBool);
  if (m.aString) w.uint32(114).string(m.aString);
  if (m.someBytes !== undefined && m.someBytes.length > 0) w.uint32(122).bytes(m.someBytes);
  if (m.size) w.uint32(128).int32(m.size);
  return w;
}

function readScalars(r: rt.Reader, end: number, m = emptyScalars()): Scalars {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 9:
        m.aDouble = r.double();
        break;
      case 21:
        m.aFloat = r.float();
        break;
      case 24:
        m.anInt32 = r.int32();
        break;
      case 32:
        m.anInt64 = r.int64();
        break;
      case 40:
        m.aUint32 = r.uint32();
        break;
      case 48:
        m.aUint64 = r.uint64();
        break;
      case 56:
        m.aSint32 = r.sint32();
        break;
      case 64:
        m.aSint64 = r.sint64();
        break;
      case 77:
        m.aFixed32 = r.fixed32();
        break;
      case 81:
        m.aFixed64 = r.fixed64();
        break;
      case 93:
        m.aSfixed32 = r.sfixed32();
        break;
      case 97:
        m.aSfixed64 = r.sfixed64();
        break;
      case 104:
        m.aBool = r.bool();
        break;
      case 114:
        m.aString = r.string();
        break;
      case 122:
        m.someBytes = r.bytes();
        break;
      case 128:
        m.size = r.int32();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** Every kind of scalar, which may be absent. */
export interface Optionals {
  aDouble?: number | undefined;
  aFloat?: number | undefined;
  anInt32?: number | undefined;
  anInt64?: bigint | undefined;
  aUint32?: number | undefined;
  aUint64?: bigint | undefined;
  aSint32?: number | undefined;
  aSint64?: bigint | undefined;
  aFixed32?: number | undefined;
  aFixed64?: bigint | undefined;
  aSfixed32?: number | undefined;
  aSfixed64?: bigint | undefined;
  aBool?: boolean | undefined;
  aString?: string | undefined;
  someBytes?: Uint8Array | undefined;
  size?: Size | undefined;
  scalars?: Scalars | undefined;
}

/** The codec of `wherry.codegen.v1.Optionals`. */
export const Optionals: rt.MessageType<Optionals> = rt.messageType('wherry.codegen.v1.Optionals', createOptionals, writeOptionals, readOptionals);

function emptyOptionals(): Optionals {
  return {
    aDouble: undefined,
    aFloat: undefined,
    anInt32: undefined,
    anInt64: undefined,
    aUint32: undefined,
    aUint64: undefined,
    aSint32: undefined,
    aSint64: undefined,
    aFixed32: undefined,
    aFixed64: undefined,
    aSfixed32: undefined,
    aSfixed64: undefined,
    aBool: undefined,
    aString: undefined,
    someBytes: undefined,
    size: undefined,
    scalars: undefined,
  };
}

function createOptionals(init: rt.Init<Optionals> = {}): Optionals {
  const m = emptyOptionals();
  if (init.aDouble !== undefined) m.aDouble = init.aDouble;
  if (init.aFloat !== undefined) m.aFloat = init.aFloat;
  if (init.anInt32 !== undefined) m.anInt32 = init.anInt32;
  if (init.anInt64 !== undefined) m.anInt64 = init.anInt64;
  if (init.aUint32 !== undefined) m.aUint32 = init.aUint32;
  if (init.aUint64 !== undefined) m.aUint64 = init.aUint64;
  if (init.aSint32 !== undefined) m.aSint32 = init.aSint32;
  if (init.aSint64 !== undefined) m.aSint64 = init.aSint64;
  if (init.aFixed32 !== undefined) m.aFixed32 = init.aFixed32;
  if (init.aFixed64 !== undefined) m.aFixed64 = init.aFixed64;
  if (init.aSfixed32 !== undefined) m.aSfixed32 = init.aSfixed32;
  if (init.aSfixed64 !== undefined) m.aSfixed64 = init.aSfixed64;
  if (init.aBool !== undefined) m.aBool = init.aBool;
  if (init.aString !== undefined) m.aString = init.aString;
  if (init.someBytes !== undefined) m.someBytes = init.someBytes;
  if (init.size !== undefined) m.size = init.size;
  if (init.scalars !== undefined) m.scalars = createScalars(init.scalars);
  return m;
}

function writeOptionals(m: rt.Init<Optionals>, w: rt.Writer): rt.Writer {
  if (m.aDouble !== undefined) w.uint32(9).double(m.aDouble);
  if (m.aFloat !== undefined) w.uint32(21).float(m.aFloat);
  if (m.anInt32 !== undefined) w.uint32(24).int32(m.anInt32);
  if (m.anInt64 !== undefined) w.uint32(32).int64(m.anInt64);
  if (m.aUint32 !== undefined) w.uint32(40).uint32(m.aUint32);
  if (m.aUint64 !== undefined) w.uint32(48).uint64(m.aUint64);
  if (m.aSint32 !== undefined) w.uint32(56).sint32(m.aSint32);
  if (m.aSint64 !== undefined) w.uint32(64).sint64(m.aSint64);
  if (m.aFixed32 !== undefined) w.uint32(77).fixed32(m.aFixed32);
  if (m.aFixed64 !== undefined) w.uint32(81).fixed64(m.aFixed64);
  if (m.aSfixed32 !== undefined) w.uint32(93).sfixed32(m.aSfixed32);
  if (m.aSfixed64 !== undefined) w.uint32(97).sfixed64(m.aSfixed64);
  if (m.aBool !== undefined) w.uint32(104).bool(m.aBool);
  if (m.aString !== undefined) w.uint32(114).string(m.aString);
  if (m.someBytes !== undefined) w.uint32(122).bytes(m.someBytes);
  if (m.size !== undefined) w.uint32(128).int32(m.size);
  if (m.scalars !== undefined) writeScalars(m.scalars, w.uint32(138).fork()).ldelim();
  return w;
}

function readOptionals(r: rt.Reader, end: number, m = emptyOptionals()): Optionals {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 9:
        m.aDouble = r.double();
        break;
      case 21:
        m.aFloat = r.float();
        break;
      case 24:
        m.anInt32 = r.int32();
        break;
      case 32:
        m.anInt64 = r.int64();
        break;
      case 40:
        m.aUint32 = r.uint32();
        break;
      case 48:
        m.aUint64 = r.uint64();
        break;
      case 56:
        m.aSint32 = r.sint32();
        break;
      case 64:
        m.aSint64 = r.sint64();
        break;
      case 77:
        m.aFixed32 = r.fixed32();
        break;
      case 81:
        m.aFixed64 = r.fixed64();
        break;
      case 93:
        m.aSfixed32 = r.sfixed32();
        break;
      case 97:
        m.aSfixed64 = r.sfixed64();
        break;
      case 104:
        m.aBool = r.bool();
        break;
      case 114:
        m.aString = r.string();
        break;
      case 122:
        m.someBytes = r.bytes();
        break;
      case 128:
        m.size = r.int32();
        break;
      case 138:
        m.scalars = readScalars(r, r.endOf(end), m.scalars);
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** Lists of every kind. */
export interface Lists {
  aDouble: number[];
  aFloat: number[];
  anInt32: number[];
  anInt64: bigint[];
  aUint32: number[];
  aUint64: bigint[];
  aSint32: number[];
  aSint64: bigint[];
  aFixed32: number[];
  aFixed64: bigint[];
  aSfixed32: number[];
  aSfixed64: bigint[];
  aBool: boolean[];
  aString: string[];
  someBytes: Uint8Array[];
  size: Size[];
  scalars: Scalars[];
  notPacked: number[];
}

/** The codec of `wherry.codegen.v1.Lists`. */
export const Lists: rt.MessageType<Lists> = rt.messageType('wherry.codegen.v1.Lists', createLists, writeLists, readLists);

function emptyLists(): Lists {
  return {
    aDouble: [],
    aFloat: [],
    anInt32: [],
    anInt64: [],
    aUint32: [],
    aUint64: [],
    aSint32: [],
    aSint64: [],
    aFixed32: [],
    aFixed64: [],
    aSfixed32: [],
    aSfixed64: [],
    aBool: [],
    aString: [],
    someBytes: [],
    size: [],
    scalars: [],
    notPacked: [],
  };
}

function createLists(init: rt.Init<Lists> = {}): Lists {
  const m = emptyLists();
  if (init.aDouble !== undefined) m.aDouble = [...init.aDouble];
  if (init.aFloat !== undefined) m.aFloat = [...init.aFloat];
  if (init.anInt32 !== undefined) m.anInt32 = [...init.anInt32];
  if (init.anInt64 !== undefined) m.anInt64 = [...init.anInt64];
  if (init.aUint32 !== undefined) m.aUint32 = [...init.aUint32];
  if (init.aUint64 !== undefined) m.aUint64 = [...init.aUint64];
  if (init.aSint32 !== undefined) m.aSint32 = [...init.aSint32];
  if (init.aSint64 !== undefined) m.aSint64 = [...init.aSint64];
  if (init.aFixed32 !== undefined) m.aFixed32 = [...init.aFixed32];
  if (init.aFixed64 !== undefined) m.aFixed64 = [...init.aFixed64];
  if (init.aSfixed32 !== undefined) m.aSfixed32 = [...init.aSfixed32];
  if (init.aSfixed64 !== undefined) m.aSfixed64 = [...init.aSfixed64];
  if (init.aBool !== undefined) m.aBool = [...init.aBool];
  if (init.aString !== undefined) m.aString = [...init.aString];
  if (init.someBytes !== undefined) m.someBytes = [...init.someBytes];
  if (init.size !== undefined) m.size = [...init.size];
  if (init.scalars !== undefined) m.scalars = init.scalars.map((value) => createScalars(value));
  if (init.notPacked !== undefined) m.notPacked = [...init.notPacked];
  return m;
}

function writeLists(m: rt.Init<Lists>, w: rt.Writer): rt.Writer {
  if (m.aDouble !== undefined && m.aDouble.length > 0) {
    w.uint32(10).fork();
    for (const value of m.aDouble) w.double(value);
    w.ldelim();
  }
  if (m.aFloat !== undefined && m.aFloat.length > 0) {
    w.uint32(18).fork();
    for (const value of m.aFloat) w.float(value);
    w.ldelim();
  }
  if (m.anInt32 !== undefined && m.anInt32.length > 0) {
    w.uint32(26).fork();
    for (const value of m.anInt32) w.int32(value);
    w.ldelim();
  }
  if (m.anInt64 !== undefined && m.anInt64.length > 0) {
    w.uint32(34).fork();
    for (const value of m.anInt64) w.int64(value);
    w.ldelim();
  }
  if (m.aUint32 !== undefined && m.aUint32.length > 0) {
    w.uint32(42).fork();
    for (const value of m.aUint32) w.uint32(value);
    w.ldelim();
  }
  if (m.aUint64 !== undefined && m.aUint64.length > 0) {
    w.uint32(50).fork();
    for (const value of m.aUint64) w.uint64(value);
    w.ldelim();
  }
  if (m.aSint32 !== undefined && m.aSint32.length > 0) {
    w.uint32(58).fork();
    for (const value of m.aSint32) w.sint32(value);
    w.ldelim();
  }
  if (m.aSint64 !== undefined && m.aSint64.length > 0) {
    w.uint32(66).fork();
    for (const value of m.aSint64) w.sint64(value);
    w.ldelim();
  }
  if (m.aFixed32 !== undefined && m.aFixed32.length > 0) {
    w.uint32(74).fork();
    for (const value of m.aFixed32) w.fixed32(value);
    w.ldelim();
  }
  if (m.aFixed64 !== undefined && m.aFixed64.length > 0) {
    w.uint32(82).fork();
    for (const value of m.aFixed64) w.fixed64(value);
    w.ldelim();
  }
  if (m.aSfixed32 !== undefined && m.aSfixed32.length > 0) {
    w.uint32(90).fork();
    for (const value of m.aSfixed32) w.sfixed32(value);
    w.ldelim();
  }
  if (m.aSfixed64 !== undefined && m.aSfixed64.length > 0) {
    w.uint32(98).fork();
    for (const value of m.aSfixed64) w.sfixed64(value);
    w.ldelim();
  }
  if (m.aBool !== undefined && m.aBool.length > 0) {
    w.uint32(106).fork();
    for (const value of m.aBool) w.bool(value);
    w.ldelim();
  }
  if (m.aString !== undefined) {
    for (const value of m.aString) w.uint32(114).string(value);
  }
  if (m.someBytes !== undefined) {
    for (const value of m.someBytes) w.uint32(122).bytes(value);
  }
  if (m.size !== undefined && m.size.length > 0) {
    w.uint32(130).fork();
    for (const value of m.size) w.int32(value);
    w.ldelim();
  }
  if (m.scalars !== undefined) {
    for (const value of m.scalars) writeScalars(value, w.uint32(138).fork()).ldelim();
  }
  if (m.notPacked !== undefined) {
    for (const value of m.notPacked) w.uint32(144).int32(value);
  }
  return w;
}

function readLists(r: rt.Reader, end: number, m = emptyLists()): Lists {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 9:
        m.aDouble.push(r.double());
        break;
      case 10: {
        const to = r.endOf(end);
        while (r.pos < to) m.aDouble.push(r.double());
        r.ended(to);
        break;
      }
      case 21:
        m.aFloat.push(r.float());
        break;
      case 18: {
        const to = r.endOf(end);
        while (r.pos < to) m.aFloat.push(r.float());
        r.ended(to);
        break;
      }
      case 24:
        m.anInt32.push(r.int32());
        break;
      case 26: {
        const to = r.endOf(end);
        while (r.pos < to) m.anInt32.push(r.int32());
        r.ended(to);
        break;
      }
      case 32:
        m.anInt64.push(r.int64());
        break;
      case 34: {
        const to = r.endOf(end);
        while (r.pos < to) m.anInt64.push(r.int64());
        r.ended(to);
        break;
      }
      case 40:
        m.aUint32.push(r.uint32());
        break;
      case 42: {
        const to = r.endOf(end);
        while (r.pos < to) m.aUint32.push(r.uint32());
        r.ended(to);
        break;
      }
      case 48:
        m.aUint64.push(r.uint64());
        break;
      case 50: {
        const to = r.endOf(end);
        while (r.pos < to) m.aUint64.push(r.uint64());
        r.ended(to);
        break;
      }
      case 56:
        m.aSint32.push(r.sint32());
        break;
      case 58: {
        const to = r.endOf(end);
        while (r.pos < to) m.aSint32.push(r.sint32());
        r.ended(to);
        break;
      }
      case 64:
        m.aSint64.push(r.sint64());
        break;
      case 66: {
        const to = r.endOf(end);
        while (r.pos < to) m.aSint64.push(r.sint64());
        r.ended(to);
        break;
      }
      case 77:
        m.aFixed32.push(r.fixed32());
        break;
      case 74: {
        const to = r.endOf(end);
        while (r.pos < to) m.aFixed32.push(r.fixed32());
        r.ended(to);
        break;
      }
      case 81:
        m.aFixed64.push(r.fixed64());
        break;
      case 82: {
        const to = r.endOf(end);
        while (r.pos < to) m.aFixed64.push(r.fixed64());
        r.ended(to);
        break;
      }
      case 93:
        m.aSfixed32.push(r.sfixed32());
        break;
      case 90: {
        const to = r.endOf(end);
        while (r.pos < to) m.aSfixed32.push(r.sfixed32());
        r.ended(to);
        break;
      }
      case 97:
        m.aSfixed64.push(r.sfixed64());
        break;
      case 98: {
        const to = r.endOf(end);
        while (r.pos < to) m.aSfixed64.push(r.sfixed64());
        r.ended(to);
        break;
      }
      case 104:
        m.aBool.push(r.bool());
        break;
      case 106: {
        const to = r.endOf(end);
        while (r.pos < to) m.aBool.push(r.bool());
        r.ended(to);
        break;
      }
      case 114:
        m.aString.push(r.string());
        break;
      case 122:
        m.someBytes.push(r.bytes());
        break;
      case 128:
        m.size.push(r.int32());
        break;
      case 130: {
        const to = r.endOf(end);
        while (r.pos < to) m.size.push(r.int32());
        r.ended(to);
        break;
      }
      case 138:
        m.scalars.push(readScalars(r, r.endOf(end)));
        break;
      case 144:
        m.notPacked.push(r.int32());
        break;
      case 146: {
        const to = r.endOf(end);
        while (r.pos < to) m.notPacked.push(r.int32());
        r.ended(to);
        break;
      }
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** Maps of every kind of key, and of some kinds of value. */
export interface Maps {
  byString: Record<string, string>;
  byInt32: Record<number, number>;
  byInt64: Record<string, bigint>;
  byUint32: Record<number, number>;
  byUint64: Record<string, bigint>;
  bySint32: Record<number, number>;
  bySint64: Record<string, boolean>;
  byFixed32: Record<number, Uint8Array>;
  byFixed64: Record<string, Size>;
  bySfixed32: Record<number, Scalars>;
  bySfixed64: Record<string, Duration>;
  byBool: Record<string, string>;
}

/** The codec of `wherry.codegen.v1.Maps`. */
export const Maps: rt.MessageType<Maps> = rt.messageType('wherry.codegen.v1.Maps', createMaps, writeMaps, readMaps);

function emptyMaps(): Maps {
  return {
    byString: {},
    byInt32: {},
    byInt64: {},
    byUint32: {},
    byUint64: {},
    bySint32: {},
    bySint64: {},
    byFixed32: {},
    byFixed64: {},
    bySfixed32: {},
    bySfixed64: {},
    byBool: {},
  };
}

function createMaps(init: rt.Init<Maps> = {}): Maps {
  const m = emptyMaps();
  if (init.byString !== undefined) m.byString = rt.copyMap(init.byString, (value) => value);
  if (init.byInt32 !== undefined) m.byInt32 = rt.copyMap(init.byInt32, (value) => value);
  if (init.byInt64 !== undefined) m.byInt64 = rt.copyMap(init.byInt64, (value) => value);
  if (init.byUint32 !== undefined) m.byUint32 = rt.copyMap(init.byUint32, (value) => value);
  if (init.byUint64 !== undefined) m.byUint64 = rt.copyMap(init.byUint64, (value) => value);
  if (init.bySint32 !== undefined) m.bySint32 = rt.copyMap(init.bySint32, (value) => value);
  if (init.bySint64 !== undefined) m.bySint64 = rt.copyMap(init.bySint64, (value) => value);
  if (init.byFixed32 !== undefined) m.byFixed32 = rt.copyMap(init.byFixed32, (value) => value);
  if (init.byFixed64 !== undefined) m.byFixed64 = rt.copyMap(init.byFixed64, (value) => value);
  if (init.bySfixed32 !== undefined) m.bySfixed32 = rt.copyMap(init.bySfixed32, (value) => createScalars(value));
  if (init.bySfixed64 !== undefined) m.bySfixed64 = rt.copyMap(init.bySfixed64, (value) => Duration.create(value));
  if (init.byBool !== undefined) m.byBool = rt.copyMap(init.byBool, (value) => value);
  return m;
}

function writeMaps(m: rt.Init<Maps>, w: rt.Writer): rt.Writer {
  if (m.byString !== undefined) {
    for (const [key, value] of Object.entries(m.byString)) {
      if (value === undefined) continue;
      w.uint32(10).fork();
      w.uint32(10).string(key);
      w.uint32(18).string(value);
      w.ldelim();
    }
  }
  if (m.byInt32 !== undefined) {
    for (const [key, value] of Object.entries(m.byInt32)) {
      if (value === undefined) continue;
      w.uint32(18).fork();
      w.uint32(8).int32(Number(key));
      w.uint32(16).int32(value);
      w.ldelim();
    }
  }
  if (m.byInt64 !== undefined) {
    for (const [key, value] of Object.entries(m.byInt64)) {
      if (value === undefined) continue;
      w.uint32(26).fork();
      w.uint32(8).int64(BigInt(key));
      w.uint32(16).int64(value);
      w.ldelim();
    }
  }
  if (m.byUint32 !== undefined) {
    for (const [key, value] of Object.entries(m.byUint32)) {
      if (value === undefined) continue;
      w.uint32(34).fork();
      w.uint32(8).uint32(Number(key));
      w.uint32(17).double(value);
      w.ldelim();
    }
  }
  if (m.byUint64 !== undefined) {
    for (const [key, value] of Object.entries(m.byUint64)) {
      if (value === undefined) continue;
      w.uint32(42).fork();
      w.uint32(8).uint64(BigInt(key));
      w.uint32(16).uint64(value);
      w.ldelim();
    }
  }
  if (m.bySint32 !== undefined) {
    for (const [key, value] of Object.entries(m.bySint32)) {
      if (value === undefined) continue;
      w.uint32(50).fork();
      w.uint32(8).sint32(Number(key));
      w.uint32(21).float(value);
      w.ldelim();
    }
  }
  if (m.bySint64 !== undefined) {
    for (const [key, value] of Object.entries(m.bySint64)) {
      if (value === undefined) continue;
      w.uint32(58).fork();
      w.uint32(8).sint64(BigInt(key));
      w.uint32(16).bool(value);
      w.ldelim();
    }
  }
  if (m.byFixed32 !== undefined) {
    for (const [key, value] of Object.entries(m.byFixed32)) {
      if (value === undefined) continue;
      w.uint32(66).fork();
      w.uint32(13).fixed32(Number(key));
      w.uint32(18).bytes(value);
      w.ldelim();
    }
  }
  if (m.byFixed64 !== undefined) {
    for (const [key, value] of Object.entries(m.byFixed64)) {
      if (value === undefined) continue;
      w.uint32(74).fork();
      w.uint32(9).fixed64(BigInt(key));
      w.uint32(16).int32(value);
      w.ldelim();
    }
  }
  if (m.bySfixed32 !== undefined) {
    for (const [key, value] of Object.entries(m.bySfixed32)) {
      if (value === undefined) continue;
      w.uint32(82).fork();
      w.uint32(13).sfixed32(Number(key));
      writeScalars(value, w.uint32(18).fork()).ldelim();
      w.ldelim();
    }
  }
  if (m.bySfixed64 !== undefined) {
    for (const [key, value] of Object.entries(m.bySfixed64)) {
      if (value === undefined) continue;
      w.uint32(90).fork();
      w.uint32(9).sfixed64(BigInt(key));
      Duration.write(value, w.uint32(18).fork()).ldelim();
      w.ldelim();
    }
  }
  if (m.byBool !== undefined) {
    for (const [key, value] of Object.entries(m.byBool)) {
      if (value === undefined) continue;
      w.uint32(98).fork();
      w.uint32(8).bool(key === 'true');
      w.uint32(18).string(value);
      w.ldelim();
    }
  }
  return w;
}

function readMaps(r: rt.Reader, end: number, m = emptyMaps()): Maps {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10: {
        const to = r.endOf(end);
        let key = '';
        let value: string = '';
        while (r.pos < to) {
          const part = r.uint32();
          if (part === 10) key = r.string();
          else if (part === 18) value = r.string();
          else r.skip(part);
        }
        r.ended(to);
        rt.setEntry(m.byString, key, value);
        break;
      }
      case 18: {
        const to = r.endOf(end);
        let key = 0;
        let value: number = 0;
        while (r.pos < to) {
          const part = r.uint32();
          if (part === 8) key = r.int32();
          else if (part === 16) value = r.int32();
          else r.skip(part);
        }
        r.ended(to);
        rt.setEntry(m.byInt32, key, value);
        break;
      }
      case 26: {
        const to = r.endOf(end);
        let key = 0n;
        let value: bigint = 0n;
        while (r.pos < to) {
          const part = r.uint32();
          if (part === 8) key = r.int64();
          else if (part === 16) value = r.int64();
          else r.skip(part);
        }
        r.ended(to);
        rt.setEntry(m.byInt64, String(key), value);
        break;
      }
      case 34: {
        const to = r.endOf(end);
        let key = 0;
        let value: number = 0;
        while (r.pos < to) {
          const part = r.uint32();
          if (part === 8) key = r.uint32();
          else if (part === 17) value = r.double();
          else r.skip(part);
        }
        r.ended(to);
        rt.setEntry(m.byUint32, key, value);
        break;
      }
      case 42: {
        const to = r.endOf(end);
        let key = 0n;
        let value: bigint = 0n;
        while (r.pos < to) {
          const part = r.uint32();
          if (part === 8) key = r.uint64();
          else if (part === 16) value = r.uint64();
          else r.skip(part);
        }
        r.ended(to);
        rt.setEntry(m.byUint64, String(key), value);
        break;
      }
      case 50: {
        const to = r.endOf(end);
        let key = 0;
        let value: number = 0;
        while (r.pos < to) {
          const part = r.uint32();
          if (part === 8) key = r.sint32();
          else if (part === 21) value = r.float();
          else r.skip(part);
        }
        r.ended(to);
        rt.setEntry(m.bySint32, key, value);
        break;
      }
      case 58: {
        const to = r.endOf(end);
        let key = 0n;
        let value: boolean = false;
        while (r.pos < to) {
          const part = r.uint32();
          if (part === 8) key = r.sint64();
          else if (part === 16) value = r.bool();
          else r.skip(part);
        }
        r.ended(to);
        rt.setEntry(m.bySint64, String(key), value);
        break;
      }
      case 66: {
        const to = r.endOf(end);
        let key = 0;
        let value: Uint8Array = rt.noBytes;
        while (r.pos < to) {
          const part = r.uint32();
          if (part === 13) key = r.fixed32();
          else if (part === 18) value = r.bytes();
          else r.skip(part);
        }
        r.ended(to);
        rt.setEntry(m.byFixed32, key, value);
        break;
      }
      case 74: {
        const to = r.endOf(end);
        let key = 0n;
        let value: Size = 0;
        while (r.pos < to) {
          const part = r.uint32();
          if (part === 9) key = r.fixed64();
          else if (part === 16) value = r.int32();
          else r.skip(part);
        }
        r.ended(to);
        rt.setEntry(m.byFixed64, String(key), value);
        break;
      }
      case 82: {
        const to = r.endOf(end);
        let key = 0;
        let value: Scalars | undefined;
        while (r.pos < to) {
          const part = r.uint32();
          if (part === 13) key = r.sfixed32();
          else if (part === 18) value = readScalars(r, r.endOf(to), value);
          else r.skip(part);
        }
        r.ended(to);
        rt.setEntry(m.bySfixed32, key, value ?? createScalars());
        break;
      }
      case 90: {
        const to = r.endOf(end);
        let key = 0n;
        let value: Duration | undefined;
        while (r.pos < to) {
          const part = r.uint32();
          if (part === 9) key = r.sfixed64();
          else if (part === 18) value = Duration.read(r, r.endOf(to), value);
          else r.skip(part);
        }
        r.ended(to);
        rt.setEntry(m.bySfixed64, String(key), value ?? Duration.create());
        break;
      }
      case 98: {
        const to = r.endOf(end);
        let key = false;
        let value: string = '';
        while (r.pos < to) {
          const part = r.uint32();
          if (part === 8) key = r.bool();
          else if (part === 18) value = r.string();
          else r.skip(part);
        }
        r.ended(to);
        rt.setEntry(m.byBool, String(key), value);
        break;
      }
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** Oneofs. One has a field between its members by number. */
export interface Choices {
  /** What was chosen. */
  choice:
    /** A text. */
    | { case: 'text'; value: string }
    | { case: 'number'; value: bigint }
    | { case: 'raw'; value: Uint8Array }
    | { case: 'size'; value: Size }
    | { case: 'flag'; value: boolean }
    | { case: 'real'; value: number }
    | { case: 'person'; value: Person }
    | { case: 'other'; value: Choices }
    | { case: 'nothing'; value: Empty }
    | { case: undefined; value?: undefined };
  between: string;
  split:
    | { case: 'before'; value: string }
    | { case: 'after'; value: string }
    | { case: undefined; value?: undefined };
}

/** The codec of `wherry.codegen.v1.Choices`. */
export const Choices: rt.MessageType<Choices> = rt.messageType('wherry.codegen.v1.Choices', createChoices, writeChoices, readChoices);

function emptyChoices(): Choices {
  return {
    choice: { case: undefined },
    between: '',
    split: { case: undefined },
  };
}

function createChoices(init: rt.Init<Choices> = {}): Choices {
  const m = emptyChoices();
  switch (init.choice?.case) {
    case 'text':
      m.choice = { case: 'text', value: init.choice.value };
      break;
    case 'number':
      m.choice = { case: 'number', value: init.choice.value };
      break;
    case 'raw':
      m.choice = { case: 'raw', value: init.choice.value };
      break;
    case 'size':
      m.choice = { case: 'size', value: init.choice.value };
      break;
    case 'flag':
      m.choice = { case: 'flag', value: init.choice.value };
      break;
    case 'real':
      m.choice = { case: 'real', value: init.choice.value };
      break;
    case 'person':
      m.choice = { case: 'person', value: Person.create(init.choice.value) };
      break;
    case 'other':
      m.choice = { case: 'other', value: createChoices(init.choice.value) };
      break;
    case 'nothing':
      m.choice = { case: 'nothing', value: Empty.create(init.choice.value) };
      break;
  }
  if (init.between !== undefined) m.between = init.between;
  switch (init.split?.case) {
    case 'before':
      m.split = { case: 'before', value: init.split.value };
      break;
    case 'after':
      m.split = { case: 'after', value: init.split.value };
      break;
  }
  return m;
}

function writeChoices(m: rt.Init<Choices>, w: rt.Writer): rt.Writer {
  switch (m.choice?.case) {
    case 'text':
      w.uint32(10).string(m.choice.value);
      break;
    case 'number':
      w.uint32(16).int64(m.choice.value);
      break;
    case 'raw':
      w.uint32(26).bytes(m.choice.value);
      break;
    case 'size':
      w.uint32(32).int32(m.choice.value);
      break;
    case 'flag':
      w.uint32(40).bool(m.choice.value);
      break;
    case 'real':
      w.uint32(49).double(m.choice.value);
      break;
    case 'person':
      Person.write(m.choice.value, w.uint32(58).fork()).ldelim();
      break;
    case 'other':
      writeChoices(m.choice.value, w.uint32(66).fork()).ldelim();
      break;
    case 'nothing':
      Empty.write(m.choice.value, w.uint32(74).fork()).ldelim();
      break;
  }
  switch (m.split?.case) {
    case 'before':
      w.uint32(154).string(m.split.value);
      break;
  }
  if (m.between) w.uint32(162).string(m.between);
  switch (m.split?.case) {
    case 'after':
      w.uint32(170).string(m.split.value);
      break;
  }
  return w;
}

function readChoices(r: rt.Reader, end: number, m = emptyChoices()): Choices {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.choice = { case: 'text', value: r.string() };
        break;
      case 16:
        m.choice = { case: 'number', value: r.int64() };
        break;
      case 26:
        m.choice = { case: 'raw', value: r.bytes() };
        break;
      case 32:
        m.choice = { case: 'size', value: r.int32() };
        break;
      case 40:
        m.choice = { case: 'flag', value: r.bool() };
        break;
      case 49:
        m.choice = { case: 'real', value: r.double() };
        break;
      case 58:
        m.choice = { case: 'person', value: Person.read(r, r.endOf(end), m.choice.case === 'person' ? m.choice.value : undefined) };
        break;
      case 66:
        m.choice = { case: 'other', value: readChoices(r, r.endOf(end), m.choice.case === 'other' ? m.choice.value : undefined) };
        break;
      case 74:
        m.choice = { case: 'nothing', value: Empty.read(r, r.endOf(end), m.choice.case === 'nothing' ? m.choice.value : undefined) };
        break;
      case 154:
        m.split = { case: 'before', value: r.string() };
        break;
      case 162:
        m.between = r.string();
        break;
      case 170:
        m.split = { case: 'after', value: r.string() };
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** A tree. */
export interface Tree {
  label: string;
  children: Tree[];
  named: Record<string, Tree>;
  single?: Tree | undefined;
}

/** The codec of `wherry.codegen.v1.Tree`. */
export const Tree: rt.MessageType<Tree> = rt.messageType('wherry.codegen.v1.Tree', createTree, writeTree, readTree);

function emptyTree(): Tree {
  return {
    label: '',
    children: [],
    named: {},
    single: undefined,
  };
}

function createTree(init: rt.Init<Tree> = {}): Tree {
  const m = emptyTree();
  if (init.label !== undefined) m.label = init.label;
  if (init.children !== undefined) m.children = init.children.map((value) => createTree(value));
  if (init.named !== undefined) m.named = rt.copyMap(init.named, (value) => createTree(value));
  if (init.single !== undefined) m.single = createTree(init.single);
  return m;
}

function writeTree(m: rt.Init<Tree>, w: rt.Writer): rt.Writer {
  if (m.label) w.uint32(10).string(m.label);
  if (m.children !== undefined) {
    for (const value of m.children) writeTree(value, w.uint32(18).fork()).ldelim();
  }
  if (m.named !== undefined) {
    for (const [key, value] of Object.entries(m.named)) {
      if (value === undefined) continue;
      w.uint32(26).fork();
      w.uint32(10).string(key);
      writeTree(value, w.uint32(18).fork()).ldelim();
      w.ldelim();
    }
  }
  if (m.single !== undefined) writeTree(m.single, w.uint32(34).fork()).ldelim();
  return w;
}

function readTree(r: rt.Reader, end: number, m = emptyTree()): Tree {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.label = r.string();
        break;
      case 18:
        m.children.push(readTree(r, r.endOf(end)));
        break;
      case 26: {
        const to = r.endOf(end);
        let key = '';
        let value: Tree | undefined;
        while (r.pos < to) {
          const part = r.uint32();
          if (part === 10) key = r.string();
          else if (part === 18) value = readTree(r, r.endOf(to), value);
          else r.skip(part);
        }
        r.ended(to);
        rt.setEntry(m.named, key, value ?? createTree());
        break;
      }
      case 34:
        m.single = readTree(r, r.endOf(end), m.single);
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** Messages in messages. */
export interface Outer {
  inner?: Outer_Inner | undefined;
  deeps: Outer_Inner_Deep[];
  kind: Outer_Inner_Kind;
}

/** The codec of `wherry.codegen.v1.Outer`. */
export const Outer: rt.MessageType<Outer> = rt.messageType('wherry.codegen.v1.Outer', createOuter, writeOuter, readOuter);

function emptyOuter(): Outer {
  return {
    inner: undefined,
    deeps: [],
    kind: 0,
  };
}

function createOuter(init: rt.Init<Outer> = {}): Outer {
  const m = emptyOuter();
  if (init.inner !== undefined) m.inner = createOuter_Inner(init.inner);
  if (init.deeps !== undefined) m.deeps = init.deeps.map((value) => createOuter_Inner_Deep(value));
  if (init.kind !== undefined) m.kind = init.kind;
  return m;
}

function writeOuter(m: rt.Init<Outer>, w: rt.Writer): rt.Writer {
  if (m.inner !== undefined) writeOuter_Inner(m.inner, w.uint32(10).fork()).ldelim();
  if (m.deeps !== undefined) {
    for (const value of m.deeps) writeOuter_Inner_Deep(value, w.uint32(18).fork()).ldelim();
  }
  if (m.kind) w.uint32(24).int32(m.kind);
  return w;
}

function readOuter(r: rt.Reader, end: number, m = emptyOuter()): Outer {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.inner = readOuter_Inner(r, r.endOf(end), m.inner);
        break;
      case 18:
        m.deeps.push(readOuter_Inner_Deep(r, r.endOf(end)));
        break;
      case 24:
        m.kind = r.int32();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

export interface Outer_Inner {
  deep?: Outer_Inner_Deep | undefined;
}

/** The codec of `wherry.codegen.v1.Outer.Inner`. */
export const Outer_Inner: rt.MessageType<Outer_Inner> = rt.messageType('wherry.codegen.v1.Outer.Inner', createOuter_Inner, writeOuter_Inner, readOuter_Inner);

function emptyOuter_Inner(): Outer_Inner {
  return {
    deep: undefined,
  };
}

function createOuter_Inner(init: rt.Init<Outer_Inner> = {}): Outer_Inner {
  const m = emptyOuter_Inner();
  if (init.deep !== undefined) m.deep = createOuter_Inner_Deep(init.deep);
  return m;
}

function writeOuter_Inner(m: rt.Init<Outer_Inner>, w: rt.Writer): rt.Writer {
  if (m.deep !== undefined) writeOuter_Inner_Deep(m.deep, w.uint32(10).fork()).ldelim();
  return w;
}

function readOuter_Inner(r: rt.Reader, end: number, m = emptyOuter_Inner()): Outer_Inner {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.deep = readOuter_Inner_Deep(r, r.endOf(end), m.deep);
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

export interface Outer_Inner_Deep {
  kind: Outer_Inner_Kind;
  outer?: Outer | undefined;
}

/** The codec of `wherry.codegen.v1.Outer.Inner.Deep`. */
export const Outer_Inner_Deep: rt.MessageType<Outer_Inner_Deep> = rt.messageType('wherry.codegen.v1.Outer.Inner.Deep', createOuter_Inner_Deep, writeOuter_Inner_Deep, readOuter_Inner_Deep);

function emptyOuter_Inner_Deep(): Outer_Inner_Deep {
  return {
    kind: 0,
    outer: undefined,
  };
}

function createOuter_Inner_Deep(init: rt.Init<Outer_Inner_Deep> = {}): Outer_Inner_Deep {
  const m = emptyOuter_Inner_Deep();
  if (init.kind !== undefined) m.kind = init.kind;
  if (init.outer !== undefined) m.outer = createOuter(init.outer);
  return m;
}

function writeOuter_Inner_Deep(m: rt.Init<Outer_Inner_Deep>, w: rt.Writer): rt.Writer {
  if (m.kind) w.uint32(8).int32(m.kind);
  if (m.outer !== undefined) writeOuter(m.outer, w.uint32(18).fork()).ldelim();
  return w;
}

function readOuter_Inner_Deep(r: rt.Reader, end: number, m = emptyOuter_Inner_Deep()): Outer_Inner_Deep {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 8:
        m.kind = r.int32();
        break;
      case 18:
        m.outer = readOuter(r, r.endOf(end), m.outer);
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** protobuf's own. */
export interface WellKnown {
  any?: Any | undefined;
  duration?: Duration | undefined;
  empty?: Empty | undefined;
  fieldMask?: FieldMask | undefined;
  struct?: Struct | undefined;
  timestamp?: Timestamp | undefined;
  doubleValue?: DoubleValue | undefined;
  int64Value?: Int64Value | undefined;
  uint64Value?: UInt64Value | undefined;
  bytesValue?: BytesValue | undefined;
  stringValue?: StringValue | undefined;
  boolValue?: BoolValue | undefined;
  values: Value[];
  nullValue: NullValue;
}

/** The codec of `wherry.codegen.v1.WellKnown`. */
export const WellKnown: rt.MessageType<WellKnown> = rt.messageType('wherry.codegen.v1.WellKnown', createWellKnown, writeWellKnown, readWellKnown);

function emptyWellKnown(): WellKnown {
  return {
    any: undefined,
    duration: undefined,
    empty: undefined,
    fieldMask: undefined,
    struct: undefined,
    timestamp: undefined,
    doubleValue: undefined,
    int64Value: undefined,
    uint64Value: undefined,
    bytesValue: undefined,
    stringValue: undefined,
    boolValue: undefined,
    values: [],
    nullValue: 0,
  };
}

function createWellKnown(init: rt.Init<WellKnown> = {}): WellKnown {
  const m = emptyWellKnown();
  if (init.any !== undefined) m.any = Any.create(init.any);
  if (init.duration !== undefined) m.duration = Duration.create(init.duration);
  if (init.empty !== undefined) m.empty = Empty.create(init.empty);
  if (init.fieldMask !== undefined) m.fieldMask = FieldMask.create(init.fieldMask);
  if (init.struct !== undefined) m.struct = Struct.create(init.struct);
  if (init.timestamp !== undefined) m.timestamp = Timestamp.create(init.timestamp);
  if (init.doubleValue !== undefined) m.doubleValue = DoubleValue.create(init.doubleValue);
  if (init.int64Value !== undefined) m.int64Value = Int64Value.create(init.int64Value);
  if (init.uint64Value !== undefined) m.uint64Value = UInt64Value.create(init.uint64Value);
  if (init.bytesValue !== undefined) m.bytesValue = BytesValue.create(init.bytesValue);
  if (init.stringValue !== undefined) m.stringValue = StringValue.create(init.stringValue);
  if (init.boolValue !== undefined) m.boolValue = BoolValue.create(init.boolValue);
  if (init.values !== undefined) m.values = init.values.map((value) => Value.create(value));
  if (init.nullValue !== undefined) m.nullValue = init.nullValue;
  return m;
}

function writeWellKnown(m: rt.Init<WellKnown>, w: rt.Writer): rt.Writer {
  if (m.any !== undefined) Any.write(m.any, w.uint32(10).fork()).ldelim();
  if (m.duration !== undefined) Duration.write(m.duration, w.uint32(18).fork()).ldelim();
  if (m.empty !== undefined) Empty.write(m.empty, w.uint32(26).fork()).ldelim();
  if (m.fieldMask !== undefined) FieldMask.write(m.fieldMask, w.uint32(34).fork()).ldelim();
  if (m.struct !== undefined) Struct.write(m.struct, w.uint32(42).fork()).ldelim();
  if (m.timestamp !== undefined) Timestamp.write(m.timestamp, w.uint32(50).fork()).ldelim();
  if (m.doubleValue !== undefined) DoubleValue.write(m.doubleValue, w.uint32(58).fork()).ldelim();
  if (m.int64Value !== undefined) Int64Value.write(m.int64Value, w.uint32(66).fork()).ldelim();
  if (m.uint64Value !== undefined) UInt64Value.write(m.uint64Value, w.uint32(74).fork()).ldelim();
  if (m.bytesValue !== undefined) BytesValue.write(m.bytesValue, w.uint32(82).fork()).ldelim();
  if (m.stringValue !== undefined) StringValue.write(m.stringValue, w.uint32(90).fork()).ldelim();
  if (m.boolValue !== undefined) BoolValue.write(m.boolValue, w.uint32(98).fork()).ldelim();
  if (m.values !== undefined) {
    for (const value of m.values) Value.write(value, w.uint32(106).fork()).ldelim();
  }
  if (m.nullValue) w.uint32(112).int32(m.nullValue);
  return w;
}

function readWellKnown(r: rt.Reader, end: number, m = emptyWellKnown()): WellKnown {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.any = Any.read(r, r.endOf(end), m.any);
        break;
      case 18:
        m.duration = Duration.read(r, r.endOf(end), m.duration);
        break;
      case 26:
        m.empty = Empty.read(r, r.endOf(end), m.empty);
        break;
      case 34:
        m.fieldMask = FieldMask.read(r, r.endOf(end), m.fieldMask);
        break;
      case 42:
        m.struct = Struct.read(r, r.endOf(end), m.struct);
        break;
      case 50:
        m.timestamp = Timestamp.read(r, r.endOf(end), m.timestamp);
        break;
      case 58:
        m.doubleValue = DoubleValue.read(r, r.endOf(end), m.doubleValue);
        break;
      case 66:
        m.int64Value = Int64Value.read(r, r.endOf(end), m.int64Value);
        break;
      case 74:
        m.uint64Value = UInt64Value.read(r, r.endOf(end), m.uint64Value);
        break;
      case 82:
        m.bytesValue = BytesValue.read(r, r.endOf(end), m.bytesValue);
        break;
      case 90:
        m.stringValue = StringValue.read(r, r.endOf(end), m.stringValue);
        break;
      case 98:
        m.boolValue = BoolValue.read(r, r.endOf(end), m.boolValue);
        break;
      case 106:
        m.values.push(Value.read(r, r.endOf(end)));
        break;
      case 112:
        m.nullValue = r.int32();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** Names that TypeScript or JavaScript has for something else. */
export interface Object$ {
  class: string;
  constructor$: string;
  toString$: string;
  default: number;
  withString: string;
  withNumber: number;
  /**
   * No longer used.
   *
   * @deprecated
   */
  old: string;
  case:
    | { case: 'value'; value: string }
    | { case: 'case'; value: string }
    | { case: undefined; value?: undefined };
  m: string;
  w: string;
  r: string;
  promise?: Promise$ | undefined;
  init: Record<string, number>;
  FooBar: number;
  withNumber1: number;
  end: number;
}

/** The codec of `wherry.codegen.v1.Object`. */
export const Object$: rt.MessageType<Object$> = rt.messageType('wherry.codegen.v1.Object', createObject$, writeObject$, readObject$);

function emptyObject$(): Object$ {
  return {
    class: '',
    constructor$: '',
    toString$: '',
    default: 0,
    withString: '0',
    withNumber: 0,
    old: '',
    case: { case: undefined },
    m: '',
    w: '',
    r: '',
    promise: undefined,
    init: {},
    FooBar: 0,
    withNumber1: 0,
    end: 0,
  };
}

function createObject$(init: rt.Init<Object$> = {}): Object$ {
  const m = emptyObject$();
  if (init.class !== undefined) m.class = init.class;
  if (init.constructor$ !== undefined) m.constructor$ = init.constructor$;
  if (init.toString$ !== undefined) m.toString$ = init.toString$;
  if (init.default !== undefined) m.default = init.default;
  if (init.withString !== undefined) m.withString = init.withString;
  if (init.withNumber !== undefined) m.withNumber = init.withNumber;
  if (init.old !== undefined) m.old = init.old;
  switch (init.case?.case) {
    case 'value':
      m.case = { case: 'value', value: init.case.value };
      break;
    case 'case':
      m.case = { case: 'case', value: init.case.value };
      break;
  }
  if (init.m !== undefined) m.m = init.m;
  if (init.w !== undefined) m.w = init.w;
  if (init.r !== undefined) m.r = init.r;
  if (init.promise !== undefined) m.promise = createPromise$(init.promise);
  if (init.init !== undefined) m.init = rt.copyMap(init.init, (value) => value);
  if (init.FooBar !== undefined) m.FooBar = init.FooBar;
  if (init.withNumber1 !== undefined) m.withNumber1 = init.withNumber1;
  if (init.end !== undefined) m.end = init.end;
  return m;
}

function writeObject$(m: rt.Init<Object$>, w: rt.Writer): rt.Writer {
  if (m.class) w.uint32(10).string(m.class);
  if (m.constructor$) w.uint32(18).string(m.constructor$);
  if (m.toString$) w.uint32(26).string(m.toString$);
  if (m.default) w.uint32(32).int32(m.default);
  if (m.withString !== undefined && m.withString !== '0' && m.withString !== '') w.uint32(40).int64(BigInt(m.withString));
  if (m.withNumber) w.uint32(48).int64(BigInt(m.withNumber));
  if (m.old) w.uint32(58).string(m.old);
  switch (m.case?.case) {
    case 'value':
      w.uint32(66).string(m.case.value);
      break;
    case 'case':
      w.uint32(74).string(m.case.value);
      break;
  }
  if (m.m) w.uint32(82).string(m.m);
  if (m.w) w.uint32(90).string(m.w);
  if (m.r) w.uint32(98).string(m.r);
  if (m.promise !== undefined) writePromise$(m.promise, w.uint32(106).fork()).ldelim();
  if (m.init !== undefined) {
    for (const [key, value] of Object.entries(m.init)) {
      if (value === undefined) continue;
      w.uint32(114).fork();
      w.uint32(10).string(key);
      w.uint32(16).int32(value);
      w.ldelim();
    }
  }
  if (m.FooBar) w.uint32(120).int32(m.FooBar);
  if (m.withNumber1) w.uint32(128).int32(m.withNumber1);
  if (m.end) w.uint32(136).int32(m.end);
  return w;
}

function readObject$(r: rt.Reader, end: number, m = emptyObject$()): Object$ {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.class = r.string();
        break;
      case 18:
        m.constructor$ = r.string();
        break;
      case 26:
        m.toString$ = r.string();
        break;
      case 32:
        m.default = r.int32();
        break;
      case 40:
        m.withString = String(r.int64());
        break;
      case 48:
        m.withNumber = rt.safeNumber(r.int64());
        break;
      case 58:
        m.old = r.string();
        break;
      case 66:
        m.case = { case: 'value', value: r.string() };
        break;
      case 74:
        m.case = { case: 'case', value: r.string() };
        break;
      case 82:
        m.m = r.string();
        break;
      case 90:
        m.w = r.string();
        break;
      case 98:
        m.r = r.string();
        break;
      case 106:
        m.promise = readPromise$(r, r.endOf(end), m.promise);
        break;
      case 114: {
        const to = r.endOf(end);
        let key = '';
        let value: number = 0;
        while (r.pos < to) {
          const part = r.uint32();
          if (part === 10) key = r.string();
          else if (part === 16) value = r.int32();
          else r.skip(part);
        }
        r.ended(to);
        rt.setEntry(m.init, key, value);
        break;
      }
      case 120:
        m.FooBar = r.int32();
        break;
      case 128:
        m.withNumber1 = r.int32();
        break;
      case 136:
        m.end = r.int32();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

export interface Promise$ {
  case: string;
  value: string;
}

/** The codec of `wherry.codegen.v1.Promise`. */
export const Promise$: rt.MessageType<Promise$> = rt.messageType('wherry.codegen.v1.Promise', createPromise$, writePromise$, readPromise$);

function emptyPromise$(): Promise$ {
  return {
    case: '',
    value: '',
  };
}

function createPromise$(init: rt.Init<Promise$> = {}): Promise$ {
  const m = emptyPromise$();
  if (init.case !== undefined) m.case = init.case;
  if (init.value !== undefined) m.value = init.value;
  return m;
}

function writePromise$(m: rt.Init<Promise$>, w: rt.Writer): rt.Writer {
  if (m.case) w.uint32(10).string(m.case);
  if (m.value) w.uint32(18).string(m.value);
  return w;
}

function readPromise$(r: rt.Reader, end: number, m = emptyPromise$()): Promise$ {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.case = r.string();
        break;
      case 18:
        m.value = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

export interface Nothing {
}

/** The codec of `wherry.codegen.v1.Nothing`. */
export const Nothing: rt.MessageType<Nothing> = rt.messageType('wherry.codegen.v1.Nothing', createNothing, writeNothing, readNothing);

function emptyNothing(): Nothing {
  return {
  };
}

function createNothing(init: rt.Init<Nothing> = {}): Nothing {
  void init;
  const m = emptyNothing();
  return m;
}

function writeNothing(m: rt.Init<Nothing>, w: rt.Writer): rt.Writer {
  void m;
  return w;
}

function readNothing(r: rt.Reader, end: number, m = emptyNothing()): Nothing {
  while (r.pos < end) r.skip(r.uint32());
  if (r.pos !== end) r.ended(end);
  return m;
}

export interface Aliases {
  alias: Alias;
  aliases: Alias[];
}

/** The codec of `wherry.codegen.v1.Aliases`. */
export const Aliases: rt.MessageType<Aliases> = rt.messageType('wherry.codegen.v1.Aliases', createAliases, writeAliases, readAliases);

function emptyAliases(): Aliases {
  return {
    alias: 0,
    aliases: [],
  };
}

function createAliases(init: rt.Init<Aliases> = {}): Aliases {
  const m = emptyAliases();
  if (init.alias !== undefined) m.alias = init.alias;
  if (init.aliases !== undefined) m.aliases = [...init.aliases];
  return m;
}

function writeAliases(m: rt.Init<Aliases>, w: rt.Writer): rt.Writer {
  if (m.alias) w.uint32(8).int32(m.alias);
  if (m.aliases !== undefined && m.aliases.length > 0) {
    w.uint32(18).fork();
    for (const value of m.aliases) w.int32(value);
    w.ldelim();
  }
  return w;
}

function readAliases(r: rt.Reader, end: number, m = emptyAliases()): Aliases {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 8:
        m.alias = r.int32();
        break;
      case 16:
        m.aliases.push(r.int32());
        break;
      case 18: {
        const to = r.endOf(end);
        while (r.pos < to) m.aliases.push(r.int32());
        r.ended(to);
        break;
      }
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** Unlike Everything, a client is a message here. */
export interface StoreClient {
  name: string;
}

/** The codec of `wherry.codegen.v1.StoreClient`. */
export const StoreClient: rt.MessageType<StoreClient> = rt.messageType('wherry.codegen.v1.StoreClient', createStoreClient, writeStoreClient, readStoreClient);

function emptyStoreClient(): StoreClient {
  return {
    name: '',
  };
}

function createStoreClient(init: rt.Init<StoreClient> = {}): StoreClient {
  const m = emptyStoreClient();
  if (init.name !== undefined) m.name = init.name;
  return m;
}

function writeStoreClient(m: rt.Init<StoreClient>, w: rt.Writer): rt.Writer {
  if (m.name) w.uint32(10).string(m.name);
  return w;
}

function readStoreClient(r: rt.Reader, end: number, m = emptyStoreClient()): StoreClient {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.name = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

export interface Item {
  id: string;
  owner?: Person | undefined;
  price: bigint;
  added?: Timestamp | undefined;
}

/** The codec of `wherry.codegen.v1.Item`. */
export const Item: rt.MessageType<Item> = rt.messageType('wherry.codegen.v1.Item', createItem, writeItem, readItem);

function emptyItem(): Item {
  return {
    id: '',
    owner: undefined,
    price: 0n,
    added: undefined,
  };
}

function createItem(init: rt.Init<Item> = {}): Item {
  const m = emptyItem();
  if (init.id !== undefined) m.id = init.id;
  if (init.owner !== undefined) m.owner = Person.create(init.owner);
  if (init.price !== undefined) m.price = init.price;
  if (init.added !== undefined) m.added = Timestamp.create(init.added);
  return m;
}

function writeItem(m: rt.Init<Item>, w: rt.Writer): rt.Writer {
  if (m.id) w.uint32(10).string(m.id);
  if (m.owner !== undefined) Person.write(m.owner, w.uint32(18).fork()).ldelim();
  if (m.price) w.uint32(24).int64(m.price);
  if (m.added !== undefined) Timestamp.write(m.added, w.uint32(34).fork()).ldelim();
  return w;
}

function readItem(r: rt.Reader, end: number, m = emptyItem()): Item {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 10:
        m.id = r.string();
        break;
      case 18:
        m.owner = Person.read(r, r.endOf(end), m.owner);
        break;
      case 24:
        m.price = r.int64();
        break;
      case 34:
        m.added = Timestamp.read(r, r.endOf(end), m.added);
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

export interface ListRequest {
  count: number;
  prefix: string;
}

/** The codec of `wherry.codegen.v1.ListRequest`. */
export const ListRequest: rt.MessageType<ListRequest> = rt.messageType('wherry.codegen.v1.ListRequest', createListRequest, writeListRequest, readListRequest);

function emptyListRequest(): ListRequest {
  return {
    count: 0,
    prefix: '',
  };
}

function createListRequest(init: rt.Init<ListRequest> = {}): ListRequest {
  const m = emptyListRequest();
  if (init.count !== undefined) m.count = init.count;
  if (init.prefix !== undefined) m.prefix = init.prefix;
  return m;
}

function writeListRequest(m: rt.Init<ListRequest>, w: rt.Writer): rt.Writer {
  if (m.count) w.uint32(8).int32(m.count);
  if (m.prefix) w.uint32(18).string(m.prefix);
  return w;
}

function readListRequest(r: rt.Reader, end: number, m = emptyListRequest()): ListRequest {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 8:
        m.count = r.int32();
        break;
      case 18:
        m.prefix = r.string();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

export interface Summary {
  count: number;
  total: bigint;
}

/** The codec of `wherry.codegen.v1.Summary`. */
export const Summary: rt.MessageType<Summary> = rt.messageType('wherry.codegen.v1.Summary', createSummary, writeSummary, readSummary);

function emptySummary(): Summary {
  return {
    count: 0,
    total: 0n,
  };
}

function createSummary(init: rt.Init<Summary> = {}): Summary {
  const m = emptySummary();
  if (init.count !== undefined) m.count = init.count;
  if (init.total !== undefined) m.total = init.total;
  return m;
}

function writeSummary(m: rt.Init<Summary>, w: rt.Writer): rt.Writer {
  if (m.count) w.uint32(8).int32(m.count);
  if (m.total) w.uint32(16).int64(m.total);
  return w;
}

function readSummary(r: rt.Reader, end: number, m = emptySummary()): Summary {
  while (r.pos < end) {
    const tag = r.uint32();
    switch (tag) {
      case 8:
        m.count = r.int32();
        break;
      case 16:
        m.total = r.int64();
        break;
      default:
        r.skip(tag);
    }
  }
  if (r.pos !== end) r.ended(end);
  return m;
}

/** Keeps items. */
export const StoreService = {
  getItem: rt.method({
    path: '/wherry.codegen.v1.Store/GetItem',
    name: 'GetItem',
    request: Item,
    response: Item,
    requestStream: false,
    responseStream: false,
    file: protoFile,
    options: { '(wherry.v1.ordering_key)': 'id', 'idempotency_level': 'NO_SIDE_EFFECTS' },
  }),
  listItems: rt.method({
    path: '/wherry.codegen.v1.Store/ListItems',
    name: 'ListItems',
    request: ListRequest,
    response: Item,
    requestStream: false,
    responseStream: true,
    file: protoFile,
  }),
  addItems: rt.method({
    path: '/wherry.codegen.v1.Store/AddItems',
    name: 'AddItems',
    request: Item,
    response: Summary,
    requestStream: true,
    responseStream: false,
    file: protoFile,
  }),
  exchange: rt.method({
    path: '/wherry.codegen.v1.Store/Exchange',
    name: 'Exchange',
    request: Item,
    response: Item,
    requestStream: true,
    responseStream: true,
    file: protoFile,
  }),
  close$: rt.method({
    path: '/wherry.codegen.v1.Store/Close',
    name: 'Close',
    request: Empty,
    response: Empty,
    requestStream: false,
    responseStream: false,
    file: protoFile,
    options: { 'deprecated': true, '(wherry.v1.timeout)': '0.3s' },
  }),
};

/** Handlers of `wherry.codegen.v1.Store` as grpc-js's `addService` takes them, and Wherry's. */
export type StoreServer = {
  /**
   * Gives the item of an id. Its comment goes on
   * for a second line.
   */
  getItem: rt.UnaryHandler<Item, Item>;
  /** Lists items. */
  listItems: rt.ServerStreamHandler<ListRequest, Item>;
  /** Adds items, and sums them up. */
  addItems: rt.ClientStreamHandler<Item, Summary>;
  /** Answers each item with itself. */
  exchange: rt.BidiHandler<Item, Item>;
  /**
   * Does nothing, for ever.
   *
   * @deprecated
   */
  close$: rt.UnaryHandler<Empty, Empty>;
};

/** Handlers of `wherry.codegen.v1.Store` as async functions and generators: see {@link storeHandlers}. */
export interface StoreHandlers {
  /**
   * Gives the item of an id. Its comment goes on
   * for a second line.
   */
  getItem(request: Item, context: rt.CallContext): rt.Response<Item>;
  /** Lists items. */
  listItems(request: ListRequest, context: rt.CallContext): rt.Responses<Item>;
  /** Adds items, and sums them up. */
  addItems(requests: AsyncIterable<Item>, context: rt.CallContext): rt.Response<Summary>;
  /** Answers each item with itself. */
  exchange(requests: AsyncIterable<Item>, context: rt.CallContext): rt.Responses<Item>;
  /**
   * Does nothing, for ever.
   *
   * @deprecated
   */
  close$(request: Empty, context: rt.CallContext): rt.Response<Empty>;
}

/** Makes of async handlers those that `addService` takes beside {@link StoreService}. */
export function storeHandlers(handlers: StoreHandlers, options?: rt.HandlerOptions): StoreServer {
  return rt.asyncHandlers(StoreService, handlers, options);
}

/** A client of `wherry.codegen.v1.Store` over any grpc-js channel, or a server's address. */
export class StoreClient$ extends rt.ServiceClient {
  /**
   * Gives the item of an id. Its comment goes on
   * for a second line.
   */
  getItem(request: rt.Init<Item>, options?: rt.CallOptions): Promise<Item> {
    return rt.callUnary(this.channel, StoreService.getItem, request, options);
  }

  /** Lists items. */
  listItems(request: rt.Init<ListRequest>, options?: rt.CallOptions): rt.ResponseStream<Item> {
    return rt.callServerStream(this.channel, StoreService.listItems, request, options);
  }

  /** Adds items, and sums them up. */
  addItems(requests: rt.Requests<Item>, options?: rt.CallOptions): Promise<Summary> {
    return rt.callClientStream(this.channel, StoreService.addItems, requests, options);
  }

  /** Answers each item with itself. */
  exchange(requests: rt.Requests<Item>, options?: rt.CallOptions): rt.ResponseStream<Item> {
    return rt.callBidi(this.channel, StoreService.exchange, requests, options);
  }

  /**
   * Does nothing, for ever.
   *
   * @deprecated
   */
  close$(request: rt.Init<Empty>, options?: rt.CallOptions): Promise<Empty> {
    return rt.callUnary(this.channel, StoreService.close$, request, options);
  }
}
