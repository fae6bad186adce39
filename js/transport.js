/*
 * One page, one line to its server at a time, and nothing lost or applied twice when it breaks or
 * when another transport takes over.
 *
 * Payloads carry consecutive numbers: the page applies each once, tells the last one it has when it
 * connects, and takes a gap for a broken connection. Events carry numbers too: they stay in the
 * queue until the server has acknowledged them, and those it does not know are sent again after
 * `hello`. Nothing is sent before `hello`.
 *
 * Whether the line is alive is found out by the server's pings, and here by an acknowledgement or a
 * sign of life that is overdue: nobody tells a browser that its server has given up a connection
 * while the machine slept.
 */
import { plainCodec } from "./codec.js";
import { Connector } from "./connector.js";
import { EventLine } from "./event_line.js";
import { Outgoing } from "./outgoing.js";
import { PollLine } from "./poll_line.js";
import { WebsocketLine } from "./websocket_line.js";

const ANSWER_TIMEOUT = 20000; // ms until an event is acknowledged
const SILENCES = 3; // signs of life that may be missing

const LINES = { websocket: WebsocketLine, sse: EventLine, poll: PollLine };

/** Close codes after which connecting again is pointless, and the reason shown. */
const ENDINGS = {
  4001: "session",
  4002: "application",
  4003: "stuck",
  4004: "unknown",
  4005: "crashed",
  1008: "refused",
  1009: "refused",
};

/**
 * @typedef {object} Platform everything the transport uses of the browser
 * @property {new (url: string) => WebSocket} WebSocket
 * @property {new (url: string) => EventSource} EventSource
 * @property {typeof fetch} fetch
 * @property {new () => AbortController} AbortController
 * @property {(callback: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {() => number} random as Math.random
 * @property {() => number} now milliseconds, never running backwards
 * @property {{protocol: string, host: string, pathname: string}} location
 * @property {EventTarget} window fires `online` and `pageshow`
 * @property {EventTarget & {visibilityState: string}} document fires `visibilitychange`
 * @property {(error: unknown) => void} report takes an error thrown while a payload was applied
 * @property {(text: string) => void} log takes a warning for the developer
 *
 * @typedef {object} Options
 * @property {string} page id of this page load
 * @property {string} [doc] name of this document: a browser may show copies of one it has loaded,
 *   which have the same id, and one of them can be the page
 * @property {number} seen number of the last payload contained in the page as loaded
 * @property {number} [limit] bytes of the largest message the server takes; none: not checked
 * @property {string[]} [transports] those the page may use, the best first; none: websocket only
 * @property {import("./codec.js").Codec} [codec] the form of messages; none: as they are
 * @property {(payload: any, full: boolean) => void} apply puts a payload into the page
 * @property {(number: number) => void} [done] told that an event has been handled
 * @property {() => void} [earlier] told that an event of an earlier page had begun before
 * @property {(payload: object) => any} [note] what to note of an event, see `unfinished`
 *
 * @typedef {object} Status
 * @property {"connecting" | "open" | "lost" | "ended"} state
 * @property {string} reason why it ended: session, application, stuck, crashed (its process has
 *   ended), unknown (the page must be loaded again), refused, insecure (the browser cannot encrypt here) or closed; else empty
 * @property {number} pending events sent and not handled yet
 * @property {number} undelivered events the server has not confirmed when it ended, or that were
 *   not done when their app crashed; else 0
 * @property {string} refused why the event just given to `send` was not taken; else empty
 */

export class Transport {
  #platform;
  #options;
  #limit; // bytes of the largest event
  #seen;
  #connector;
  #outgoing;
  #state = "connecting";
  #reason = "";
  #undelivered = 0;
  #left = []; // the events not handled when it ended
  #answerTimer = null;
  #silenceTimer = null;
  #listeners = new Set();
  #undo = [];

