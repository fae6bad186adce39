import assert from "node:assert/strict";
import { test } from "node:test";

import { PageErrors } from "../../js/page_errors.js";
import { Clock, Target } from "./fakes.mjs";

function setup() {
  const window = new Target();
  const clock = new Clock();
  const sent = [];
  const shown = [];
  const platform = { random: () => 0.5, now: () => clock.now };
  const send = (error) => sent.push(error);
  const errors = new PageErrors(window, platform, { send, show: (problem) => shown.push(problem) });
  const undo = errors.listen();
  const fail = (text, more = {}) => {
    const error = Object.assign(new TypeError(text), { stack: `TypeError: ${text}\n    at f (a.js:1:2)` });
    window.fire("error", { message: `Uncaught ${text}`, error, lineno: 1, colno: 2, ...more });
  };
  return { window, clock, sent, shown, errors, undo, fail };
}

test("an error is shown and told with the same reference", () => {
  const { fail, sent, shown } = setup();
  fail("oops", { filename: "http://h/a.js" });
  const [error] = sent;
  assert.deepEqual([error.kind, error.text, error.stack], ["error", "TypeError: oops", "at f (a.js:1:2)"]);
  assert.deepEqual([error.file, error.line, error.column], ["http://h/a.js", 1, 2]);
  assert.equal(error.reference, "80000000");
  assert.deepEqual([shown[0].reference, shown[0].place], ["80000000", "http://h/a.js:1:2"]);
});

test("a rejected promise is told, whatever it was rejected with", () => {
  const { window, sent } = setup();
  for (const reason of [new Error("oops"), "text", undefined, null, { a: 1 }]) {
    window.fire("unhandledrejection", { reason });
  }
  const texts = sent.map(({ text }) => text);
  assert.deepEqual(texts.slice(0, 2), ["Error: oops", "text"]);
  assert.deepEqual(new Set(sent.map(({ kind }) => kind)), new Set(["rejection"]));
});

test("no query is told: neither of a file, nor in a text or a stack", () => {
  const { window, sent } = setup();
  const error = { stack: "at http://h/a.js?token=secret:1:2", message: "http://h/?key=secret", name: "E" };
  window.fire("error", { message: "x", error, filename: "http://h/?secret#secret", lineno: 1, colno: 2 });
  assert.ok(!JSON.stringify(sent).includes("secret"));
  assert.equal(sent[0].stack, "at http://h/a.js:1:2");
});

test("a flood is shown and not told", () => {
  const { fail, sent, shown, clock } = setup();
  for (let number = 0; number < 50; number++) fail(`${number}`);
  assert.deepEqual([sent.length, shown.length], [10, 50]);
  clock.advance(6000);
  fail("later");
  fail("too soon");
  assert.equal(sent.length, 11);
});

test("long texts are cut", () => {
  const { window, sent } = setup();
  window.fire("error", { message: "x".repeat(1e6), error: null, lineno: 0, colno: 0 });
  assert.ok(JSON.stringify(sent).length < 6000);
});

test("what an image or a harmless observer says is no error", () => {
  const { window, sent } = setup();
  window.fire("error", { target: {} });
  window.fire("error", { message: "ResizeObserver loop limit exceeded", error: null });
  assert.deepEqual(sent, []);
});

test("what was heard is not told again by somebody who has caught it", () => {
  const { errors, fail, sent, clock } = setup();
  fail("oops");
  errors.caught("Uncaught TypeError: oops\nhttp://h/a.js:1:2");
  errors.caught("JS Eval Error: another");
  clock.advance(2000);
  errors.caught("Uncaught TypeError: another, later");
  assert.deepEqual(sent.map(({ kind }) => kind), ["error", "script", "script"]);
});

test("it can be undone", () => {
  const { window, undo } = setup();
  undo();
  assert.equal(window.listenerCount, 0);
});
