import assert from "node:assert/strict";
import { test } from "node:test";

import { Questions } from "../../js/questions.js";
import { Document } from "./fakes.mjs";

const ASK = { id: 1, kind: "confirm", text: "sure?", title: "", yes: "Yes", no: "No", danger: false };
const EVENT = { preventDefault() {} };

function setup() {
  const document = new Document();
  const answers = [];
  const questions = new Questions(document, (id, value) => answers.push([id, value]));
  const part = (tag) => document.documentElement.find((one) => one.tagName === tag);
  const button = (text) =>
    document.documentElement.find((one) => one.tagName === "BUTTON" && one.textContent === text);
  const ask = (changes) => questions.ask({ ...ASK, ...changes });
  return { document, answers, questions, part, button, ask };
}

test("a question is a modal dialog with a name, and its buttons answer", () => {
  const { answers, part, button, ask } = setup();
  ask({ title: "Delete" });
  assert.equal(part("DIALOG").open, true);
  assert.equal(part("DIALOG").getAttribute("role"), "alertdialog");
  assert.equal(part("DIALOG").getAttribute("aria-labelledby"), "title");
  assert.equal(part("P").textContent, "sure?");
  button("No").fire("click");
  ask({ id: 2 });
  part("FORM").fire("submit", EVENT);
  assert.deepEqual(answers, [[1, false], [2, true]]);
  assert.equal(part("DIALOG"), null);
});

test("Escape is the answer no, once, also when the browser closes the dialog by itself", () => {
  const { answers, part, ask } = setup();
  ask();
  part("DIALOG").fire("cancel", EVENT);
  ask({ id: 2 });
  part("DIALOG").close();
  assert.deepEqual(answers, [[1, false], [2, false]]);
});

test("the focus is on what does no harm", () => {
  const { document, button, part, ask } = setup();
  ask();
  assert.equal(document.focused, button("Yes"));
  part("FORM").fire("submit", EVENT);
  ask({ id: 2, danger: true });
  assert.equal(document.focused, button("No"));
});

test("a line of text is asked for with a field, or with nothing for an answer", () => {
  const { document, answers, part, button, ask } = setup();
  ask({ kind: "prompt", value: "Bob" });
  assert.equal(document.focused, part("INPUT"));
  assert.equal(part("INPUT").selected, true);
  part("INPUT").value = "Ann";
  part("FORM").fire("submit", EVENT);
  ask({ id: 2, kind: "prompt" });
  button("No").fire("click");
  assert.deepEqual(answers, [[1, "Ann"], [2, null]]);
});

test("something to read has one button", () => {
  const { answers, part, button, ask } = setup();
  ask({ kind: "alert", no: undefined });
  assert.equal(button("No"), null);
  part("FORM").fire("submit", EVENT);
  assert.deepEqual(answers, [[1, null]]);
});

test("questions come one after the other, each once", () => {
  const { answers, part, ask } = setup();
  ask();
  ask({ id: 2, text: "and this?" });
  ask();
  part("FORM").fire("submit", EVENT);
  assert.equal(part("P").textContent, "and this?");
  part("FORM").fire("submit", EVENT);
  ask({ id: 2 });
  assert.equal(part("DIALOG"), null);
  assert.deepEqual(answers, [[1, true], [2, true]]);
});

test("a question that is over goes without an answer, also before it was shown", () => {
  const { answers, questions, part, ask } = setup();
  ask();
  ask({ id: 2 });
  questions.over(2);
  questions.over(1);
  ask({ id: 3 });
  questions.end();
  assert.equal(part("DIALOG"), null);
  assert.deepEqual(answers, []);
});

test("the focus goes to what has replaced the element that had it", () => {
  const { document, part, ask } = setup();
  const make = () => Object.assign(document.createElement("button"), { id: "b", type: "button" });
  document.replaceBody(make());
  document.body.children[0].focus();
  ask();
  document.replaceBody(make());
  part("FORM").fire("submit", EVENT);
  assert.equal(document.focused, document.body.children[0]);
});
