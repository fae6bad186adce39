/*
 * A line of long polls to the page, and of POST requests from it. A poll is answered when there is
 * something, or after a while with nothing; the next one follows at once.
 */
import { below } from "./address.js";
import { Poster, codeOf } from "./poster.js";

const OVERDUE = 60000; // ms until a poll must be answered; the server answers after 20 s by default

/** @implements {import("./connector.js").Line} */
export class PollLine {
  name = "poll";
  #platform;
  #terms;
  #listener;
  #poster;
  #connection = ""; // its name, given by the server
  #number = 0; // of the poll
  #aborter = null;
  #closed = false;

  /**
   * @param {import("./transport.js").Platform} platform
   * @param {import("./connector.js").Terms} terms
   * @param {import("./connector.js").LineListener} listener
   */
  constructor(platform, terms, listener) {
    this.#platform = platform;
    this.#terms = terms;
    this.#listener = listener;
    this.#poster = new Poster(platform, terms, listener);
    this.#poll();
  }

  send(text) {
    this.#poster.send(text);
  }

  close() {
    this.#closed = true;
    this.#poster.close();
    this.#aborter?.abort();
  }

  async #poll() {
    while (!this.#closed) {
      try {
        this.#take(await this.#ask());
      } catch (error) {
        this.#end(error.code === 1009 ? 1009 : 1006);
      }
    }
  }

  async #ask() {
    const { fetch, location, setTimeout, clearTimeout, AbortController } = this.#platform;
    const { page, seen, doc } = this.#terms;
    const next = { page, c: this.#connection, k: this.#number };
    const query = this.#connection ? next : { page, seen, doc };
    const aborter = new AbortController();
    this.#aborter = aborter;
    const timer = setTimeout(() => aborter.abort(), OVERDUE);
    try {
      const response = await fetch(below(location, "poll", query), {
        method: "POST",
        signal: aborter.signal,
      });
      if (!response.ok) throw Object.assign(new Error("refused"), { code: codeOf(response.status) });
      return await response.json();
    } finally {
      clearTimeout(timer);
    }
  }

  #take({ m: texts, c: name = this.#connection, close }) {
    this.#connection = name;
    this.#number += 1;
    for (const text of texts) if (!this.#closed) this.#listener.message(text, false);
    if (close) this.#end(close[0]);
  }

  #end(code) {
    if (this.#closed) return;
    this.close();
    this.#listener.closed(code);
  }
}
