import assert from "node:assert/strict";
import { test } from "node:test";

import { htag2Calls as calls } from "../../js/htag2_calls.js";
import { Leftovers } from "../../js/leftovers.js";
import { page } from "./dom.mjs";

const MORE = [["button", { id: "button-70001" }, "more"], ["i", { id: "i-70002" }, "x"]];
const AFTER = [["button", { id: "button-80001" }, "more"], ["i", { id: "i-80002" }, "x"]];

/** A tab that shows one page after the other. */
function tab() {
  const stored = new Map();
  const clock = { now: 1e12 };
  const show = (content, owner = "me", development = false) => {
    const window = {
      document: page(...content),
      location: { pathname: "/app" },
      Date: { now: () => clock.now },
      sessionStorage: {
        getItem: (key) => stored.get(key) ?? null,
        setItem: (key, value) => void stored.set(key, value),
        removeItem: (key) => stored.delete(key),
      },
    };
    return { window, leftovers: new Leftovers(window, owner, calls, development) };
  };
  return { show, stored, clock };
}

/** Events of a page that were not done. */
function undone(leftovers, ...ids) {
  return ids.map((id, index) => {
    const payload = { id, event: "click", data: {} };
    return { payload, origin: ["p1", index + 5], note: leftovers.note(payload) };
  });
}

/** What the next page sends. */
function sentBy(leftovers, last = false) {
  const sent = [];
  const lost = leftovers.deliver((payload, { origin }) => sent.push([payload.id, ...origin]), last);
  return { sent, lost };
}

test("events go to the same elements of the next page, in order, once", () => {
  const { show } = tab();
  const { leftovers } = show(MORE);
  leftovers.keep(undone(leftovers, "button-70001", "i-70002"));
  const next = show(AFTER).leftovers;
  next.take();
  const sent = [["button-80001", "p1", 5], ["i-80002", "p1", 6]];
  assert.deepEqual(sentBy(next), { sent, lost: 0 });
  assert.equal(next.waits, false);
  next.take();
  assert.deepEqual(sentBy(next), { sent: [], lost: 0 });
});

test("behind an event without its element nothing is sent", () => {
  const { show, clock } = tab();
  const { leftovers } = show(MORE);
  leftovers.keep(undone(leftovers, "i-70002", "button-70001", "i-70002"));
  const next = show([["b"], AFTER[1]]).leftovers;
  next.take();
  assert.deepEqual(sentBy(next), { sent: [["i-80002", "p1", 5]], lost: 0 });
  assert.equal(next.waits, true);
  clock.now += 3000;
  assert.deepEqual(sentBy(next), { sent: [], lost: 2 });
});

test("what comes a little later is found then", () => {
  const { show } = tab();
  const { leftovers } = show(MORE);
  leftovers.keep(undone(leftovers, "button-70001"));
  const { window, leftovers: next } = show([]);
  next.take();
  assert.deepEqual(sentBy(next), { sent: [], lost: 0 });
  window.document = page(...AFTER);
  assert.deepEqual(sentBy(next), { sent: [["button-80001", "p1", 5]], lost: 0 });
});

test("what the user does next is not overtaken by what waits", () => {
  const { show } = tab();
  const { leftovers } = show(MORE);
  leftovers.keep(undone(leftovers, "button-70001"));
  const { window, leftovers: next } = show([]);
  next.take();
  sentBy(next);
  next.note({ id: "x", event: "click" });
  window.document = page(...AFTER);
  assert.deepEqual(sentBy(next), { sent: [], lost: 1 });
});

for (const [what, change] of [
  ["of another visitor", ({ show }) => show(AFTER, "you")],
  [
    "of another page",
    ({ show }) => {
      const next = show(AFTER);
      next.window.location.pathname = "/other";
      return next;
    },
  ],
]) {
  test(`the page ${what} gets nothing`, () => {
    const world = tab();
    const { leftovers } = world.show(MORE);
    leftovers.keep(undone(leftovers, "button-70001"));
    const next = change(world).leftovers;
    next.take();
    assert.deepEqual(sentBy(next, true), { sent: [], lost: 0 });
    assert.equal(world.stored.size, 0);
  });
}

test("what is too old is not done, and said to be lost", () => {
  const { show, clock } = tab();
  const { leftovers } = show(MORE);
  leftovers.keep(undone(leftovers, "button-70001"));
  clock.now += 600001;
  const next = show(AFTER).leftovers;
  next.take();
  assert.deepEqual(sentBy(next, true), { sent: [], lost: 1 });
});

test("what nobody has done is forgotten", () => {
  const { show } = tab();
  const { leftovers } = show(MORE);
  const report = { payload: { action: "log_error" }, origin: ["p1", 1], note: { at: 0, source: "" } };
  leftovers.keep([report]);
  const next = show(AFTER).leftovers;
  next.take();
  assert.deepEqual(sentBy(next, true), { sent: [], lost: 0 });
});

test("what is too large to be kept is said to be lost", () => {
  const { show, stored } = tab();
  const { window, leftovers } = show(MORE);
  window.sessionStorage.setItem = (key, value) => {
    if (value.length > 300) throw new Error("QuotaExceededError");
    stored.set(key, value);
  };
  const events = undone(leftovers, "button-70001");
  events[0].payload.data.value = "x".repeat(1000);
  leftovers.keep(events);
  const next = show(AFTER).leftovers;
  next.take();
  assert.deepEqual(sentBy(next, true), { sent: [], lost: 1 });
});

test("without a memory nothing is left, and nothing breaks", () => {
  const { show } = tab();
  const { window, leftovers } = show(MORE);
  Object.defineProperty(window, "sessionStorage", {
    get() {
      throw new Error("SecurityError");
    },
  });
  leftovers.keep(undone(leftovers, "button-70001"));
  leftovers.take();
  assert.deepEqual(sentBy(leftovers), { sent: [], lost: 0 });
});

test("a text that was being typed is in the next page before events are sent", () => {
  const { show } = tab();
  const field = ["input", { id: "input-70003", oninput: "" }];
  const { window, leftovers } = show([...MORE, field]);
  window.document.first("input").value = "typed";
  leftovers.keep(undone(leftovers, "button-70001"));
  const next = show([...AFTER, ["input", { id: "input-80003", oninput: "" }]]);
  next.leftovers.take();
  const order = [];
  next.window.document.first("input").addEventListener("input", () => order.push("input"));
  next.leftovers.deliver(() => order.push("click"));
  assert.deepEqual(order, ["input", "click"]);
});

test("in development the fields outlive the session, and events are told to be lost", () => {
  const { show } = tab();
  const field = ["input", { id: "input-70003" }];
  const before = show([...MORE, field], "me", true);
  const [, , input] = before.window.document.body.children;
  input.value = "half";
  before.leftovers.keep(undone(before.leftovers, "button-70001"));
  const after = show([...AFTER, ["input", { id: "input-80003" }]], "of the next start", true);
  after.leftovers.take();
  assert.deepEqual(sentBy(after.leftovers), { sent: [], lost: 1 });
  assert.equal(after.window.document.body.children[2].value, "half");
});
