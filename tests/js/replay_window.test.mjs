import assert from "node:assert/strict";
import { test } from "node:test";

import { ReplayWindow } from "../../js/replay_window.js";

const FIRST = 1_700_000_000_000_000n;

test("numbers are taken once, late ones too", () => {
  const window = new ReplayWindow();
  const order = [0n, 5n, 1n, 4n, 4000n];
  assert.deepEqual(order.map((n) => window.take(FIRST + n)), ["", "", "", "", ""]);
  for (const n of order) assert.match(window.take(FIRST + n), /received before/);
});

test("what is too old is not taken, whatever it is", () => {
  const window = new ReplayWindow();
  window.take(FIRST + 4096n);
  assert.equal(window.take(FIRST + 1n), "");
  assert.match(window.take(FIRST), /older than the last 4096/);
});

test("a jump forgets what falls out", () => {
  const window = new ReplayWindow();
  window.take(1n);
  assert.equal(window.take(FIRST), "");
  assert.match(window.take(1n), /older/);
  assert.equal(window.take(FIRST - 1n), "");
});
