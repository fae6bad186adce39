/*
 * What pages of "parano" apps and their server encrypt their messages with: AES-256-GCM.
 *
 * A sealed message is base64(nonce, ciphertext, tag), nonce 12 and tag 16 bytes, under the SHA-256
 * of a password text. The last 8 bytes of the nonce are a counter, each value of which is taken
 * once, so that no message works twice; the page and the direction are authenticated with each message. Answers to
 * posted messages are checked apart from the others: they come on another connection, so either may
 * arrive first. The server's side has the same words.
 */

import { ReplayWindow } from "./replay_window.js";

const NONCE_BYTES = 12;
const COUNTER_AT = 4; // first byte of the counter in the nonce
const TAG_BYTES = 16;
const CHUNK = 0x8000; // bytes turned into text at once: a call takes a limited number of arguments

function toBase64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) {
    text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  }
  return btoa(text);
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

/** Seals what goes to the server and opens what comes from it, for one page. */
export class Cipher {
  #crypto;
  #key;
  #sends;
  #receives;
  #sealed;
  #opened = { message: new ReplayWindow(), answer: new ReplayWindow() };

  /**
   * @param {Crypto} crypto as `window.crypto`; its `subtle` exists on https and localhost only
   * @param {string} password the text both sides know
   * @param {string} page id of the page
   * @param {number} start counter of the first message: higher than those of a page this one is a
   *   browser's copy of (a restored or duplicated tab), so milliseconds since 1970
   */
  constructor(crypto, password, page, start) {
    const encode = (text) => new TextEncoder().encode(text);
    this.#crypto = crypto;
    this.#sends = encode(`to server ${page}`);
    this.#receives = {
      message: encode(`to page ${page}`),
      answer: encode(`answer to page ${page}`),
    };
    this.#sealed = BigInt(Math.floor(start)) * 1000n;
    this.#key = crypto.subtle
      .digest("SHA-256", encode(password))
      .then((raw) => crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]));
  }

  /**
   * Encrypt a message. Messages must be sent in the order of the calls.
   *
   * @param {string} text
   * @returns {Promise<string>}
   */
  async seal(text) {
    const nonce = this.#crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    new DataView(nonce.buffer).setBigUint64(COUNTER_AT, ++this.#sealed);
    const data = new TextEncoder().encode(text);
    const rules = { name: "AES-GCM", iv: nonce, additionalData: this.#sends };
    const ciphertext = await this.#crypto.subtle.encrypt(rules, await this.#key, data);
    const message = new Uint8Array(NONCE_BYTES + ciphertext.byteLength);
    message.set(nonce);
    message.set(new Uint8Array(ciphertext), NONCE_BYTES);
    return toBase64(message);
  }

  /**
   * Decrypt a message.
   *
   * @param {string} message
   * @param {"message" | "answer"} [kind]
   * @returns {Promise<string>} rejected when it is not encrypted, was changed, is not for this page
   *   or was received before
   */
  async open(message, kind = "message") {
    const data = fromBase64(message);
    if (data.length < NONCE_BYTES + TAG_BYTES) throw new Error("the message is too short");
    const nonce = data.subarray(0, NONCE_BYTES);
    const rules = { name: "AES-GCM", iv: nonce, additionalData: this.#receives[kind] };
    const key = await this.#key;
    const text = await this.#crypto.subtle.decrypt(rules, key, data.subarray(NONCE_BYTES));
    const counter = new DataView(data.buffer).getBigUint64(COUNTER_AT);
    const fault = this.#opened[kind].take(counter);
    if (fault) throw new Error(fault);
    return new TextDecoder().decode(text);
  }
}
