import assert from "node:assert/strict";
import { test } from "node:test";

import { Problems } from "../../js/problems.js";
import { Document } from "./fakes.mjs";

function setup() {
  const document = new Document();
  const problems = new Problems(document);
  const all = (tag) => document.documentElement.findAll((element) => element.tagName === tag);
  const titles = () => all("H3").map((heading) => heading.textContent);
  const key = (name) => {
    const seen = { prevented: false, stopped: false };
    const event = {
      key: name,
      preventDefault: () => (seen.prevented = true),
      stopPropagation: () => (seen.stopped = true),
    };
    document.fire("keydown", event);
    return seen;
  };
  return { document, problems, all, titles, key };
}

const failure = (error, more = {}) => ({ reference: "a1b2c3d4", title: "it failed", error, ...more });

test("failures stack up, the last one on top", () => {
  const { problems, titles, all } = setup();
  problems.show(failure("one"));
  problems.show(failure("two"));
  assert.deepEqual(titles(), ["two", "one"]);
  assert.equal(all("H2")[0].textContent, "2 errors");
});

test("the same failure is counted", () => {
  const { problems, titles } = setup();
  for (const error of ["one", "two", "one"]) problems.show(failure(error));
  assert.deepEqual(titles(), ["one (2 times)", "two"]);
});

test("there are not too many", () => {
  const { problems, titles } = setup();
  for (let number = 0; number < 30; number++) problems.show(failure(`${number}`));
  assert.equal(titles().length, 20);
  assert.equal(titles()[0], "29");
});

test("a card has the place and the line, the folded frames and what to do", () => {
  const { problems, all } = setup();
  const parts = [["", ["first"]], ["3 frames of htag", ["a", "b"]], ["", ["last"]]];
  const more = { place: "shop.py:3, in buy", code: "1 / 0", parts, advice: "Do not." };
  problems.show(failure("ZeroDivisionError", more));
  assert.deepEqual(all("PRE").map((pre) => pre.textContent), ["1 / 0", "first", "a\nb", "last"]);
  assert.deepEqual(all("SUMMARY").map((one) => one.textContent), ["Traceback", "3 frames of htag"]);
  const texts = all("P").map((one) => one.textContent);
  assert.deepEqual(texts.slice(0, 3), ["shop.py:3, in buy", "Do not.", "it failed"]);
  assert.match(texts[3], /a1b2c3d4/);
});

test("each can be dismissed, and all at once", () => {
  const { problems, titles, all, document } = setup();
  for (const error of ["one", "two", "three"]) problems.show(failure(error));
  const button = (name) => all("BUTTON").find((one) => one.getAttribute("aria-label") === name);
  button("Dismiss: two").fire("click");
  assert.deepEqual(titles(), ["three", "one"]);
  all("BUTTON").find((one) => one.textContent === "Dismiss all").fire("click");
  assert.deepEqual(titles(), []);
  assert.equal(document.listenerCount, 0);
});

test("Escape takes the last one away, and is nobody else's then", () => {
  const { problems, titles, key, all } = setup();
  problems.show(failure("one"));
  problems.show(failure("two"));
  assert.deepEqual(key("a"), { prevented: false, stopped: false });
  assert.deepEqual(key("Escape"), { prevented: true, stopped: true });
  assert.deepEqual(titles(), ["one"]);
  key("Escape");
  assert.equal(all("QUICK-HTAG-PROBLEMS").length, 0);
  assert.deepEqual(key("Escape"), { prevented: false, stopped: false });
});

test("it is there again after a payload has taken it away", () => {
  const { problems, titles, all } = setup();
  problems.show(failure("one"));
  all("QUICK-HTAG-PROBLEMS")[0].remove();
  problems.show(failure("two"));
  assert.deepEqual(titles(), ["two", "one"]);
});

test("screen readers are told what it is and what is added", () => {
  const { problems, all } = setup();
  problems.show(failure("one"));
  assert.equal(all("SECTION")[0].getAttribute("aria-label"), "Errors of this app");
  assert.ok(all("DIV").some((one) => one.getAttribute("role") === "log"));
});
