/*
 * The form of one message text between page and app, on every transport; `guis/codec.py` is the
 * other side. Results are given to a callback, so that a codec may take its time; it must keep the
 * order of the messages in each direction. Close codes and the frames of a transport are not its.
 */

/**
 * @typedef {object} Codec
 * @property {(text: string, send: (text: string) => void) => void} encode
 * @property {(text: string, take: (text: string) => void) => void} decode
 */

/** @type {Codec} */
export const plainCodec = {
  encode: (text, send) => send(text),
  decode: (text, take) => take(text),
};
