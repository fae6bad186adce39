/*
 * One job: started, asked for until it is done, its result put together.
 *
 *     waiting -> starting -> running -> ended
 *
 * It can be cancelled in each phase, and ends once: with a result, or with a `WorkerError`. The
 * token that names it on the server stays a text: quick_server gives digits, and who makes a number
 * of them asks for a job that does not exist.
 *
 * While a stream tells what happens, `get` is asked rarely, and at once when the stream ends.
 */
import { backoffDelay } from "./backoff.js";
import { Streams } from "./worker_stream.js";
import { ask, WorkerError } from "./worker_wire.js";

const PIECES_AT_ONCE = 4; // of a long result; browsers have six connections to one server
const STOP_ATTEMPTS = 6; // of a stop that does not get through: about ten seconds

/**
 * @typedef {object} Config read at each use, milliseconds
 * @property {number} timeStart wait before the job is asked for the first time
 * @property {number} timeMulInc each further wait is longer by this factor ...
 * @property {number} timeMinInc ... but by at least this
 * @property {number} timeCap the longest wait
 * @property {number} timeStream the wait while a stream tells what happens
 * @property {number} requestTimeout of one request; 0: none
 * @property {number} retryTime for how long a server that does not answer is asked again
 *
 * @typedef {import("./worker_wire.js").Network & {random: () => number, now: () => number,
 *   newId: () => string, sendBeacon?: (url: string, body: any) => boolean, warn: (text: string) => void}} Platform
 */

export class Job {
  #platform;
  #config;
  #url;
  #payload;
  #progress;
  #onanswer;
  #stream = null;
  #hasten = null; // makes the pause before the next question shorter
  #hastened = 0;
  #aborted = new AbortController();
  #timer = null;
  #token = null;
  #id; // what the server calls the job until it has told its token
  #trouble = null; // with the last request, before it was answered after all
  #settle; // {resolve, reject} of `outcome`

  /** "waiting", "starting", "running" or "ended" */
  phase = "waiting";

  /** When a waiting job starts, on the clock of the platform. */
  due = 0;

  /**
   * @param {Platform} platform
   * @param {Config} config
   * @param {object} request
   * @param {string} request.url
   * @param {any} request.payload
   * @param {import("./worker_progress.js").Progress} request.progress
   * @param {() => void} [request.onanswer] called when the server answers that the job is there
   */
  constructor(platform, config, { url, payload, progress, onanswer = () => {} }) {
    this.#platform = platform;
    this.#config = config;
    this.#url = url;
    this.#payload = payload;
    this.#progress = progress;
    this.#onanswer = onanswer;
    this.#id = platform.newId();
    /** @type {Promise<any>} the result; rejects with a `WorkerError` */
    this.outcome = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
  }

