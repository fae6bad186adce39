import assert from "node:assert/strict";
import { test } from "node:test";

import { Development } from "../../js/development.js";
import { Clock, Requests, settled } from "./fakes.mjs";

function setup(stored = new Map()) {
  const clock = new Clock();
  const requests = new Requests();
  const seen = { reloads: 0, problems: [], scrolled: [] };
  const location = { pathname: "/app", reload: () => seen.reloads++ };
  const sessionStorage = {
    getItem: (key) => stored.get(key) ?? null,
    setItem: (key, value) => stored.set(key, value),
    removeItem: (key) => stored.delete(key),
  };
  const window = { sessionStorage, scrollX: 0, scrollY: 700 };
  window.scrollTo = (left, top) => {
    seen.scrolled.push(top);
    window.scrollY = Math.min(top, window.most ?? Infinity);
  };
  const { setTimeout } = clock;
  const platform = { window, location, setTimeout, fetch: requests.fetch, AbortController };
  const overlay = { showProblem: (text) => seen.problems.push(text) };
  const development = new Development(platform, overlay, "start1");
  const update = (state, reason = "") => {
    let otherwise = 0;
    development.update({ state, reason }, () => otherwise++);
    return () => otherwise;
  };
  return { development, update, requests, clock, window, stored, seen };
}

test("the next start of the program loads the page again, where the user was", async () => {
  const { update, requests, seen, stored } = setup();
  update("lost");
  assert.equal(requests.last.url, "/app/start?");
  requests.last.answer({ start: "start2" });
  await settled();
  assert.equal(seen.reloads, 1);
  const next = setup(stored);
  next.window.scrollY = 0;
  next.development.restorePlace();
  assert.equal(next.window.scrollY, 700);
  assert.equal(stored.size, 0);
});

test("a page that grows is scrolled until it is long enough", () => {
  const stored = new Map([
    ["quick_htag_place", JSON.stringify({ pathname: "/app", left: 0, top: 500 })],
  ]);
  const { development, window, clock } = setup(stored);
  Object.assign(window, { scrollY: 0, most: 100 });
  development.restorePlace();
  window.most = 900;
  clock.advance(50);
  assert.equal(window.scrollY, 500);
  clock.advance(5000);
  assert.deepEqual(clock.left, []);
});

test("the same start of the program is left to the transport", async () => {
  const { update, requests, seen } = setup();
  update("lost");
  requests.last.answer({ start: "start1" });
  await settled();
  assert.deepEqual([seen.reloads, requests.all.length], [0, 1]);
});

test("a page unknown to the same start is not loaded again and again", async () => {
  const { update, requests, seen } = setup();
  const otherwise = update("ended", "unknown");
  assert.equal(otherwise(), 0);
  requests.last.answer({ start: "start1" });
  await settled();
  assert.deepEqual([otherwise(), seen.reloads], [1, 0]);
});

test("a problem is shown until the line is back", async () => {
  const { update, requests, seen } = setup();
  update("lost");
  requests.last.answer({ problem: "SyntaxError", number: "n" }, 503);
  await settled();
  assert.equal(seen.problems.at(-1), "SyntaxError");
  assert.equal(requests.all.length, 2);
  update("open");
  await settled();
  assert.equal(seen.problems.at(-1), "");
  assert.ok(requests.last.aborted);
});

test("without an answer it asks again after a pause", async () => {
  const { update, requests, clock } = setup();
  update("lost");
  requests.last.fail();
  await settled();
  assert.equal(requests.all.length, 1);
  clock.advance(200);
  await settled();
  assert.equal(requests.all.length, 2);
});
