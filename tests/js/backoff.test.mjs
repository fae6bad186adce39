import assert from "node:assert/strict";
import { test } from "node:test";

import { backoffDelay } from "../../js/backoff.js";

const lowest = () => 0;
const highest = () => 1 - Number.EPSILON;

test("the first retry comes after 100 to 300 ms", () => {
  assert.equal(backoffDelay(0, lowest), 100);
  assert.ok(Math.abs(backoffDelay(0, highest) - 300) < 0.001);
});

test("the upper bound doubles with every attempt", () => {
  const bounds = [0, 1, 2, 3].map((attempt) => Math.round(backoffDelay(attempt, highest)));
  assert.deepEqual(bounds, [300, 600, 1200, 2400]);
});

test("no delay exceeds the cap, however many attempts there were", () => {
  for (const attempt of [6, 50, 5000]) {
    assert.ok(Math.abs(backoffDelay(attempt, highest) - 10000) < 0.001);
  }
});

test("the delay is spread over the whole range", () => {
  assert.equal(backoffDelay(10, () => 0.5), 5050);
  assert.equal(backoffDelay(10, lowest), 100);
});

test("the bounds can be given", () => {
  const bounds = { least: 10, first: 20, most: 30 };
  assert.equal(backoffDelay(0, () => 0.5, bounds), 15);
  assert.equal(backoffDelay(9, () => 0.5, bounds), 20);
});
