'use strict';
// Bytes as the protocol carries them: as text where they are UTF-8, else as base64.

/** Buffer, Uint8Array, string, undefined, null, or what JSON can hold. */
function toParams(value) {
  if (value === undefined || value === null) {
    return {};
  }
  if (typeof value === 'string') {
    return { payload: value };
  }
  if (value instanceof Uint8Array) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    const text = bytes.toString('utf8');
    return Buffer.from(text, 'utf8').equals(bytes) ? { payload: text } : { payloadBase64: bytes.toString('base64') };
  }
  return { payload: JSON.stringify(value) };
}

/** A Buffer. */
function fromParams(params) {
  if (typeof params.payload === 'string') {
    return Buffer.from(params.payload, 'utf8');
  }
  return Buffer.from(params.payloadBase64 || '', 'base64');
}

module.exports = { fromParams, toParams };
