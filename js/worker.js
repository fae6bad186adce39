/*
 * Runs functions of the server that are registered with `json_worker`, however long they take.
 *
 *     const work = new quick_server.Worker();
 *     work.post("sum", "/api/sum", { upto: 1e9 }, (result) => show(result), (error) => tell(error));
 *     const result = await work.post("sum", "/api/sum", { upto: 1e9 });
 *
 * It is an ES module, and also puts its names into `quick_server` and `quick_htag`, which is all
 * that the classic script made of it does. The browser's own `Worker` stays what it is.
 */
import { Job } from "./worker_job.js";
import { Progress } from "./worker_progress.js";
import { TitleSpinner } from "./worker_title.js";
import { WorkerError } from "./worker_wire.js";

export { WorkerError };

export const VERSION = "0.1.0";

/** Times are in milliseconds; everything may be changed at any time and is read when used. */
export const CONFIG = {
  preDelay: 500, // after the first `post` of a `ref`; only the last one in that time is sent
  timeStart: 500, // until a job is asked for the first time, where the server has no stream
  timeCap: 60000, // and at most between two times
  timeMinInc: 10, // each wait is longer than the one before by this ...
  timeMulInc: 1.01, // ... or by this factor, whichever is more
  timeStream: 15000, // between two times while a stream tells what happens
  requestTimeout: 120000, // of one request
  retryTime: 30000, // for how long a server that does not answer is asked again
  animation: ["⠋", "⠙", "⠸", "⠴", "⠦", "⠇"], // in the title
  animationTime: 300, // of one frame
};

/** The browser as a worker needs it; the functions must be called as those of `scope`. */
function platformOf(scope) {
  const { navigator } = scope;
  return {
    fetch: (...request) => scope.fetch(...request),
    setTimeout: (callback, ms) => scope.setTimeout(callback, ms),
    clearTimeout: (timer) => scope.clearTimeout(timer),
    random: () => scope.Math.random(),
    newId: () => [...scope.crypto.getRandomValues(new Uint32Array(4))].join("-"),
    now: () => scope.performance.now(),
    EventSource: scope.EventSource,
    sendBeacon: navigator?.sendBeacon && ((url, body) => navigator.sendBeacon(url, body)),
    document: scope.document,
    window: scope,
    warn: (text) => scope.console.warn(text),
    raise: (error) =>
      scope.setTimeout(() => {
        throw error;
      }),
  };
}

export class Worker {
  #platform;
  #jobs = new Map(); // by ref: the latest job of each, while it is not over
  #onstatus = null;
  #told = 0; // the last status
  #active = true;
  #infoTitle = true;
  #posts = 0; // number of the newest
  #failure = 0; // number of the newest post when a job failed; 0: all is well
  #left = () => this.#abandon();

  /** Told how far a job is: `{ref, fraction, text, position}`, as worker_progress.js has it. */
  onprogress = null;

  /** Told each partial result of a job: `{ref, item, index}`. */
  onitem = null;

  constructor(platform = platformOf(globalThis)) {
    this.#platform = platform;
  }

  /**
   * A function that is told the number of jobs, -1 after a failure until something succeeds again.
   *
   * Set it by `work.status = fn` or `work.status(fn)`; `work.status()` gives it back.
   */
  get status() {
    return (...callback) => {
      if (callback.length === 0) return this.#onstatus;
      this.#onstatus = callback[0];
      return this;
    };
  }

  set status(callback) {
    this.#onstatus = callback;
  }

  /** Whether `post` does anything. Jobs that were posted before go on. */
  get active() {
    return this.#active;
  }

  set active(value) {
    this.#active = Boolean(value);
  }

  /** Whether the title of the document shows that jobs run. */
  get infoTitle() {
    return this.#infoTitle;
  }

  set infoTitle(value) {
    this.#infoTitle = Boolean(value);
    this.#changed();
  }