  /**
   * @param {Platform} platform
   * @param {Options} options
   */
  constructor(platform, options) {
    const { transports = ["websocket"], codec = plainCodec, seen, page, doc, limit } = options;
    this.#platform = platform;
    this.#options = options;
    this.#outgoing = new Outgoing(doc ? `${page}/${doc}` : page);
    this.#limit = limit === undefined ? Infinity : codec.room(limit);
    this.#seen = seen;
    const open = (name, listener) => {
      const terms = { page, doc, limit, seen: this.#seen };
      return codec.line((coded) => new LINES[name](platform, terms, coded), listener);
    };
    this.#connector = new Connector(platform, transports, open, {
      message: (text, posted) => this.#received(JSON.parse(text), posted),
      lost: () => this.#lost(),
      ended: (code) => this.#end(ENDINGS[code]),
    });
  }

  get state() {
    return this.#state;
  }

  get reason() {
    return this.#reason;
  }

  /** "websocket", "sse" or "poll"; empty without a connection. */
  get transport() {
    return this.#connector.name;
  }

  /** Events sent and not handled yet. */
  get pending() {
    return this.#outgoing.pending;
  }

  /**
   * The events not handled yet, oldest first; also after the end.
   *
   * @returns {import("./outgoing.js").Unfinished[]}
   */
  get unfinished() {
    return this.#state === "ended" ? this.#left : this.#outgoing.unfinished;
  }

  /**
   * Connect, and stay connected until the server says it is over or `close` is called. Called again
   * it ends the pause before the next attempt.
   */
  connect() {
    if (this.#state === "ended") return;
    if (this.#undo.length > 0) {
      if (this.#connector.waits) this.#connector.dial();
      return;
    }
    const { window, document } = this.#platform;
    this.#listen(window, "online", () => this.#networkIsBack());
    // back from the browser's cache of pages, where no timer ran and lines may have ended unheard
    this.#listen(window, "pageshow", (event) => event.persisted && this.#networkIsBack());
    this.#listen(document, "visibilitychange", () => {
      if (document.visibilityState === "visible" && this.#connector.waits) this.#connector.dial();
    });
    this.#connector.dial();
  }

  /**
   * Send an event, now or as soon as there is a connection.
   *
   * @param {object} payload a plain object, of what JSON can hold
   * @param {object} [terms] of an event of an earlier page
   * @param {[string, number]} [terms.origin] that page, and its number there
   * @param {any} [terms.note] what was noted of it
   * @returns {number} the event's number; 0 when it was refused
   */
  send(payload, { origin, note } = {}) {
    const text = JSON.stringify(payload);
    const ended = this.#state === "ended" ? "the session has ended" : "";
    const refused = ended || this.#outgoing.refusal(text, this.#limit, origin);
    if (refused) {
      this.#platform.log(`quick_htag: event not sent: ${refused}`);
      this.#tell(refused);
      return 0;
    }
    const terms = { origin, note: note ?? this.#options.note?.(payload) };
    const { number, message } = this.#outgoing.add(text, terms);
    if (this.#state === "open") this.#transmit(message);
    this.#tell();
    return number;
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

  /**
   * End for good; leaves no timer and no listener behind. Safe to call twice.
   *
   * @param {string} [reason] for the status
   */
  close(reason = "closed") {
    if (this.#state !== "ended") this.#end(reason);
  }

  #listen(target, name, handler) {
    target.addEventListener(name, handler);
    this.#undo.push(() => target.removeEventListener(name, handler));
  }

  #networkIsBack() {
    // A line from before the interruption may look open for minutes: take a new one.
    this.#connector.restart();
    if (this.#state === "open") this.#lost();
  }

  #lost() {
    this.#stopWaiting();
    this.#stopWatching();
    this.#become("lost");
  }

  #awaitAnswer() {
    if (this.#answerTimer !== null) return;
    const overdue = () => this.#connector.retry();
    this.#answerTimer = this.#platform.setTimeout(overdue, ANSWER_TIMEOUT);
  }

  #stopWaiting() {
    this.#platform.clearTimeout(this.#answerTimer);
    this.#answerTimer = null;
  }

  #stopWatching() {
    this.#platform.clearTimeout(this.#silenceTimer);
    this.#silenceTimer = null;
  }

  #received(message, posted) {
    if ("p" in message) this.#payload(message);
    else if ("ack" in message) this.#acknowledged(message.ack, posted);
    else if ("done" in message) this.#finished(message);
    else if ("hello" in message) this.#welcomed(message.hello);
    else if ("alive" in message) this.#isAlive(message.alive);
  }

  /** There will be another sign of life within so many seconds. */
  #isAlive(interval) {
    const { setTimeout, clearTimeout } = this.#platform;
    clearTimeout(this.#silenceTimer);
    const overdue = () => this.#connector.retry();
    this.#silenceTimer = setTimeout(overdue, interval * 1000 * SILENCES);
  }

  #welcomed(received) {
    this.#outgoing.welcomed(received);
    this.#stopWaiting();
    this.#stopWatching(); // another transport may have other signs of life
    for (const message of this.#outgoing.messages) this.#transmit(message);
    this.#become("open");
  }

  #acknowledged(number, posted) {
    this.#outgoing.acknowledged(number);
    if (posted) return; // the way to the page has yet to show that it is alive
    this.#stopWaiting();
    if (this.#outgoing.messages.length > 0) this.#awaitAnswer();
  }

  #finished({ done: number, earlier = false }) {
    this.#acknowledged(number, false); // the server leaves the ack out when it has got that far
    const ours = this.#outgoing.finished(number);
    if (ours === 0) return; // told again after a reconnect
    if (earlier) this.#options.earlier?.();
    this.#options.done?.(ours);
    this.#tell();
  }

  #payload({ n: number, p: payload, full = false }) {
    if (!full && number <= this.#seen) return;
    if (!full && number > this.#seen + 1) {
      this.#connector.retry(); // something was missed: the server replays it
      return;
    }
    this.#seen = number; // even if the page cannot apply it: a replay would fail the same way
    try {
      this.#options.apply(payload, full);
    } catch (error) {
      this.#platform.report(error);
    }
  }

  #transmit(message) {
    this.#connector.send(message);
    this.#awaitAnswer();
  }

  #end(reason) {
    const { messages, pending } = this.#outgoing;
    const length = reason === "crashed" ? pending : messages.length;
    if (length > 0) this.#platform.log(`quick_htag: ${length} events could not be delivered`);
    this.#connector.close();
    this.#stopWaiting();
    this.#stopWatching();
    for (const undo of this.#undo.splice(0)) undo();
    this.#left = this.#outgoing.unfinished;
    this.#outgoing.clear();
    this.#reason = reason;
    this.#undelivered = length;
    this.#become("ended");
  }

  #become(state) {
    this.#state = state;
    this.#tell();
  }

  #tell(refused = "") {
    const { state, reason, pending } = this;
    const undelivered = this.#undelivered;
    for (const listener of [...this.#listeners]) {
      try {
        listener({ state, reason, pending, undelivered, refused });
      } catch (error) {
        // Not `report`: htag 2 answers a reported error with an event, which would be told again.
        this.#platform.log(`quick_htag: state listener: ${error}`);
      }
    }
  }
}
