/** The version of quick_htag this file belongs to. */
export const VERSION: string;

/** Times in milliseconds. All of it may be changed at any time, for every `Worker` of the page. */
export const CONFIG: {
  /** After the first `post` of a `ref`; only the last one in that time is sent. */
  preDelay: number;
  /** Until a job is asked for the first time, where the server has no stream. */
  timeStart: number;
  /** The longest time between two questions. */
  timeCap: number;
  /** Each wait is longer than the one before by this, or by the factor `timeMulInc`. */
  timeMinInc: number;
  timeMulInc: number;
  /** Between two questions while a stream tells what happens. */
  timeStream: number;
  /** Limit of one request; 0: none. */
  requestTimeout: number;
  /** For how long a server that does not answer is asked again. */
  retryTime: number;
  /** Frames of the spinner in the title, and the time of one. */
  animation: string[];
  animationTime: number;
};

/** Why a job did not deliver. */
export class WorkerError extends Error {
  constructor(kind: WorkerError["kind"], message: string, details?: { code?: number; cause?: unknown });
  /**
   * - `failed`: the server answered with an error, for one because the function raised
   * - `lost`: the server does not know the job any more
   * - `network`: the server could not be reached; see `cause`
   * - `protocol`: that was no answer of a worker, or the payload cannot be JSON
   * - `cancelled`: by `cancel`, or by a newer job of the same `ref`; `name` is "AbortError" then
   */
  readonly kind: "failed" | "lost" | "network" | "protocol" | "cancelled";
  /** The HTTP status; 0 without one. */
  readonly code: number;
  /** The same as `message`. */
  readonly err: string;
  /** Whether asking the server again may help. */
  readonly temporary: boolean;
}

export interface JobProgress {
  /** 0 to 1; null: the job does not say. */
  fraction: number | null;
  /** What the job is doing. */
  text: string;
  /** Its place among the jobs that wait, 1: the next; null: it runs. */
  position: number | null;
}

/** A partial result of a job. */
export interface JobItem<Item = any> {
  item: Item;
  /** From 0. */
  index: number;
}

/** The result of a job to come. */
export interface JobPromise<Result, Item = any> extends Promise<Result> {
  readonly ref: string;
  /** Stop the job; false when it is over already. The promise rejects with a `WorkerError`. */
  cancel(): boolean;
  onprogress: ((progress: JobProgress) => void) | null;
  onitem: ((item: JobItem<Item>) => void) | null;
}

type StatusCallback = (jobs: number) => void;

export class Worker {
  constructor();

  /**
   * Told the number of jobs that are not over; -1 after a failure, until a job succeeds or the
   * server takes a new one. A property and a function:
   *
   *     work.status = (jobs) => show(jobs);
   *     work.status((jobs) => show(jobs));
   */
  get status(): {
    (callback: StatusCallback | null): Worker;
    (): StatusCallback | null;
  };
  set status(callback: StatusCallback | null);

  /** false: `post` does nothing. */
  active: boolean;

  /** Whether the title of the document shows that jobs run. At first true. */
  infoTitle: boolean;

  /** Told of every job; the same is on what `post` returns, for one job. */
  onprogress: ((progress: JobProgress & { ref: string }) => void) | null;
  onitem: ((item: JobItem & { ref: string }) => void) | null;

  /**
   * Run a function of the server.
   *
   * @param ref names the job on this page: one that has the same and is not over is cancelled
   * @param url where the function is registered
   * @param payload its argument
   * @param callback gets the result
   * @param errorCallback gets the failure; not called for jobs that are cancelled
   */
  post<Result = any, Item = any>(
    ref: string,
    url: string,
    payload: unknown,
    callback?: ((result: Result) => void) | null,
    errorCallback?: ((error: WorkerError) => void) | null,
  ): JobPromise<Result, Item>;

  /** Stop the job of a `ref`, whatever it is doing; false when there is none. */
  cancel(ref: string): boolean;
}

declare global {
  /** What the classic script and `import "./worker.js"` give. */
  var quick_server: {
    CONFIG: typeof CONFIG;
    VERSION: typeof VERSION;
    Worker: typeof Worker;
    WorkerError: typeof WorkerError;
  };
  var quick_htag: typeof quick_server;
}
