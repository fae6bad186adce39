import assert from "node:assert/strict";
import { test } from "node:test";

import { htag2Calls as calls } from "../../js/htag2_calls.js";
import { page } from "./dom.mjs";

const CLICK = { id: "button-70001", event: "click", data: { callback_id: "c", value: 3 } };

test("an event is the doing of the element it names", () => {
  const document = page(["button", { id: "button-70001" }, "go"]);
  const button = document.first("button");
  assert.equal(calls.sourceOf({}, CLICK), "button-70001");
  assert.equal(calls.idOf(button), "button-70001");
  assert.equal(calls.targetOf(document, CLICK), button);
  assert.equal(calls.leads(button, button), true);
});

test("an element with an id of its author is known by the one of htag", () => {
  const document = page(["b", { id: "mine", "data-htag-id": "button-70001" }]);
  assert.equal(calls.targetOf(document, CLICK), document.first("b"));
  assert.equal(calls.idOf(document.first("b")), "button-70001");
});

test("an event is aimed at another element, and nobody waits for it", () => {
  const element = page(["b", { id: "button-80005" }]).first("b");
  const aimed = { id: "button-80005", event: "click", data: { value: 3 } };
  assert.deepEqual(calls.aimed(CLICK, element), aimed);
});

test("a report of an error is nobody's doing", () => {
  assert.equal(calls.counts(CLICK), true);
  assert.equal(calls.counts({ action: "log_error", error: "x" }), false);
});
