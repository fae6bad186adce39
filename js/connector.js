/*
 * Keeps a line to the server: opens it by the best transport that works, opens another one when it
 * breaks, and looks for a better transport now and then. A line counts as open when it has brought
 * its first message. The line in use is kept until a better one is open, so nothing is missing.
 */
import { backoffDelay } from "./backoff.js";
import { Ladder } from "./ladder.js";

const OPEN_TIMEOUT = 2500; // ms until the first message, when another transport could be tried
const LAST_TIMEOUT = 20000; // ms ... when there is no other
const SETTLED_AFTER = 5000; // ms a line must last to make the next retry a first one again
const BETTER = { least: 4000, first: 8000, most: 600000 }; // ms until a better one is tried again

const REPLACED = 1000; // close code of a connection whose page has a newer one

/** Close codes after which connecting again is pointless. */
export const FINAL_CODES = [4001, 4002, 4003, 4004, 4005, 1008, 1009];

/**
 * @typedef {object} Terms
 * @property {string} page id of the page
 * @property {string} [doc] name of the loaded document; see `Options` of the transport
 * @property {number} seen number of the last payload the page has applied
 * @property {number} [limit] bytes of the largest message the server takes
 *
 * @typedef {object} LineListener never called after `close`, nor by the constructor of the line
 * @property {(text: string, posted: boolean) => void} message `posted`: it is the answer to a POST,
 *   which says nothing about the way to the page
 * @property {(code: number) => void} closed the line is of no use any more
 *
 * @typedef {object} Line one connection by one transport
 * @property {string} name of the transport
 * @property {(text: string) => void} send
 * @property {() => void} close
 *
 * @typedef {object} Owner
 * @property {(text: string, posted: boolean) => void} message
 * @property {() => void} lost there is no open line; another one will be
 * @property {(code: number) => void} ended there will be none
 */

export class Connector {
  #platform;
  #open;
  #owner;
  #ladder;
  #line = null; // open
  // Not open yet: {name, line, probes, replaces}. `probes`: what to try next; null: it is no probe.
  // `replaces`: the server has taken it for the connection of the page.
  #opening = null;
  #timers = new Map(); // by name: open, retry, better
  #since = null; // when the line was opened
  #attempt = 0;
  #betterAttempt = 0;

  /**
   * @param {import("./transport.js").Platform} platform
   * @param {string[]} names of the transports, the best first
   * @param {(name: string, listener: LineListener) => Line} open
   * @param {Owner} owner
   */
  constructor(platform, names, open, owner) {
    this.#platform = platform;
    this.#ladder = new Ladder(names);
    this.#open = open;
    this.#owner = owner;
  }

  /** Name of the transport in use; empty without a line. */
  get name() {
    return this.#line?.name ?? "";
  }

  /** Whether it waits before the next attempt. */
  get waits() {
    return this.#timers.has("retry");
  }

  /** Send a text on the open line; without one it is dropped. */
  send(text) {
    this.#line?.send(text);
  }

  /** Open a line now. */
  dial() {
    this.#clear("retry");
    this.#try(this.#ladder.name, null);
  }

  /** As `dial`, from the beginning: the network is another one. */
  restart() {
    this.close();
    this.#ladder.reset();
    this.#attempt = 0;
    this.dial();
  }

  /** The line has turned out to be broken: open another one after a pause. */
  retry() {
    const { random, now } = this.#platform;
    if (this.#since !== null) {
      const soon = now() - this.#since < SETTLED_AFTER;
      if (!soon) this.#attempt = 0;
      this.#ladder.broke(soon);
    }
    this.close();
    this.#later("retry", backoffDelay(this.#attempt++, random), () => this.dial());
    this.#owner.lost();
  }

  /** Close every line and leave no timer behind; `dial` begins again. */
  close() {
    this.#clear("retry");
    this.#clear("better");
    this.#drop();
    this.#line?.close();
    this.#line = this.#since = null;
  }

  #try(name, probes) {
    this.#drop();
    const opening = { name, line: null, probes, replaces: false };
    const listener = {
      message: (text, posted) => this.#heard(opening, text, posted),
      closed: (code) => this.#closed(opening, code),
    };
    this.#opening = opening;
    const other = this.#line !== null || !this.#ladder.lowest;
    this.#later("open", other ? OPEN_TIMEOUT : LAST_TIMEOUT, () => this.#failed());
    try {
      opening.line = this.#open(name, listener);
    } catch (error) {
      this.#platform.log(`quick_htag: no ${name}: ${error}`); // forbidden by the page's policy, say
      this.#later("open", 0, () => this.#failed());
    }
  }

  #heard(opening, text, posted) {
    if (opening === this.#opening) this.#use(opening.line);
    if (opening.line === this.#line) this.#owner.message(text, posted);
  }

  #use(line) {
    this.#clear("open");
    this.#clear("better");
    this.#opening = null;
    this.#line?.close();
    this.#line = line;
    this.#since = this.#platform.now();
    this.#ladder.opened(line.name);
    if (this.#ladder.better.length === 0) this.#betterAttempt = 0;
    else this.#seekBetter();
  }

  #closed(opening, code) {
    if (opening !== this.#opening && opening.line !== this.#line) return;
    if (FINAL_CODES.includes(code)) {
      this.close();
      this.#owner.ended(code);
    } else if (opening === this.#opening) {
      this.#failed();
    } else if (this.#opening === null) {
      this.retry();
    } else {
      this.#opening.replaces = code === REPLACED;
      this.#line.close();
      this.#line = null;
    }
  }

  /** The line that was being opened has not become one. */
  #failed() {
    const { name, probes, replaces } = this.#opening;
    this.#drop();
    if (this.#line === null) {
      if (replaces) this.#ladder.harmed(name);
      if (probes === null && this.#ladder.failed()) this.dial();
      else this.retry();
    } else if (probes.length > 0) {
      this.#probe(probes);
    } else {
      this.#seekBetter();
    }
  }

  #seekBetter() {
    const delay = backoffDelay(this.#betterAttempt++, this.#platform.random, BETTER);
    this.#later("better", delay, () => this.#probe(this.#ladder.better));
  }

  #probe([name, ...others]) {
    this.#try(name, others);
  }

  #drop() {
    this.#clear("open");
    this.#opening?.line?.close();
    this.#opening = null;
  }

  #later(name, ms, callback) {
    this.#clear(name);
    const due = () => {
      this.#timers.delete(name);
      callback();
    };
    this.#timers.set(name, this.#platform.setTimeout(due, ms));
  }

  #clear(name) {
    this.#platform.clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
}
