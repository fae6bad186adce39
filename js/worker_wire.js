/* One request of the worker protocol, and what can go wrong with it. */

const GONE = 410; // the server has stopped while the job ran
const TOLD_LIMIT = 500; // characters of a server's text that are taken for a message

/**
 * Why a job did not deliver. `kind` is one of
 *
 * - `failed`: the server answered with an error, the function raised; `code` is the status
 * - `lost`: the server does not know the job (any more)
 * - `network`: the server could not be reached; `cause` is what the browser said
 * - `protocol`: the answer was none of a worker, or the payload is nothing JSON can hold
 * - `cancelled`: by `cancel`, or replaced by a newer job; `name` is then "AbortError"
 */
export class WorkerError extends Error {
  /**
   * @param {"failed" | "lost" | "network" | "protocol" | "cancelled"} kind
   * @param {string} message
   * @param {{code?: number, cause?: unknown}} [details]
   */
  constructor(kind, message, { code = 0, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = kind === "cancelled" ? "AbortError" : "WorkerError";
    this.kind = kind;
    this.code = code; // the HTTP status; 0: there was none
    this.err = message; // the name it has in quick_server
  }

  /** Whether asking once more may help: nobody answered, or only a proxy did. */
  get temporary() {
    return this.kind === "network" || [502, 503, 504].includes(this.code);
  }
}

/**
 * @typedef {object} Answer
 * @property {string} token as text, whatever the server sent
 * @property {boolean} done
 * @property {boolean} continue
 * @property {any} result
 *
 * @typedef {object} Network
 * @property {typeof fetch} fetch
 * @property {(callback: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 */

/**
 * Ask the server.
 *
 * @param {Network} network
 * @param {string} url
 * @param {object} body
 * @param {{signal?: AbortSignal, timeout?: number, keepalive?: boolean}} [options] `timeout` in
 *   milliseconds, 0: none
 * @returns {Promise<Answer>}
 * @throws {WorkerError}
 */
export async function ask(network, url, body, { signal, timeout = 0, keepalive = false } = {}) {
  const request = {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: "application/json, text/plain" },
    body: textOf(body),
    keepalive,
  };
  const limit = new Limit(network, timeout, signal);
  try {
    const response = await network.fetch(url, { ...request, signal: limit.signal });
    const text = await response.text();
    if (response.ok) return answerOf(text);
    const kind = response.status === GONE ? "lost" : "failed";
    throw new WorkerError(kind, reasonOf(response, text), { code: response.status });
  } catch (error) {
    if (error instanceof WorkerError) throw error;
    if (signal?.aborted) throw new WorkerError("cancelled", "cancelled", { cause: error });
    const text = limit.reached ? "the server did not answer in time" : "cannot reach the server";
    throw new WorkerError("network", text, { cause: error });
  } finally {
    limit.end();
  }
}

/** Ends a request when a time is over, or when somebody else wants it. */
class Limit {
  #controller = new AbortController();
  #abort = () => this.#controller.abort();
  #network;
  #timer = null;
  #outer;
  reached = false;

  constructor(network, ms, outer) {
    this.#network = network;
    this.#outer = outer;
    if (outer?.aborted) this.#abort();
    outer?.addEventListener("abort", this.#abort);
    const due = () => {
      this.reached = true;
      this.#abort();
    };
    if (ms > 0) this.#timer = network.setTimeout(due, ms);
  }

  get signal() {
    return this.#controller.signal;
  }

  end() {
    if (this.#timer !== null) this.#network.clearTimeout(this.#timer);
    this.#outer?.removeEventListener("abort", this.#abort);
  }
}

function textOf(body) {
  try {
    return JSON.stringify(body);
  } catch (error) {
    throw new WorkerError("protocol", "the payload cannot be JSON", { cause: error });
  }
}

function answerOf(text) {
  let answer = null;
  try {
    answer = JSON.parse(text);
  } catch (error) {
    throw new WorkerError("protocol", "the answer is no JSON", { cause: error });
  }
  // no more is asked of it: quick_server 0.4 has neither `done` nor `continue` in some answers
  if (typeof answer !== "object" || answer === null || !("result" in answer)) {
    throw new WorkerError("protocol", "the answer is none of a worker");
  }
  return { ...answer, token: String(answer.token) };
}

/** What the server said: the text below its status line, or the phrase of the status. */
function reasonOf({ headers, status, statusText }, text) {
  const plain = (headers.get("content-type") ?? "").startsWith("text/plain");
  const lines = plain ? text.trim().split("\n") : [];
  if (lines[0]?.startsWith(`${status} `)) lines.shift();
  const told = lines.join("\n").slice(0, TOLD_LIMIT);
  return told || statusText || `the server answered with status ${status}`;
}
