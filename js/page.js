/* Joins transport and overlay to a page; what differs between htag generations is passed in. */
import { Development } from "./development.js";
import { keepFocus } from "./focus.js";
import { Helpers } from "./helpers.js";
import { Overlay } from "./overlay.js";
import { Leftovers } from "./leftovers.js";
import { PageErrors } from "./page_errors.js";
import { Problems } from "./problems.js";
import { renew } from "./renewal.js";
import { save } from "./save.js";
import { SealedCodec } from "./sealed_codec.js";
import { Transport } from "./transport.js";
import { UPLOAD, defineUpload } from "./upload_element.js";

const WENT_WRONG = "Something went wrong. The log of the server has it as";
const NOT_CARRIED_OUT = "The server was started again. What you did last was not carried out.";
const MAYBE = "The server was started again. What you did last may not have been carried out.";

/** The browser as the transport needs it; the functions must be called as those of `window`. */
function platformOf(window) {
  return {
    WebSocket: window.WebSocket,
    EventSource: window.EventSource,
    AbortController: window.AbortController,
    fetch: (url, options) => window.fetch(url, options),
    setTimeout: (callback, ms) => window.setTimeout(callback, ms),
    clearTimeout: (timer) => window.clearTimeout(timer),
    random: () => window.Math.random(),
    now: () => window.performance.now(),
    location: window.location,
    window,
    document: window.document,
    report: (error) => window.reportError(error), // as if nobody had caught it
    log: (text) => window.console.error(text),
  };
}

/** A name for the loaded document that its copies do not have. */
function documentName({ crypto }) {
  if (!crypto) return undefined;
  return [...crypto.getRandomValues(new Uint32Array(3))].map((part) => part.toString(36)).join("");
}

/**
 * Call back when the document is complete.
 *
 * @param {Document} document
 * @param {() => void} callback
 */
export function whenReady(document, callback) {
  if (document.readyState !== "loading") callback();
  else document.addEventListener("DOMContentLoaded", callback, { once: true });
}

/**
 * Connect the page as soon as its document is complete. Events may be sent at once; they wait.
 *
 * `window.quick_htag_page` holds what the server says about this page: `page` (its id), `seen`
 * (number of the last payload it contains), `script` (JavaScript to run once when the document is
 * complete, or empty), `owner` (the same for all pages of this visitor and app) and optionally `limit` (bytes of the largest message the server takes),
 * `transports` (those the page may use, the best first), `password` (messages are encrypted),
 * `start` (of a program that is started again when its files change: which start this is) and
 * `debug` (errors of scripts are shown).
 *
 * @param {Window} window
 * @param {object} options
 * @param {(payload: any, full: boolean) => void} options.apply puts a payload into the page
 * @param {import("./leftovers.js").Calls} options.calls what is sent
 * @param {(number: number) => void} [options.done] told that an event has been handled
 * @param {boolean} options.interacting whether to keep the class `interacting` on <body>
 * @returns {Transport} also `window.quick_htag`; its `scriptFailed(text)` takes errors of scripts
 */
export function joinPage(window, { apply, calls, done, interacting }) {
  const { document, quick_htag_page: config } = window;
  if (!config) throw new Error("quick_htag: window.quick_htag_page is missing");
  const platform = platformOf(window);
  const reload = () => window.location.reload();
  const overlay = new Overlay(document, platform, { reload, interacting });
  const leftovers = new Leftovers(window, config.owner, calls, Boolean(config.start));
  const problems = new Problems(document);
  const notice = ({ reference }) => overlay.showNotice(`${WENT_WRONG} ${reference}.`);
  const applyAll = (payload, full) => {
    if ("helper" in payload) {
      helpers.take(payload.helper);
      return;
    }
    if ("save" in payload) {
      if (payload.save) save(window, config.page, payload.save);
      return;
    }
    const { problem } = payload;
    if (problem?.title) problems.show(problem);
    else if (problem) notice(problem);
    try {
      keepFocus(document, full, () => apply(payload, full));
    } finally {
      overlay.refresh();
      deliver(false);
    }
  };
  const { page, seen, limit, transports, password } = config;
  // browsers have it on https and on this machine only
  const insecure = password !== undefined && !window.crypto?.subtle;
  const codec =
    password === undefined || insecure ? undefined : new SealedCodec(platform, window, config);
  const transport = new Transport(platform, {
    ...{ page, doc: documentName(window), seen, limit, transports, codec, done },
    apply: applyAll,
    earlier: () => overlay.showNotice(MAYBE),
    note: (payload) => leftovers.note(payload),
  });
  const tell = (helper) => transport.send({ helper });
  const helpers = new Helpers(document, platform, tell);
  // not where a page has been given a bare window, nor twice
  if (window.customElements && !window.customElements.get(UPLOAD)) {
    defineUpload(window, { page: config.page, largest: config.largest, tell });
  }
  const deliver = (last) => {
    const lost = leftovers.deliver((payload, terms) => transport.send(payload, terms), last);
    if (lost > 0) overlay.showNotice(NOT_CARRIED_OUT);
  };
  const leave = () => {
    try {
      leftovers.keep(transport.unfinished);
    } catch (error) {
      platform.log(`quick_htag: nothing goes to the next page: ${error}`); // a strange document
    }
  };
  const development = config.start && new Development(platform, overlay, config.start, leave);
  const errors = new PageErrors(window, platform, {
    show: config.debug ? (problem) => problems.show(problem) : notice,
    send: (error) => transport.send({ browser_error: error }),
  });
  const ignoreErrors = errors.listen();
  transport.scriptFailed = (text) => errors.caught(text);
  transport.onstate((status) => {
    if (status.state === "ended") helpers.end();
    if (status.state === "ended" && !config.debug) ignoreErrors(); // nobody is told any more
    const unknown = status.reason === "unknown";
    const settle = () => {
      if (unknown) leave();
      if (!unknown || !renew(window)) overlay.update(status);
    };
    if (development) development.update(status, settle);
    else settle();
  });
  // what worker.js has put there stays
  window.quick_htag = Object.assign(transport, window.quick_htag);
  whenReady(document, () => {
    development?.restorePlace();
    overlay.update(transport);
    if (insecure) transport.close("insecure");
    else transport.connect();
    if (config.script) window.eval(config.script);
    leftovers.take();
    deliver(false);
    if (leftovers.waits) platform.setTimeout(() => deliver(true), leftovers.patience);
  });
  return transport;
}
