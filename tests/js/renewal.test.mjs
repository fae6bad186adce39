import assert from "node:assert/strict";
import { test } from "node:test";

import { renew } from "../../js/renewal.js";

function fakeWindow(storage = new Map()) {
  const window = {
    now: 1e9,
    reloads: 0,
    Date: { now: () => window.now },
    location: { reload: () => (window.reloads += 1) },
    sessionStorage: {
      getItem: (key) => storage.get(key) ?? null,
      setItem: (key, value) => storage.set(key, value),
      removeItem: (key) => storage.delete(key),
    },
  };
  return window;
}

test("a page is loaded again, but not again and again", () => {
  const window = fakeWindow();
  assert.deepEqual([renew(window), renew(window)], [true, false]);
  window.now += 25000;
  assert.equal(renew(window), true);
  assert.equal(window.reloads, 2);
});

test("without a memory it is not loaded again", () => {
  const window = fakeWindow();
  Object.defineProperty(window, "sessionStorage", {
    get() {
      throw new Error("SecurityError");
    },
  });
  assert.deepEqual([renew(window), window.reloads], [false, 0]);
});