  /**
   * Run a function of the server. A job of the same `ref` that is not done yet is cancelled.
   *
   * @param {string} ref names the job on this page
   * @param {string} url
   * @param {any} payload
   * @param {(result: any) => void} [callback]
   * @param {(error: WorkerError) => void} [errorCallback] not called for jobs that are cancelled
   * @returns {Promise<any> & {cancel(): boolean, onprogress: Function?, onitem: Function?}}
   */
  post(ref, url, payload, callback, errorCallback) {
    const number = ++this.#posts;
    const onanswer = () => {
      if (this.#failure > 0 && number > this.#failure) this.#recovered();
    };
    const emit = (name, event) => {
      if (job.phase === "ended") return; // cancelled by what was told just before
      this.#call(promise[name], event);
      this.#call(this[name], { ref, ...event });
    };
    const progress = new Progress(emit, () => Boolean(promise.onitem ?? this.onitem));
    const job = new Job(this.#platform, CONFIG, { url, payload, progress, onanswer });
    const promise = job.outcome.finally(() => this.#forget(ref, job));
    Object.assign(promise, { ref, onprogress: null, onitem: null });
    promise.cancel = () => this.#cancelled(ref, job);
    promise.then(
      (result) => this.#succeeded(callback, result),
      (error) => this.#failed(ref, url, errorCallback, error),
    );
    if (this.#active) this.#schedule(ref, job);
    else job.cancel("not active");
    return promise;
  }

  /**
   * Cancel the job of a `ref`, whatever it is doing; its function on the server is stopped.
   *
   * @param {string} ref
   * @returns {boolean} whether there was one
   */
  cancel(ref) {
    const job = this.#jobs.get(ref);
    return job !== undefined && this.#cancelled(ref, job);
  }

  #cancelled(ref, job) {
    this.#forget(ref, job);
    this.#changed();
    return job.cancel();
  }

  #forget(ref, job) {
    if (this.#jobs.get(ref) === job) this.#jobs.delete(ref);
  }

  #schedule(ref, job) {
    const { now } = this.#platform;
    const previous = this.#jobs.get(ref);
    const waiting = previous?.phase === "waiting";
    this.#jobs.set(ref, job);
    job.startAt(waiting ? previous.due : now() + CONFIG.preDelay);
    previous?.cancel("replaced");
    this.#changed();
  }

  #succeeded(callback, result) {
    this.#recovered();
    this.#call(callback, result);
  }

  #failed(ref, url, callback, error) {
    if (error.kind === "cancelled") return;
    this.#platform.warn(`quick_htag: job "${ref}" at ${url} failed: ${error.message}`);
    this.#failure = this.#posts;
    this.#changed();
    this.#call(callback, error);
  }

  #recovered() {
    this.#failure = 0;
    this.#changed();
  }

  /** What a callback raises is its own matter: the page hears of it, the job does not. */
  #call(callback, value) {
    if (typeof callback !== "function") return;
    try {
      callback(value);
    } catch (error) {
      this.#platform.raise(error);
    }
  }

  /** Shows it in the title, and tells it; listens to the page for as long as there are jobs. */
  #changed() {
    const { document, window } = this.#platform;
    const count = this.#jobs.size;
    if (document) {
      const spinner = TitleSpinner.of(document, this.#platform, CONFIG);
      spinner.set(this, this.#infoTitle ? count : 0);
    }
    // again is harmless; not "beforeunload", after which the visitor may stay
    if (count > 0) window.addEventListener?.("pagehide", this.#left);
    else window.removeEventListener?.("pagehide", this.#left);
    const status = this.#failure > 0 ? -1 : count;
    if (status === this.#told) return;
    this.#told = status;
    this.#call(this.#onstatus, status);
  }

  #abandon() {
    for (const job of this.#jobs.values()) job.abandon();
  }
}

for (const name of ["quick_server", "quick_htag"]) {
  globalThis[name] = Object.assign(globalThis[name] ?? {}, {
    CONFIG,
    VERSION,
    Worker,
    WorkerError,
  });
}
