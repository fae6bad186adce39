/* A page with a worker, a clock, and a server that speaks its protocol, under test control. */
import { setImmediate as turn } from "node:timers/promises";

import { Clock, Target } from "./fakes.mjs";

/** A server of jobs, each of which runs until the test ends it. */
export class Server {
  requests = []; // {url, action, token, ...}, oldest first
  jobs = new Map(); // by token: {payload, stopped, answer}
  cargo = new Map();
  ids = new Map(); // tokens by what the client calls a start
  interfere = null; // (request) => an answer, a promise or an error instead of the usual answer
  lastToken = 7364829137465012; // beyond what some clients keep when they make a number of it

  fetch = async (url, { method, headers, body, keepalive, signal }) => {
    const request = { url, method, headers, keepalive, ...JSON.parse(body) };
    this.requests.push(request);
    const aborted = new Promise((_, reject) => {
      const abort = () => reject(new DOMException("aborted", "AbortError"));
      if (signal.aborted) abort();
      signal.addEventListener("abort", abort);
    });
    const answer = (await Promise.race([this.interfere?.(request), aborted])) ?? this.#usual(request);
    if (answer instanceof Response) return answer;
    return new Response(JSON.stringify(answer));
  };

  /** As `fetch`, for what `navigator.sendBeacon` sends. */
  sendBeacon = (url, form) => {
    const request = { url, beacon: true, ...Object.fromEntries(form) };
    this.requests.push(request);
    this.#usual(request);
    return true;
  };

  get actions() {
    return this.requests.map((request) => request.action);
  }

  get last() {
    return [...this.jobs.values()].at(-1);
  }

  #usual({ action, token, payload, id }) {
    if (action === "start") return this.#start(payload, id);
    if (action === "stop") return this.#stop(token || this.ids.get(id));
    if (action === "cargo") return this.#piece(token);
    return this.#state(token);
  }

  #start(payload, id) {
    const token = String(++this.lastToken);
    this.ids.set(id, token);
    this.jobs.set(token, { token, payload, stopped: false, done: false, more: {} });
    return this.#state(token);
  }

  #state(token) {
    const job = typeof token === "string" ? this.jobs.get(token) : undefined;
    if (job === undefined || job.stopped) {
      return { token, done: false, continue: false, result: null };
    }
    if (job.done) this.jobs.delete(token);
    return { token, done: job.done, continue: !job.done, result: null, ...job.more };
  }

  #stop(token) {
    if (this.jobs.has(token)) this.jobs.get(token).stopped = true;
    return { token, done: true, continue: false, result: null };
  }

  #piece(token) {
    if (!this.cargo.has(token)) return new Response("no such piece", { status: 500 });
    const result = this.cargo.get(token);
    this.cargo.delete(token);
    return { token, done: true, continue: false, result };
  }

  /** The newest job is done. */
  finish(result) {
    Object.assign(this.last, { done: true, more: { result: JSON.stringify(result) } });
  }

  /** The newest job is done, its result has to be fetched in pieces. */
  finishInPieces(...pieces) {
    const tokens = pieces.map((piece, index) => {
      this.cargo.set(`cargo${index}`, piece);
      return `cargo${index}`;
    });
    Object.assign(this.last, { done: true, more: { continue: true, result: tokens } });
  }
}

/** The server refuses with this status. */
export function refusal(status, text = "", type = "text/plain; charset=utf-8") {
  return new Response(text, { status, statusText: "Refused", headers: { "content-type": type } });
}

/** A class of streams that remembers each one made; the test plays the server. */
export function eventSourceClass() {
  return class EventSource extends Target {
    static all = [];

    static get last() {
      return this.all.at(-1);
    }

    closed = false;

    constructor(url) {
      super();
      this.url = url;
      this.constructor.all.push(this);
    }

    close() {
      this.closed = true;
    }

    /** The server answers with a stream. */
    opens() {
      this.onopen();
    }

    /** The server, or the network, ends it, or never gave one. */
    fails() {
      this.onerror();
    }

    says(name, data, id = "") {
      this.fire(name, { data: JSON.stringify(data), lastEventId: String(id) });
    }
  };
}

export class Page {
  #ids = 1;
  clock = new Clock();
  server = new Server();
  window = new Target();
  document = Object.assign(new Target(), { title: "Page", visibilityState: "visible" });
  warnings = [];
  platform = {
    fetch: this.server.fetch,
    setTimeout: this.clock.setTimeout,
    clearTimeout: this.clock.clearTimeout,
    random: () => 0.5,
    newId: () => `the name of start ${this.#ids++}`,
    now: () => this.clock.now,
    sendBeacon: this.server.sendBeacon,
    document: this.document,
    window: this.window,
    warn: (text) => this.warnings.push(text),
  };

  /** The server has streams, and this is the class of them. */
  withStreams() {
    this.platform.EventSource = eventSourceClass();
    return this.platform.EventSource;
  }

  /** The visitor looks at another page, or at this one again. */
  show(visible) {
    this.document.visibilityState = visible ? "visible" : "hidden";
    this.document.fire("visibilitychange");
  }

  /** Let time pass, and everything happen that follows from it. */
  async pass(ms) {
    const end = this.clock.now + ms;
    await turn();
    while (this.clock.left[0] <= end - this.clock.now) {
      this.clock.advance(this.clock.left[0]);
      await turn();
    }
    this.clock.advance(end - this.clock.now);
    await turn();
  }
}
