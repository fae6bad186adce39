import assert from "node:assert/strict";
import { test } from "node:test";

import { Ladder } from "../../js/ladder.js";

const NAMES = ["websocket", "sse", "poll"];

test("what does not open is followed by the next at once, after the last one it pauses", () => {
  const ladder = new Ladder(NAMES);
  const tried = [];
  for (let i = 0; i < 4; i++) tried.push([ladder.name, ladder.failed()]);
  assert.deepEqual(tried, [
    ["websocket", true],
    ["sse", true],
    ["poll", false],
    ["websocket", true],
  ]);
});

test("what has worked gets a second chance", () => {
  const ladder = new Ladder(NAMES);
  ladder.opened("websocket");
  assert.deepEqual([ladder.failed(), ladder.name], [false, "websocket"]);
  assert.deepEqual([ladder.failed(), ladder.name], [true, "sse"]);
});

test("a single transport is tried again and again", () => {
  const ladder = new Ladder(["poll"]);
  assert.deepEqual([ladder.failed(), ladder.failed(), ladder.name], [false, false, "poll"]);
});

test("it knows what would be better", () => {
  const ladder = new Ladder(NAMES);
  assert.deepEqual([ladder.better, ladder.lowest], [[], false]);
  ladder.opened("poll");
  assert.deepEqual([ladder.better, ladder.lowest], [["websocket", "sse"], true]);
});

test("what keeps breaking soon after it opened is left", () => {
  const ladder = new Ladder(NAMES);
  ladder.opened("websocket");
  ladder.broke(true);
  ladder.broke(true);
  assert.equal(ladder.name, "websocket");
  ladder.broke(true);
  assert.equal(ladder.name, "sse");
});

test("one that lasted counts from the beginning", () => {
  const ladder = new Ladder(NAMES);
  for (const soon of [true, true, false, true, true]) ladder.broke(soon);
  assert.equal(ladder.name, "websocket");
});

test("reset begins at the top", () => {
  const ladder = new Ladder(NAMES);
  ladder.opened("poll");
  ladder.reset();
  assert.equal(ladder.name, "websocket");
});

test("what has done harm is not tried beside another one, until the network is another", () => {
  const ladder = new Ladder(NAMES);
  ladder.opened("poll");
  ladder.harmed("sse");
  assert.deepEqual(ladder.better, ["websocket"]);
  ladder.reset();
  ladder.opened("poll");
  assert.deepEqual(ladder.better, ["websocket", "sse"]);
});
