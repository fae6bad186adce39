/*
 * The events of a page on their way to the app. They carry consecutive numbers and stay here until
 * the server has acknowledged them, so that they can be sent again on another connection.
 */

const PENDING_LIMIT = 1000; // events not handled yet, the most the server takes as well
const ENVELOPE = 40; // bytes around an event
const ORIGIN = 100; // ... more, when it comes from an earlier page

/**
 * @typedef {object} Unfinished an event not handled yet
 * @property {object} payload
 * @property {[string, number]} origin the document it was given to first, and its number there
 * @property {any} note what was noted of it
 */

export class Outgoing {
  #name;
  #queue = []; // not acknowledged, oldest first: {number, text, origin, note}
  #base = 0; // what the server counts before our event 1: see `welcomed`
  #sent = 0; // number of the newest event
  #unfinished = new Map(); // the events not handled yet, by number
  #greeted = false;

  /** @param {string} name of the document, for all servers of its app */
  constructor(name) {
    this.#name = name;
  }

  /** Events taken and not handled yet. */
  get pending() {
    return this.#unfinished.size;
  }

  /** The messages of the events not acknowledged, oldest first. */
  get messages() {
    return this.#queue.map((event) => this.#message(event));
  }

  /** @returns {Unfinished[]} the events not handled yet, oldest first */
  get unfinished() {
    return [...this.#unfinished.values()].map(({ number, text, origin, note }) => ({
      payload: JSON.parse(text),
      origin: origin ?? [this.#name, number + this.#base],
      note,
    }));
  }

  /**
   * Why an event cannot be sent; empty when it can.
   *
   * @param {string | undefined} text of the event, in JSON
   * @param {number} limit bytes of the largest message the server takes
   * @param {[string, number]} [origin] see `Unfinished`
   */
  refusal(text, limit, origin) {
    if (text?.[0] !== "{") return "it is no object";
    if (this.pending >= PENDING_LIMIT) return `${PENDING_LIMIT} events are waiting already`;
    // a UTF-16 unit takes three bytes at most
    const around = origin ? ENVELOPE + ORIGIN : ENVELOPE;
    if (text.length * 3 + around <= limit) return "";
    const size = new TextEncoder().encode(text).length;
    return size + around > limit ? `it has ${size} bytes, the server takes ${limit}` : "";
  }

  /**
   * Take an event.
   *
   * @param {string} text of the event, in JSON
   * @param {{origin?: [string, number], note?: any}} [terms] see `Unfinished`
   * @returns {{number: number, message: string}}
   */
  add(text, { origin, note } = {}) {
    const event = { number: ++this.#sent, text, origin, note };
    this.#queue.push(event);
    this.#unfinished.set(event.number, event);
    return { number: event.number, message: this.#message(event) };
  }

  /**
   * A connection is open.
   *
   * @param {number} received number of the last event the server has received
   */
  welcomed(received) {
    // Nothing was sent yet, so those events came from a page this one is a browser's copy of
    // (a restored or duplicated tab): count on from there.
    if (!this.#greeted) this.#base = received;
    this.#greeted = true;
    this.acknowledged(received);
  }

  /** The server has received events up to this number. */
  acknowledged(number) {
    this.#queue = this.#queue.filter((event) => event.number > number - this.#base);
  }

  /** An event has been handled; our number of it, 0 when that is known already. */
  finished(number) {
    const ours = number - this.#base;
    return this.#unfinished.delete(ours) ? ours : 0;
  }

  /** Forget everything. */
  clear() {
    this.#queue = [];
    this.#unfinished.clear();
  }

  #message({ number, text, origin }) {
    const of = origin ? `,"of":${JSON.stringify(origin)}` : "";
    return `{"n":${number + this.#base},"p":${text}${of}}`;
  }
}
