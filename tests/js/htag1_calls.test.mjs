import assert from "node:assert/strict";
import { test } from "node:test";

import { htag1Calls as calls } from "../../js/htag1_calls.js";
import { page } from "./dom.mjs";

const CALL = 'try{interact( {"id": 70000, "method": "go", "args": [3]} );}';
const BOUND = { id: 70000, method: "go", args: [3], kargs: {}, event: {} };

/** The app and a button that calls a method of it. */
function shown() {
  const document = page(["div", { id: "70000" }, ["button", { id: "70001", onclick: CALL }, "go"]]);
  return { document, button: document.first("button") };
}

test("what an element sends to the app is known as its doing", () => {
  const { document, button } = shown();
  const event = { type: "click", currentTarget: button };
  assert.equal(calls.sourceOf({ document, event }, BOUND), "70001");
  assert.equal(calls.idOf(button), "70001");
  assert.equal(calls.targetOf(document, BOUND), document.first("div"));
});

test("what a script sends to the app is nobody's doing", () => {
  const { document, button } = shown();
  assert.equal(calls.sourceOf({ document }, BOUND), "");
  const other = { type: "click", currentTarget: document.first("div") };
  assert.equal(calls.sourceOf({ document, event: other }, BOUND), "");
  assert.equal(calls.sourceOf({ document, event: { type: "focus", currentTarget: button } }, BOUND), "");
});

test("a handler of its own is the element's doing, whoever calls it", () => {
  const { document } = shown();
  const own = { id: 70001, method: "__on__", args: ["onclick-70001"] };
  assert.equal(calls.sourceOf({ document }, own), "70001");
  assert.equal(calls.sourceOf({ document }, { ...own, id: 1 }), "");
});

test("an element leads to what its handlers name", () => {
  const { document, button } = shown();
  assert.equal(calls.leads(button, document.first("div")), true);
  assert.equal(calls.leads(button, button), false);
});

test("a call is aimed at another element, with the name of its handler", () => {
  const target = { id: "80005" };
  assert.deepEqual(calls.aimed(BOUND, target), { ...BOUND, id: 80005 });
  const own = { id: 70001, method: "__on__", args: ["onclick-70001", "at 70001 o'clock"] };
  const aimed = { ...own, id: 80005, args: ["onclick-80005", "at 70001 o'clock"] };
  assert.deepEqual(calls.aimed(own, target), aimed);
});

test("a message of ours is nobody's doing", () => {
  assert.equal(calls.counts(BOUND), true);
  assert.equal(calls.counts({ helper: {} }), false);
});
