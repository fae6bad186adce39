/*
 * One page, one websocket at a time, and nothing lost or applied twice when it breaks.
 *
 * Payloads carry consecutive numbers: the page applies each once, tells the last one it has when it
 * connects, and takes a gap for a broken connection. Events carry numbers too: they stay in the
 * queue until the server has acknowledged them, and those it does not know are sent again after
 * `hello`. Nothing is sent before `hello`.
 *
 * Whether the line is alive is found out by the server's pings, which browsers answer by
 * themselves, and here by an answer that is overdue.
 */
import { backoffDelay } from "./backoff.js";

const PENDING_LIMIT = 1000; // events not handled yet, the most the server takes as well
const ANSWER_TIMEOUT = 20000; // ms until `hello`, or until an event is acknowledged
const SETTLED_AFTER = 5000; // ms a connection must last to make the next retry a first one again

/** Close codes after which connecting again is pointless, and the reason shown. */
const ENDINGS = {
  4001: "session",
  4002: "application",
  4003: "stuck",
  1008: "refused",
  1009: "refused",
};

/**
 * @typedef {object} Platform everything the transport uses of the browser
 * @property {new (url: string) => WebSocket} WebSocket
 * @property {(callback: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {() => number} random as Math.random
 * @property {() => number} now milliseconds, never running backwards
 * @property {{protocol: string, host: string, pathname: string}} location
 * @property {EventTarget} window fires `online`
 * @property {EventTarget & {visibilityState: string}} document fires `visibilitychange`
 * @property {(error: unknown) => void} report takes an error thrown while a payload was applied
 * @property {(text: string) => void} log takes a warning for the developer
 *
 * @typedef {object} Options
 * @property {string} page id of this page load
 * @property {number} seen number of the last payload contained in the page as loaded
 * @property {number} [limit] bytes of the largest message the server takes; none: not checked
 * @property {(payload: any, full: boolean) => void} apply puts a payload into the page
 * @property {(number: number) => void} [done] told that an event has been handled
 *
 * @typedef {object} Status
 * @property {"connecting" | "open" | "lost" | "ended"} state
 * @property {string} reason why it ended: session, application, stuck, refused or closed; else empty
 * @property {number} pending events sent and not handled yet
 * @property {string} refused why the event just given to `send` was not taken; else empty
 */

/**
 * Address of the websocket: the path of the page, `ws` below it, the page's id and position.
 *
 * @param {{protocol: string, host: string, pathname: string}} location
 * @param {string} page
 * @param {number} seen
 */
export function socketUrl({ protocol, host, pathname }, page, seen) {
  const scheme = protocol === "https:" ? "wss:" : "ws:";
  const folder = pathname.endsWith("/") ? pathname : pathname + "/";
  return `${scheme}//${host}${folder}ws?page=${encodeURIComponent(page)}&seen=${seen}`;
}

export class Transport {
  #platform;
  #options;
  #seen;
  #socket = null;
  #state = "connecting";
  #reason = "";
  #queue = []; // events not acknowledged, oldest first: {number, text}
  #base = 0; // what the server counts before our event 1: see #welcomed
  #sent = 0; // number of the newest event
  #unfinished = new Set(); // numbers of the events not handled yet
  #greeted = false; // `hello` has been received at least once
  #openSince = null; // when this connection said `hello`
  #attempt = 0;
  #retryTimer = null;
  #answerTimer = null;
  #listeners = new Set();
  #undo = [];

  /**
   * @param {Platform} platform
   * @param {Options} options
   */
  constructor(platform, options) {
    this.#platform = platform;
    this.#options = options;
    this.#seen = options.seen;
  }

  get state() {
    return this.#state;
  }

  get reason() {
    return this.#reason;
  }

  /** Events sent and not handled yet. */
  get pending() {
    return this.#unfinished.size;
  }

  /** Connect, and stay connected until the server says it is over or `close` is called. */
  connect() {
    if (this.#state === "ended" || this.#undo.length > 0) return;
    const { window, document } = this.#platform;
    this.#listen(window, "online", () => this.#networkIsBack());
    this.#listen(document, "visibilitychange", () => {
      if (document.visibilityState === "visible" && this.#retryTimer !== null) this.#dial();
    });
    this.#dial();
  }

