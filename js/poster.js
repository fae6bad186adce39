/*
 * Sends texts by POST: one request at a time, so that they arrive in order, each with everything
 * that has come up meanwhile. The answer has messages, like that of a poll.
 */
import { below } from "./address.js";

const MOST = 1000; // texts in one request
const OUTLIVES = 20000; // UTF-16 units of a request that may outlive its page; browsers take 64 KiB

/** What the status of a failed request means as a close code. */
export function codeOf(status) {
  return status === 413 ? 1009 : 1006;
}

export class Poster {
  #platform;
  #terms;
  #listener;
  #queue = [];
  #aborter = null; // of the request under way
  #closed = false;

  /**
   * @param {import("./transport.js").Platform} platform
   * @param {import("./connector.js").Terms} terms
   * @param {import("./connector.js").LineListener} listener told of the answers and of a failure
   */
  constructor(platform, terms, listener) {
    this.#platform = platform;
    this.#terms = terms;
    this.#listener = listener;
  }

  send(text) {
    if (this.#closed) return;
    this.#queue.push(text);
    if (this.#aborter === null) this.#post();
  }

  close() {
    this.#closed = true;
    this.#queue = [];
    this.#aborter?.abort();
  }

  async #post() {
    const { fetch, location, AbortController } = this.#platform;
    const { page, doc } = this.#terms;
    this.#aborter = new AbortController();
    const body = JSON.stringify(this.#batch());
    try {
      const response = await fetch(below(location, "event", { page, doc }), {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body,
        keepalive: body.length < OUTLIVES,
        signal: this.#aborter.signal,
      });
      if (!response.ok) throw Object.assign(new Error("refused"), { code: codeOf(response.status) });
      this.#answered(await response.json());
    } catch (error) {
      if (!this.#closed) this.#listener.closed(error.code === 1009 ? 1009 : 1006);
      return;
    }
    this.#aborter = null;
    if (this.#queue.length > 0 && !this.#closed) this.#post();
  }

  #answered({ m: texts, close }) {
    for (const text of texts) if (!this.#closed) this.#listener.message(text, true);
    if (close && !this.#closed) this.#listener.closed(close[0]);
  }

  /** The texts that go together: as many as the server takes, at least one. */
  #batch() {
    const { limit = Infinity } = this.#terms;
    const batch = [];
    let size = 0;
    while (this.#queue.length > 0 && batch.length < MOST) {
      size += this.#queue[0].length * 3; // a UTF-16 unit takes three bytes at most
      if (batch.length > 0 && size > limit) break;
      batch.push(this.#queue.shift());
    }
    return batch;
  }
}