  /** Start it at a time of the platform's clock. */
  startAt(due) {
    this.due = due;
    const delay = Math.max(0, due - this.#platform.now());
    this.#timer = this.#platform.setTimeout(() => this.#start(), delay);
  }

  /**
   * End it, and the function on the server; false when it is over already.
   *
   * @param {string} [why]
   */
  cancel(why = "cancelled") {
    if (!this.#fail(new WorkerError("cancelled", why))) return false;
    if (this.#token !== null) this.#stop();
    return true;
  }

  /** The same while the page goes away, when only a beacon still gets through. */
  abandon() {
    const { sendBeacon, setTimeout } = this.#platform;
    const { phase } = this;
    if (!this.#close()) return;
    // told when the visitor comes back to a page that the browser has kept, else never
    const left = new WorkerError("lost", "the page was left");
    setTimeout(() => this.#settle.reject(left), 0);
    if (phase === "waiting") return;
    // a form, because a beacon of another type needs a preflight to reach another origin
    const form = new URLSearchParams(this.#stopRequest());
    if (!sendBeacon?.(this.#url, form)) this.#stop();
  }

  #fail(error) {
    if (!this.#close()) return false;
    this.#settle.reject(error);
    return true;
  }

  #close() {
    if (this.phase === "ended") return false;
    this.phase = "ended";
    this.#platform.clearTimeout(this.#timer);
    this.#aborted.abort();
    this.#stream?.close();
    return true;
  }

  async #start() {
    this.phase = "starting";
    try {
      const result = await this.#run();
      if (this.#close()) this.#settle.resolve(result);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #run() {
    // not ended by `cancel`: without the answer nobody could stop the job
    const { seen } = this.#progress;
    const request = { action: "start", payload: this.#payload, seen, id: this.#id };
    let answer = await this.#ask(request, { signal: undefined });
    this.#token = answer.token;
    if (this.phase === "ended") {
      if (answer.continue) await this.#stop();
      return undefined;
    }
    this.phase = "running";
    answer = await this.#finished(answer);
    return this.#parsed(answer.continue ? await this.#collected(answer.result) : answer.result);
  }

  /** The last answer, after any number of them. */
  async #finished(answer) {
    let wait = this.#config.timeStart;
    for (;;) {
      if (!answer.done && !answer.continue) throw this.#lost();
      this.#onanswer();
      this.#progress.answered(answer);
      if (answer.done) return answer;
      if (this.phase !== "ended") this.#follow(); // what was told may have cancelled it
      await this.#untilAsking(wait);
      wait = this.#longer(wait);
      const seen = this.#progress.seen;
      answer = await this.#insisting({ action: "get", token: this.#token, seen });
    }
  }

  #follow() {
    if (this.#stream !== null) return;
    const ended = () => {
      this.#stream = null;
      // at once the first time; a stream that ends again and again must not set the pace
      this.#hasten?.(this.#hastened++ === 0 ? 0 : this.#config.timeStart);
    };
    const progress = this.#progress;
    this.#stream = Streams.of(this.#platform).follow(this.#url, this.#token, progress.seen, {
      moved: (news) => progress.moved(news),
      item: (item, index) => progress.item(item, index),
      ended,
    });
  }

  /** A failure that is told once, with a status like those of proxies, was the job's own. */
  #lost() {
    if (this.#trouble?.kind === "failed") return this.#trouble;
    const cause = this.#trouble ?? undefined;
    return new WorkerError("lost", "the server does not know the job any more", { cause });
  }

  #longer(wait) {
    const { timeMulInc, timeMinInc, timeCap } = this.#config;
    return Math.min(Math.max(wait * timeMulInc, wait + timeMinInc), timeCap);
  }

  /** Ask, and ask again for as long as it may help. */
  async #insisting(request) {
    const { now, random } = this.#platform;
    const givenUp = now() + this.#config.retryTime;
    this.#trouble = null;
    for (let attempt = 0; ; attempt++) {
      try {
        const answer = await this.#ask(request);
        if (answer.token === request.token) return answer;
        throw new WorkerError("protocol", "the answer is about another job");
      } catch (error) {
        const delay = backoffDelay(attempt, random);
        if (!error.temporary || now() + delay > givenUp) throw error;
        this.#trouble = error;
        await this.#pause(delay);
      }
    }
  }

  /** The pieces of a long result, joined. */
  async #collected(tokens) {
    if (!Array.isArray(tokens)) throw new WorkerError("protocol", "the pieces are no list");
    const pieces = new Array(tokens.length);
    let next = 0;
    const collect = async () => {
      while (next < tokens.length) {
        const index = next++;
        const answer = await this.#insisting({ action: "cargo", token: String(tokens[index]) });
        pieces[index] = answer.result;
      }
    };
    await Promise.all(Array.from({ length: PIECES_AT_ONCE }, collect));
    return pieces.join("");
  }

  #parsed(text) {
    try {
      if (typeof text === "string") return JSON.parse(text);
    } catch (error) {
      throw new WorkerError("protocol", "the result is no JSON", { cause: error });
    }
    throw new WorkerError("protocol", "the result is no text");
  }

  #stopRequest() {
    if (this.#token !== null) return { action: "stop", token: this.#token };
    return { action: "stop", token: "", id: this.#id };
  }

  async #stop() {
    const { random } = this.#platform;
    const request = this.#stopRequest();
    for (let attempt = 0; attempt < STOP_ATTEMPTS; attempt++) {
      try {
        await this.#ask(request, { signal: undefined, keepalive: true });
        return;
      } catch (error) {
        if (!error.temporary) break;
        await this.#pause(backoffDelay(attempt, random));
      }
    }
    this.#platform.warn(`quick_htag: a job at ${this.#url} could not be stopped`);
  }

  #ask(request, options = {}) {
    const timeout = this.#config.requestTimeout;
    const signal = this.#aborted.signal;
    return ask(this.#platform, this.#url, request, { signal, timeout, ...options });
  }

  #untilAsking(wait) {
    const { timeStream } = this.#config;
    // a stream does not tell that a job's turn has come, unless the job tells something itself
    const followed = this.#stream?.open && !this.#progress.waiting;
    const ms = followed ? Math.max(wait, timeStream) : wait;
    return this.#pause(ms, (hasten) => (this.#hasten = hasten));
  }

  /**
   * Rejects when the job is cancelled meanwhile; a pause of a job that is over just takes its time.
   *
   * @param {number} ms
   * @param {(hasten: ((ms: number) => void) | null) => void} [offer] given a function that ends
   *   the pause sooner, and null when it is over
   */
  #pause(ms, offer = () => {}) {
    const { setTimeout, clearTimeout } = this.#platform;
    const { signal } = this.#aborted;
    return new Promise((resolve, reject) => {
      const over = (settle) => () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", cancelled);
        offer(null);
        settle();
      };
      const cancelled = over(() => reject(new WorkerError("cancelled", "cancelled")));
      const due = over(resolve);
      let timer = setTimeout(due, ms);
      offer((sooner) => {
        clearTimeout(timer);
        timer = setTimeout(due, sooner);
      });
      if (!signal.aborted) signal.addEventListener("abort", cancelled);
    });
  }
}
