/*
 * The files of one field: sent one after the other, each with its progress, whatever becomes of the
 * element that shows them, since payloads replace elements.
 */

/** Whether a file is of a kind that is wanted, as `accept` of an <input> has it. */
export function isWanted({ name, type = "" }, accept) {
  const kinds = (accept ?? "").toLowerCase().split(",").map((kind) => kind.trim());
  const wanted = kinds.filter(Boolean);
  if (wanted.length === 0) return true;
  const [lowerName, lowerType] = [name.toLowerCase(), type.toLowerCase()];
  return wanted.some((kind) => {
    if (kind.startsWith(".")) return lowerName.endsWith(kind);
    if (kind.endsWith("/*")) return lowerType.startsWith(kind.slice(0, -1));
    return lowerType === kind;
  });
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** A number of bytes for people: "1.5 MB". */
export function sizeText(bytes) {
  let [value, unit] = [bytes, 0];
  while (value >= 1000 && unit < UNITS.length - 1) [value, unit] = [value / 1000, unit + 1];
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/**
 * @typedef {object} Entry
 * @property {number} id
 * @property {File} file
 * @property {"waiting" | "sending" | "sent" | "cancelled" | "failed" | "refused"} state
 * @property {number} fraction of it that has been sent
 * @property {string} reason why it was refused: "too_large", "wrong_kind" or "refused"
 *
 * @typedef {object} Sending
 * @property {Promise<number>} status of the answer; 0: there was none
 * @property {() => void} abort
 */

export class UploadQueue {
  #send;
  #listeners = new Set();
  #current = null; // {entry, sending}
  #last = 0;

  /** @type {Entry[]} */
  entries = [];

  /** What the field wants: `accept`, and `limit` in bytes. */
  terms = { accept: "", limit: Infinity };

  /** @param {(file: File, progress: (fraction: number) => void) => Sending} send */
  constructor(send) {
    this.#send = send;
  }

  /**
   * Be told of every change.
   *
   * @param {() => void} listener
   * @returns {() => void} undoes it
   */
  onchange(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @param {Iterable<File>} files */
  add(files) {
    this.entries = this.entries.filter(({ state }) => ["waiting", "sending"].includes(state));
    for (const file of files) {
      const reason = this.#objection(file);
      const state = reason ? "refused" : "waiting";
      this.entries.push({ id: ++this.#last, file, state, fraction: 0, reason });
    }
    this.#next();
    this.#tell();
  }

  /** @param {Entry} entry */
  cancel(entry) {
    if (entry.state === "sending") this.#current.sending.abort();
    if (["waiting", "sending"].includes(entry.state)) this.#become(entry, "cancelled");
  }

  /** @param {Entry} entry one that has failed */
  retry(entry) {
    if (entry.state !== "failed") return;
    entry.fraction = 0;
    this.#become(entry, "waiting");
    this.#next();
  }

  #objection(file) {
    if (!isWanted(file, this.terms.accept)) return "wrong_kind";
    return file.size > this.terms.limit ? "too_large" : "";
  }

  #next() {
    if (this.#current) return;
    const entry = this.entries.find(({ state }) => state === "waiting");
    if (!entry) return;
    const sending = this.#send(entry.file, (fraction) => {
      entry.fraction = fraction;
      this.#tell();
    });
    this.#current = { entry, sending };
    this.#become(entry, "sending");
    sending.status.then((status) => this.#ended(entry, status));
  }

  #ended(entry, status) {
    this.#current = null;
    if (entry.state === "sending") {
      const ok = status >= 200 && status < 300;
      entry.reason = status === 413 ? "too_large" : "refused";
      this.#become(entry, ok ? "sent" : status >= 400 && status < 500 ? "refused" : "failed");
    }
    this.#next();
  }

  #become(entry, state) {
    entry.state = state;
    this.#tell();
  }

  #tell() {
    for (const listener of [...this.#listeners]) listener();
  }
}
