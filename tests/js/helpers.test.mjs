import assert from "node:assert/strict";
import { test } from "node:test";

import { Helpers } from "../../js/helpers.js";
import { Clock, Document } from "./fakes.mjs";

const ASK = { id: 1, kind: "confirm", text: "?", title: "", yes: "Yes", no: "No", danger: false };

test("messages go where they belong, and answers to the server", () => {
  const document = new Document();
  const sent = [];
  const helpers = new Helpers(document, new Clock(), (message) => sent.push(message));
  const part = (tag) => document.documentElement.find((one) => one.tagName === tag);
  helpers.take(null);
  assert.equal(document.documentElement.children.length, 1);
  helpers.take({ notice: { text: "x", level: "info", seconds: null } });
  helpers.take({ ask: ASK });
  assert.ok(part("QUICK-HTAG-NOTICES"));
  part("FORM").fire("submit", { preventDefault() {} });
  helpers.take({ ask: { ...ASK, id: 2 } });
  helpers.take({ over: 2 });
  helpers.take({ ask: { ...ASK, id: 3 } });
  helpers.end();
  assert.equal(part("DIALOG"), null);
  assert.deepEqual(sent, [{ answer: [1, true] }]);
});
