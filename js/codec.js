/*
 * The form of one message text between page and app, on every transport; `guis/codec.py` is the
 * other side. A codec makes lines whose texts have that form. Close codes and the frames of a
 * transport are not its.
 */

/**
 * @typedef {object} Codec
 * @property {(open: OpenLine, listener: import("./connector.js").LineListener) =>
 *   import("./connector.js").Line} line opens a line; `listener` hears plain texts, and `send` takes
 *   them, in order
 * @property {(bytes: number) => number} room bytes of the largest text that makes a message of so
 *   many bytes
 *
 * @callback OpenLine
 * @param {import("./connector.js").LineListener} listener
 * @returns {import("./connector.js").Line}
 */

/** @type {Codec} */
export const plainCodec = {
  line: (open, listener) => open(listener),
  room: (bytes) => bytes,
};
