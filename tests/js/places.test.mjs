import assert from "node:assert/strict";
import { test } from "node:test";

import { Places } from "../../js/places.js";
import { page } from "./dom.mjs";

/** The element of another page that the place of this one leads to. */
function found(before, element, after) {
  return new Places(after).find(new Places(before).of(element));
}

const counter = (id, count) =>
  page(
    ["button", { id: `${id}1`, onclick: `interact({"id": ${id}1})` }, "more"],
    ["span", { id: `${id}2` }, count],
  );

test("an element is found whatever its ids are and what is shown beside it", () => {
  const [before, after] = [counter("70000", "3"), counter("80000", "0")];
  assert.equal(found(before, before.first("button"), after), after.first("button"));
});

test("ids are left out of handlers, other numbers are not", () => {
  const row = (id, number) => page(["b", { id, onclick: `go(${id}, ${number})` }]);
  const before = row("7000001", "20250101");
  const same = row("8000001", "20250101");
  assert.equal(found(before, before.first("b"), same), same.first("b"));
  assert.equal(found(before, before.first("b"), row("8000001", "20250102")), null);
});

for (const [what, other] of [
  ["text", [["button", { class: "a" }, "less"]]],
  ["attributes", [["button", { class: "b" }, "more"]]],
  ["kind", [["a", { class: "a" }, "more"]]],
  ["place", [["p"], ["button", { class: "a" }, "more"]]],
  ["content", [["button", { class: "a" }, ["i"], "more"]]],
]) {
  test(`an element of another ${what} is not the same`, () => {
    const before = page(["button", { class: "a" }, "more"]);
    assert.equal(found(before, before.first("button"), page(...other)), null);
  });
}

const table = (...names) =>
  page(["ul", ...names.map((name) => ["li", ["span", name], ["button", "delete"]])], ["p"]);

test("what looks alike is told apart by what is around it", () => {
  const before = table("a", "b");
  const [, second] = before.body.getElementsByTagName("BUTTON");
  const same = table("a", "b");
  assert.equal(found(before, second, same), same.body.getElementsByTagName("BUTTON")[1]);
  assert.equal(found(before, second, table("b", "c")), null);
});

test("a row is known by all that is in it, even when it is the only one", () => {
  const before = table("a");
  assert.equal(found(before, before.first("button"), table("b")), null);
});

test("rows that are the same are found only when the whole list is", () => {
  const before = table("a", "a");
  const [, second] = before.body.getElementsByTagName("BUTTON");
  assert.equal(found(before, second, table("a", "a", "a")), null);
  const same = table("a", "a");
  assert.equal(found(before, second, same), same.body.getElementsByTagName("BUTTON")[1]);
});

test("an element that was alone and is not any more is not certain", () => {
  const before = page(["div", ["b", "go"]]);
  assert.equal(found(before, before.first("b"), page(["div", ["b", "go"]], ["b", "go"])), null);
});

test("a dialog with another question is another one", () => {
  const ask = (text) => page(["div", { role: "dialog" }, ["p", text], ["button", "OK"]]);
  const before = ask("Delete it?");
  assert.equal(found(before, before.first("button"), ask("Welcome")), null);
});

test("what is typed makes no difference, what a button is called does", () => {
  const field = (type, value) => page(["input", { type, value }]);
  const before = field("text", "a");
  assert.ok(found(before, before.first("input"), field("text", "b")));
  const button = field("submit", "Save");
  assert.equal(found(button, button.first("input"), field("submit", "Delete")), null);
});

test("the text of a textarea and the chosen option make no difference", () => {
  const before = page(["textarea", "one"], ["select", ["option", { selected: "" }, "red"]]);
  const after = page(["textarea", "two"], ["select", ["option", "red"]]);
  assert.ok(found(before, before.first("textarea"), after));
  assert.ok(found(before, before.first("select"), after));
});

test("the body is found by what it is, not by what is in it", () => {
  const [before, after] = [counter("70000", "3"), counter("80000", "0")];
  assert.equal(found(before, before.body, after), after.body);
});

test("what is not in the body has no place", () => {
  const places = new Places(page());
  assert.equal(places.of(page(["b"]).first("b")), null);
  assert.equal(places.find(null), null);
});

test("what others append to the body makes no difference", () => {
  const before = page(["p", "a"], ["p", "a"], ["htag-error", "broken"]);
  assert.ok(found(before, before.first("p"), page(["p", "a"], ["p", "a"])));
});