  /**
   * Send an event, now or as soon as there is a connection.
   *
   * @param {object} payload a plain object, of what JSON can hold
   * @returns {number} the event's number; 0 when it was refused
   */
  send(payload) {
    const text = JSON.stringify(payload);
    const refused = this.#refusal(text);
    if (refused) {
      this.#platform.log(`quick_htag: event not sent: ${refused}`);
      this.#tell(refused);
      return 0;
    }
    const event = { number: ++this.#sent, text };
    this.#queue.push(event);
    this.#unfinished.add(event.number);
    if (this.#state === "open") this.#transmit(event);
    this.#tell();
    return event.number;
  }

  /**
   * Be told of every change of state and of the pending count, and of refused events.
   *
   * @param {(status: Status) => void} listener
   * @returns {() => void} undoes it
   */
  onstate(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** End for good; leaves no timer and no listener behind. Safe to call twice. */
  close() {
    if (this.#state !== "ended") this.#end("closed");
  }

  #listen(target, name, handler) {
    target.addEventListener(name, handler);
    this.#undo.push(() => target.removeEventListener(name, handler));
  }

  #networkIsBack() {
    // A socket from before the interruption may look open for minutes: take a new one.
    this.#attempt = 0;
    this.#dial();
    if (this.#state === "open") this.#become("lost");
  }

  #dial() {
    this.#hangUp();
    const { WebSocket, location } = this.#platform;
    const socket = new WebSocket(socketUrl(location, this.#options.page, this.#seen));
    socket.onmessage = (event) => this.#received(JSON.parse(event.data));
    socket.onclose = (event) => this.#closed(event.code);
    this.#socket = socket;
    this.#awaitAnswer();
  }

  #hangUp() {
    const { clearTimeout } = this.#platform;
    clearTimeout(this.#retryTimer);
    clearTimeout(this.#answerTimer);
    this.#retryTimer = this.#answerTimer = this.#openSince = null;
    if (this.#socket === null) return;
    // a dead socket may still fire, much later
    this.#socket.onmessage = this.#socket.onclose = null;
    this.#socket.close();
    this.#socket = null;
  }

  #awaitAnswer() {
    if (this.#answerTimer !== null) return;
    this.#answerTimer = this.#platform.setTimeout(() => this.#retry(), ANSWER_TIMEOUT);
  }

  #answered() {
    this.#platform.clearTimeout(this.#answerTimer);
    this.#answerTimer = null;
    if (this.#queue.length > 0) this.#awaitAnswer();
  }

  #closed(code) {
    if (code in ENDINGS) this.#end(ENDINGS[code]);
    else this.#retry();
  }

  #retry() {
    const { setTimeout, random, now } = this.#platform;
    if (this.#openSince !== null && now() - this.#openSince >= SETTLED_AFTER) this.#attempt = 0;
    this.#hangUp();
    const delay = backoffDelay(this.#attempt++, random);
    this.#retryTimer = setTimeout(() => this.#dial(), delay);
    this.#become("lost");
  }

  #received(message) {
    if ("p" in message) this.#payload(message);
    else if ("ack" in message) this.#acknowledged(message.ack - this.#base);
    else if ("done" in message) this.#finished(message.done - this.#base);
    else if ("hello" in message) this.#welcomed(message.hello);
  }

  #welcomed(received) {
    // Nothing was sent yet, so those events came from a page this one is a browser's copy of
    // (a restored or duplicated tab): count on from there.
    if (!this.#greeted) this.#base = received;
    this.#greeted = true;
    this.#openSince = this.#platform.now();
    this.#acknowledged(received - this.#base);
    for (const event of this.#queue) this.#transmit(event);
    this.#become("open");
  }

  #acknowledged(number) {
    this.#queue = this.#queue.filter((event) => event.number > number);
    this.#answered();
  }

  #finished(number) {
    if (!this.#unfinished.delete(number)) return; // told again after a reconnect
    this.#options.done?.(number);
    this.#tell();
  }

  #payload({ n: number, p: payload, full = false }) {
    if (!full && number <= this.#seen) return;
    if (!full && number > this.#seen + 1) {
      this.#retry(); // something was missed: the server replays it
      return;
    }
    this.#seen = number; // even if the page cannot apply it: a replay would fail the same way
    try {
      this.#options.apply(payload, full);
    } catch (error) {
      this.#platform.report(error);
    }
  }

  #transmit({ number, text }) {
    this.#socket.send(`{"n":${number + this.#base},"p":${text}}`);
    this.#awaitAnswer();
  }

  #refusal(text) {
    const { limit = Infinity } = this.#options;
    if (this.#state === "ended") return "the session has ended";
    if (text?.[0] !== "{") return "it is no object";
    if (this.pending >= PENDING_LIMIT) return `${PENDING_LIMIT} events are waiting already`;
    // 40 bytes for the envelope; a UTF-16 unit takes three bytes at most
    if (text.length * 3 + 40 <= limit) return "";
    const size = new TextEncoder().encode(text).length;
    return size + 40 > limit ? `it has ${size} bytes, the server takes ${limit}` : "";
  }

  #end(reason) {
    this.#hangUp();
    for (const undo of this.#undo.splice(0)) undo();
    this.#queue = [];
    this.#unfinished.clear();
    this.#reason = reason;
    this.#become("ended");
  }

  #become(state) {
    this.#state = state;
    this.#tell();
  }

  #tell(refused = "") {
    const { state, reason, pending } = this;
    for (const listener of [...this.#listeners]) {
      try {
        listener({ state, reason, pending, refused });
      } catch (error) {
        // Not `report`: htag 2 answers a reported error with an event, which would be told again.
        this.#platform.log(`quick_htag: state listener: ${error}`);
      }
    }
  }
}
