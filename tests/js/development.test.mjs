import assert from "node:assert/strict";
import { test } from "node:test";

import { Development } from "../../js/development.js";
import { Clock, Requests, settled, socketClass } from "./fakes.mjs";

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
  const EventSource = socketClass();
  const { fetch } = requests;
  const platform = { window, location, setTimeout, fetch, AbortController, EventSource };
  const overlay = { showProblem: (text) => seen.problems.push(text) };
  const development = new Development(platform, overlay, "start1");
  const update = (state, reason = "") => {
    let otherwise = 0;
    development.update({ state, reason }, () => otherwise++);
    return () => otherwise;
  };
  return { development, update, requests, clock, window, stored, seen, EventSource };
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

test("the same start, which may be ending, is asked again as long as the line is lost", async () => {
  const { update, requests, clock, seen } = setup();
  update("lost");
  requests.last.answer({ start: "start1" });
  await settled();
  assert.deepEqual([seen.reloads, requests.all.length], [0, 1]);
  clock.advance(200);
  await settled();
  requests.last.answer({ start: "start2" });
  await settled();
  assert.deepEqual([seen.reloads, requests.all.length], [1, 2]);
});

test("a line that is back is left to the transport", async () => {
  const { update, requests, clock } = setup();
  update("lost");
  requests.last.answer({ start: "start1" });
  await settled();
  update("open");
  clock.advance(5000);
  await settled();
  assert.equal(requests.all.length, 1);
});

test("one question is enough however often the line breaks", async () => {
  const { update, requests } = setup();
  update("lost");
  update("lost");
  await settled();
  assert.deepEqual([requests.all.length, requests.last.aborted], [1, false]);
});

for (const reason of ["unknown", "session", "application", "stuck", "refused"]) {
  test(`the end of a line, ${reason}, may be told by the next start`, async () => {
    const { update, requests, seen } = setup();
    update("lost");
    const otherwise = update("ended", reason);
    requests.last.answer({ start: "start2" });
    await settled();
    assert.deepEqual([otherwise(), seen.reloads, requests.all.length], [0, 1, 1]);
  });
}

test("an end that the page has made is no question", () => {
  const { update, requests } = setup();
  assert.deepEqual([update("ended", "closed")(), update("ended", "insecure")()], [1, 1]);
  assert.equal(requests.all.length, 0);
});

test("a page ended by the same start comes back with the next one", async () => {
  const { update, requests, clock, seen, EventSource } = setup();
  const otherwise = update("ended", "session");
  assert.equal(otherwise(), 0);
  requests.last.answer({ start: "start1" });
  await settled();
  assert.deepEqual([otherwise(), seen.reloads, requests.all.length], [1, 0, 1]);
  assert.equal(EventSource.last.url, "/app/start?start=start1");
  EventSource.last.onerror();
  await settled();
  assert.ok(EventSource.last.closed);
  clock.advance(200);
  await settled();
  requests.last.answer({ start: "start2" });
  await settled();
  assert.deepEqual([otherwise(), seen.reloads], [1, 1]);
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
