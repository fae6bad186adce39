/*
 * What a page leaves to the one that takes its place when its app is gone while its session lives,
 * after a restart of the server say: the events it has not heard to be done, and what is in its
 * fields. The ids of the new page are other ones, so what an event is of is found by its place.
 *
 * The server knows which of these events have begun, so none begins twice. Events keep their order:
 * behind one whose element is not there with certainty, none is delivered.
 */
import { Fields } from "./fields.js";
import { Places } from "./places.js";

const KEY = "quick_htag_leftovers";
const LIMIT = 600000; // ms; the server remembers what has begun for longer
const PATIENCE = 3000; // ms in which the new page may still become what the old one was

/**
 * @typedef {object} Calls what a generation of htag sends, see `htag1_calls.js`
 * @property {(payload: object) => boolean} counts
 * @property {(element: Element) => string} idOf
 * @property {(window: Window, payload: object) => string} sourceOf
 * @property {(document: Document, payload: object) => Element | null} targetOf
 * @property {(source: Element, target: Element) => boolean} leads
 * @property {(payload: object, target: Element) => object} aimed
 *
 * @typedef {object} Note of an event, as it was made
 * @property {number} at time, in ms since 1970
 * @property {string} source id of the element that has sent it; empty: not known
 * @property {string} kind name of the event of the browser it was sent for; empty: not known
 */

export class Leftovers {
  #window;
  #owner;
  #calls;
  #fields;
  #development;
  #left = null; // of the page before: {events, fields, lost}; `lost`: how many are given up
  #until = 0; // when it is given up, in ms since 1970
  #sending = false;

  /**
   * @param {Window} window
   * @param {string} owner names the visitor and the app; nobody else gets what is left
   * @param {Calls} calls
   * @param {boolean} [development] the program is started again whenever its files change, with which
   *   sessions in memory end: who develops it still finds what is in his fields
   */
  constructor(window, owner, calls, development = false) {
    this.#window = window;
    this.#owner = owner;
    this.#calls = calls;
    this.#development = development;
    this.#fields = new Fields(window.document);
  }

  /** Milliseconds that this may last. */
  get patience() {
    return PATIENCE;
  }

  /** Whether something of the page before waits for its elements. */
  get waits() {
    return this.#left !== null;
  }

  /**
   * Note an event that is sent now.
   *
   * @returns {Note}
   */
  note(payload) {
    // what waits any longer would come behind it
    const waiting = this.#left !== null && !this.#sending && this.#calls.counts(payload);
    if (waiting) this.#left.lost += this.#left.events.splice(0).length;
    const { event, Date } = this.#window;
    const source = this.#calls.sourceOf(this.#window, payload);
    return { at: Date.now(), source, kind: event?.type ?? "" };
  }

  /**
   * Leave what is not done to the page that comes.
   *
   * @param {import("./outgoing.js").Unfinished[]} unfinished
   */
  keep(unfinished) {
    const { document, location } = this.#window;
    const places = new Places(document);
    const events = unfinished.filter(({ payload }) => this.#calls.counts(payload));
    const awaited = new Set(events.map(({ note }) => `${note.kind} ${note.source}`));
    const isAwaited = (field, name) => awaited.has(`${name} ${this.#calls.idOf(field)}`);
    const left = {
      owner: this.#owner,
      development: this.#development,
      path: location.pathname,
      events: events.map((event) => this.#described(places, event)),
      fields: this.#fields.kept(places, isAwaited),
    };
    const lost = { ...left, events: events.map(() => ({ place: null })), fields: [] };
    if (!this.#store(left)) this.#store(lost); // too large: at least it is told
  }

  #store(left) {
    try {
      this.#window.sessionStorage.setItem(KEY, JSON.stringify(left));
      return true;
    } catch {
      return false; // too large, or no memory
    }
  }

  #described(places, { payload, origin, note }) {
    const { document } = this.#window;
    const target = this.#calls.targetOf(document, payload);
    const source = note.source && this.#calls.targetOf(document, { id: note.source });
    const place = source ? places.of(source) : null;
    const { at, kind } = note;
    return { payload, origin, at, kind, place, aim: target && places.path(target) };
  }

  /** Take what the page before has left, once. */
  take() {
    const { location, Date } = this.#window;
    try {
      const { sessionStorage } = this.#window;
      const text = sessionStorage.getItem(KEY);
      if (text === null) return;
      sessionStorage.removeItem(KEY);
      const { owner, path, events, fields, development } = JSON.parse(text);
      const same = owner === this.#owner;
      if (path !== location.pathname || !(same || (development && this.#development))) return;
      // of another session the server does not know which events have begun
      const lost = same ? 0 : events.splice(0).length;
      if (lost + events.length + fields.length === 0) return;
      this.#left = { events, fields, lost };
      this.#until = Date.now() + PATIENCE;
    } catch {
      // no memory, so nothing was left in it
    }
  }

  /**
   * Deliver what finds its element.
   *
   * @param {(payload: object, terms: {origin: [string, number], note: Note}) => number} send
   * @param {boolean} [last] do not wait for more
   * @returns {number} how many events are given up
   */
  deliver(send, last = false) {
    if (this.#left === null) return 0;
    const now = this.#window.Date.now();
    this.#sending = true;
    try {
      const left = this.#left;
      left.fields = this.#fields.restore(new Places(this.#window.document), left.fields);
      const places = new Places(this.#window.document);
      while (left.events.length > 0 && this.#send(places, left.events[0], now, send)) {
        left.events.shift();
      }
      const missing = left.events.length;
      if (missing + left.fields.length > 0 && !last && now < this.#until) return 0;
      this.#left = null;
      return left.lost + missing;
    } finally {
      this.#sending = false;
    }
  }

  #send(places, { payload, origin, at, kind, place, aim }, now, send) {
    const source = now - at <= LIMIT ? places.find(place) : null;
    const target = source && typeof aim === "string" ? places.at(aim) : null;
    if (!target || !this.#calls.leads(source, target)) return false;
    const note = { at, kind, source: this.#calls.idOf(source) };
    return send(this.#calls.aimed(payload, target), { origin, note }) > 0;
  }
}
