import assert from "node:assert/strict";
import { test } from "node:test";

import { Notices } from "../../js/notices.js";
import { Clock, Document } from "./fakes.mjs";

function setup() {
  const clock = new Clock();
  const document = new Document();
  const notices = new Notices(document, clock);
  const region = (role) => document.documentElement.find((one) => one.attributes.role === role);
  const shown = (role) => region(role).children.map((one) => one.children[1].textContent);
  const show = (text, level = "info", seconds = 5) => notices.show({ text, level, seconds });
  return { clock, document, region, shown, show };
}

test("a message is shown as text and goes after its time", () => {
  const { clock, shown, show } = setup();
  show("<b>saved");
  assert.deepEqual(shown("status"), ["<b>saved"]);
  clock.advance(5000);
  assert.deepEqual(shown("status"), []);
  assert.deepEqual(clock.left, []);
});

test("warnings and errors are announced at once, the others when there is time", () => {
  const { shown, show } = setup();
  for (const level of ["info", "success", "warning", "error"]) show(level, level);
  assert.deepEqual([shown("status"), shown("alert")], [["info", "success"], ["warning", "error"]]);
});

test("it stays while the pointer or the focus is on it", () => {
  const { clock, region, shown, show } = setup();
  show("read me");
  const [notice] = region("status").children;
  notice.fire("pointerenter");
  clock.advance(60000);
  assert.deepEqual(shown("status"), ["read me"]);
  notice.fire("pointerleave");
  clock.advance(5000);
  assert.deepEqual(shown("status"), []);
});

test("one without a time stays until it is closed", () => {
  const { clock, region, shown, show } = setup();
  show("important", "error", null);
  clock.advance(1e6);
  const close = region("alert").children[0].children[2];
  assert.equal(close.getAttribute("aria-label"), "Close");
  close.fire("click");
  assert.deepEqual(shown("alert"), []);
});

test("the oldest makes room", () => {
  const { shown, show } = setup();
  for (let number = 1; number <= 7; number++) show(String(number));
  assert.deepEqual(shown("status"), ["3", "4", "5", "6", "7"]);
});
