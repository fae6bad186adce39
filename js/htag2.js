/*
 * Entry for pages of htag 2; must run before htag's own client, which then leaves the connection to
 * `htag_transport` and keeps the promises of `htag_event` in `_htag_callbacks`. Its functions that
 * would connect by themselves lead to our connection, for scripts that call them.
 */
import { htag2Calls } from "./htag2_calls.js";
import { joinPage, whenReady } from "./page.js";

const waiting = new Map(); // event number -> callback id

/** Resolve a promise the server will not answer, so that the page is not busy for ever. */
function settle(callbackId) {
  const resolve = window._htag_callbacks?.[callbackId];
  if (!resolve) return;
  window._dec_interacting(callbackId);
  resolve(null);
}

function done(number) {
  settle(waiting.get(number)); // the answer, if there was one, came before
  waiting.delete(number);
}

/** Whether a static is in the page; one that redraws brings all, however many the page has. */
function isPresent(text) {
  const holder = window.document.createElement("div");
  holder.innerHTML = text.trim();
  const node = holder.firstChild;
  return [...window.document.head.children].some((present) => present.isEqualNode(node));
}

function apply(payload, full) {
  if (full && payload.statics) {
    payload.statics = payload.statics.filter((text) => !isPresent(text));
  }
  window.handle_payload(payload, "WS");
}

const transport = joinPage(window, {
  apply,
  calls: htag2Calls,
  done,
  interacting: false,
});

/** Send what scripts have put into htag's queue, as htag does when it is connected. */
function flush() {
  for (const payload of (window._htag_queue ?? []).splice(0)) window.htag_transport(payload);
}

transport.onstate(({ state }) => {
  if (state === "open") flush();
  if (state !== "ended") return;
  for (const number of [...waiting.keys()]) done(number); // nobody will answer them
});
/** Errors are shown and told by ours: htag's own overlay would show them to visitors, too. */
function replaceErrorOverlay() {
  for (const name of ["onerror", "onunhandledrejection"]) {
    if (String(window[name]).includes("log_error")) window[name] = null;
  }
  const overlay = window._error_overlay;
  if (!overlay) return;
  overlay.removeAttribute("show");
  overlay.show = () => {};
}

// htag's script, which comes after this one, declares functions of these names
whenReady(window.document, () => {
  replaceErrorOverlay();
  window.init_ws = () => {
    transport.connect();
    flush(); // what has no connection yet waits in the transport
  };
  window._send_http = (payload) => window.htag_transport(payload);
  window.fallback = window.fallback_pure_http = () => {}; // the transport has been chosen
});

window.HTAG_EXT_INIT = true;
window._htag_queue = [];
window.htag_transport = (payload) => {
  if (payload.action === "log_error") {
    transport.scriptFailed(String(payload.error));
    return;
  }
  const number = transport.send(payload);
  const callbackId = payload.data?.callback_id;
  if (!callbackId) return;
  if (number > 0) waiting.set(number, callbackId);
  else settle(callbackId);
};
