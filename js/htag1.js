/*
 * Entry for pages of htag 1: the page's `interact(o)` calls `quick_htag.send(o)`, and payloads go
 * to its `action`. One that throws has told the page's `error` hook; the transport goes on.
 */
import { htag1Calls } from "./htag1_calls.js";
import { joinPage } from "./page.js";

function apply({ problem, ...payload }) {
  try {
    window.action(payload);
  } catch (error) {
    if (!problem) throw error; // else it is the failure that the payload tells of, and is shown
  } finally {
    if (payload.update) removeEmptyHeads(window.document);
  }
}

/** Replacing <body> by its outerHTML, as `action` does, brings another <head> each time. */
function removeEmptyHeads(document) {
  for (const head of document.querySelectorAll("head ~ head:empty")) head.remove();
}

joinPage(window, { apply, calls: htag1Calls, interacting: true });
