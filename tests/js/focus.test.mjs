import assert from "node:assert/strict";
import { test } from "node:test";

import { keepFocus } from "../../js/focus.js";
import { Document } from "./fakes.mjs";

/** A document whose one field has the focus and the caret at 2. */
function typing(properties) {
  const document = new Document();
  const field = document.input({ selectionStart: 2, selectionEnd: 2, ...properties });
  document.replaceBody(field);
  document.focused = field;
  return document;
}

function redraw(document, properties, { keepTyped = false, type = "text" } = {}) {
  const next = document.input({ type, ...properties });
  keepFocus(document, keepTyped, () => document.replaceBody(next));
  return next;
}

test("the element of the same id gets the focus and the caret", () => {
  const document = typing({ id: "7", value: "abc" });
  const next = redraw(document, { id: "7", value: "abc" });
  assert.equal(document.focused, next);
  assert.equal(next.selectionStart, 2);
});

test("an element is found by its htag id too", () => {
  const document = typing({ htagId: "x1" });
  const next = redraw(document, { htagId: "x1" });
  assert.equal(document.focused, next);
});

test("a value the payload changed stays, and the caret is not moved", () => {
  const document = typing({ id: "7", value: "abc" });
  const next = redraw(document, { id: "7", value: "" });
  assert.equal(document.focused, next);
  assert.deepEqual([next.value, next.selectionStart], ["", 0]);
});

test("a redraw keeps what the user typed", () => {
  const document = typing({ id: "7", value: "abc", defaultValue: "" });
  const next = redraw(document, { id: "7", value: "" }, { keepTyped: true });
  assert.deepEqual([next.value, next.selectionStart], ["abc", 2]);
});

test("a redraw shows the server's value where the user typed nothing", () => {
  const document = typing({ id: "7", value: "old", defaultValue: "old" });
  const next = redraw(document, { id: "7", value: "new" }, { keepTyped: true });
  assert.equal(next.value, "new");
});

test("an element that stayed is left alone", () => {
  const document = typing({ id: "7", value: "abc" });
  const field = document.focused;
  keepFocus(document, true, () => (field.value = "changed"));
  assert.deepEqual([field.value, field.selectionStart], ["changed", 2]);
});

test("a payload that moves the focus is obeyed", () => {
  const document = typing({ id: "7" });
  const other = document.input({ id: "8" });
  keepFocus(document, false, () => {
    document.replaceBody(document.input({ id: "7" }), other);
    document.focused = other;
  });
  assert.equal(document.focused, other);
});

test("a payload that takes the focus away is obeyed", () => {
  const document = typing({ id: "7" });
  keepFocus(document, false, () => (document.focused = null));
  assert.equal(document.focused, null);
});

test("an element of another kind does not get the focus", () => {
  const document = typing({ id: "7" });
  const next = redraw(document, { id: "7" }, { type: "checkbox" });
  assert.notEqual(document.focused, next);
});

test("a field without a caret gets the focus", () => {
  const nothing = { selectionStart: null, selectionEnd: null };
  const document = typing({ id: "7", type: "number", value: "5", ...nothing });
  const next = redraw(document, { id: "7", value: "5", ...nothing }, { type: "number" });
  assert.equal(document.focused, next);
  assert.equal(next.selectionStart, null);
});

test("focus handlers do not run, and no listener is left", () => {
  const document = typing({ id: "7" });
  let stopped = 0;
  const next = document.input({ id: "7" });
  const event = { stopImmediatePropagation: () => stopped++ };
  next.focus = () => document.defaultView.fire("focus", event);
  keepFocus(document, false, () => document.replaceBody(next));
  assert.equal(stopped, 1);
  assert.equal(document.defaultView.listenerCount, 0);
});

test("the focus is kept though the change throws", () => {
  const document = typing({ id: "7" });
  const next = document.input({ id: "7" });
  const change = () => {
    document.replaceBody(next);
    throw new Error("script of the app");
  };
  assert.throws(() => keepFocus(document, false, change), /script of the app/);
  assert.equal(document.focused, next);
});
