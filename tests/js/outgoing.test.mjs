import assert from "node:assert/strict";
import { test } from "node:test";

import { Outgoing } from "../../js/outgoing.js";

test("events are numbered and kept until they are acknowledged", () => {
  const outgoing = new Outgoing();
  assert.deepEqual(outgoing.add('{"x":1}'), { number: 1, message: '{"n":1,"p":{"x":1}}' });
  outgoing.add("{}");
  outgoing.acknowledged(1);
  assert.deepEqual(outgoing.messages, ['{"n":2,"p":{}}']);
  assert.equal(outgoing.pending, 2);
});

test("an event is finished once", () => {
  const outgoing = new Outgoing();
  outgoing.add("{}");
  assert.deepEqual([outgoing.finished(1), outgoing.finished(1), outgoing.pending], [1, 0, 0]);
});

test("a copy of a page counts on, and tells its own numbers", () => {
  const outgoing = new Outgoing();
  outgoing.add("{}");
  outgoing.welcomed(7);
  assert.deepEqual(outgoing.messages, ['{"n":8,"p":{}}']);
  assert.equal(outgoing.finished(8), 1);
});

test("a later greeting acknowledges and moves nothing", () => {
  const outgoing = new Outgoing();
  outgoing.welcomed(0);
  outgoing.add("{}");
  outgoing.add("{}");
  outgoing.welcomed(1);
  assert.deepEqual(outgoing.messages, ['{"n":2,"p":{}}']);
});

test("what is refused, and why", () => {
  const outgoing = new Outgoing();
  assert.equal(outgoing.refusal("{}", 100), "");
  assert.match(outgoing.refusal(undefined, 100), /no object/);
  assert.match(outgoing.refusal("[]", 100), /no object/);
  assert.match(outgoing.refusal(`{"x":"${"é".repeat(30)}"}`, 100), /68 bytes, the server takes 100/);
  for (let i = 0; i < 1000; i++) outgoing.add("{}");
  assert.match(outgoing.refusal("{}", 100), /1000 events/);
});

test("clear forgets everything", () => {
  const outgoing = new Outgoing();
  outgoing.add("{}");
  outgoing.clear();
  assert.deepEqual([outgoing.messages, outgoing.pending], [[], 0]);
});
