import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Progress } from "../../js/worker_progress.js";

let told, wanted, progress;

beforeEach(() => {
  told = [];
  wanted = true;
  progress = new Progress(
    (name, event) => told.push([name, event]),
    () => wanted,
  );
});

/** What came of an answer about a job that runs. */
function answered(fields) {
  told.length = 0;
  progress.answered({ done: false, ...fields });
  return told;
}

test("how far it is is told", () => {
  const event = { fraction: 0.25, text: "a quarter", position: null };
  const fields = { progress: { fraction: 0.25, text: "a quarter" } };
  assert.deepEqual(answered(fields), [["onprogress", event]]);
});

test("the same is not told twice", () => {
  const fields = { progress: { fraction: 0.25, text: "" } };
  answered(fields);
  assert.deepEqual(answered(fields), []);
});

test("a job that says nothing is nothing to tell, unless it has waited before", () => {
  assert.deepEqual(answered({}), []);
  assert.equal(answered({ position: 2 })[0][1].position, 2);
  assert.deepEqual(answered({}), [["onprogress", { fraction: null, text: "", position: null }]]);
});

test("the last answer does not take the bar back", () => {
  answered({ progress: { fraction: 1, text: "" } });
  assert.deepEqual(answered({ done: true }), []);
});

test("each item is told once, in order, however often it comes", () => {
  answered({ items: ["a", "b"], first: 0 });
  progress.item("c", 2);
  const indices = answered({ items: ["b", "c", "d"], first: 1 }).map(([, event]) => event);
  assert.deepEqual(indices, [{ item: "d", index: 3 }]);
  assert.equal(progress.seen, 4);
});

test("an item that comes before the one it follows waits for its second coming", () => {
  progress.item("b", 1);
  assert.deepEqual([told, progress.seen], [[], 0]);
});

test("items that nobody wants are not asked for", () => {
  wanted = false;
  assert.equal(progress.seen, undefined);
});
