import assert from "node:assert/strict";
import { test } from "node:test";

import { Fields } from "../../js/fields.js";
import { Places } from "../../js/places.js";
import { page } from "./dom.mjs";

/** What the fields of a page are like in the next one, and what is left over. */
function renewed(content, change, awaited = []) {
  const [before, after] = [page(...content), page(...content)];
  const fields = new Fields(before);
  change(before);
  const kept = fields.kept(new Places(before), (field, name) => awaited.includes(name));
  const again = JSON.parse(JSON.stringify(kept)); // as it is stored
  const left = new Fields(after).restore(new Places(after), again);
  return { after, kept, left };
}

test("text, choices and marks are in the next page", () => {
  const content = [
    ["input", { class: "text" }],
    ["textarea"],
    ["select", ["option", "red"], ["option", "blue"]],
    ["input", { class: "box", type: "checkbox" }],
  ];
  const { after } = renewed(content, (before) => {
    before.named("text").value = "typed";
    before.first("textarea").value = "long";
    before.first("select").options[0].selected = false;
    before.first("select").options[1].selected = true;
    before.named("box").checked = true;
  });
  assert.equal(after.named("text").value, "typed");
  assert.equal(after.first("textarea").value, "long");
  assert.equal(after.first("select").selectedIndex, 1);
  assert.equal(after.named("box").checked, true);
});

test("what nobody has touched is left alone", () => {
  const content = [["input", { value: "a" }], ["select", ["option"]], ["input", { type: "checkbox" }]];
  assert.deepEqual(renewed(content, () => {}).kept, []);
});

test("secrets are not kept", () => {
  const content = [["input", { type: "password" }], ["input", { class: "card" }]];
  const { kept } = renewed(content, (before) => {
    for (const field of before.body.children) field.value = "secret";
    before.named("card").autocomplete = "cc-number";
  });
  assert.deepEqual(kept, []);
});

test("the focus and the caret are where they were", () => {
  const { after } = renewed([["input"]], (before) => {
    const field = before.first("input");
    field.value = "typed";
    field.setSelectionRange(1, 2);
    field.focus();
  });
  const field = after.first("input");
  assert.equal(after.activeElement, field);
  assert.deepEqual([field.selectionStart, field.selectionEnd], [1, 2]);
});

test("a field that tells each key tells the next app", () => {
  const type = (before) => (before.first("input").value = "typed");
  const content = [["input", { oninput: "send()" }]];
  assert.deepEqual(renewed(content, type).after.first("input").told, ["input"]);
  assert.deepEqual(renewed(content, type, ["input"]).after.first("input").told, []);
});

test("a field that tells when it is done tells it once, when the user leaves it", () => {
  const type = (before) => (before.first("input").value = "typed");
  const field = renewed([["input", { onchange: "send()" }]], type).after.first("input");
  assert.deepEqual(field.told, []);
  field.fire("keydown", { key: "a" });
  field.fire("blur");
  field.fire("blur");
  assert.deepEqual(field.told, ["change"]);
  assert.equal(field.listenerCount, 0);
});

test("a field with both tells by each what is not on its way", () => {
  const type = (before) => (before.first("input").value = "typed");
  const content = [["input", { oninput: "send()", onchange: "send()" }]];
  const field = renewed(content, type, ["input"]).after.first("input");
  assert.deepEqual(field.told, []);
  field.fire("blur");
  assert.deepEqual(field.told, ["change"]);
});

test("so does Enter, and a change that the browser tells is not told again", () => {
  const type = (before) => (before.first("input").value = "typed");
  const content = [["input", { onchange: "send()" }]];
  const field = renewed(content, type).after.first("input");
  field.fire("keydown", { key: "Enter" });
  assert.deepEqual(field.told, ["change"]);
  const other = renewed(content, type).after.first("input");
  other.fire("change");
  other.fire("blur");
  assert.deepEqual(other.told, []);
});

test("what the app was told when it was done is the app's to show", () => {
  const content = [["input", { onchange: "send()" }]];
  const tell = (before) => {
    before.first("input").value = "typed";
    before.fire("change", before.first("input"));
  };
  assert.deepEqual(renewed(content, tell).kept, []);
  const { after } = renewed(content, tell, ["change"]); // it was told, but not the app
  assert.equal(after.first("input").value, "typed");
  assert.deepEqual(after.first("input").told, []);
});

test("what the next app shows already is not told", () => {
  const [before, after] = [page(["input", { oninput: "" }]), page(["input", { oninput: "", value: "a" }])];
  before.first("input").value = "a";
  const kept = new Fields(before).kept(new Places(before), () => false);
  new Fields(after).restore(new Places(after), kept);
  assert.deepEqual(after.first("input").told, []);
});

test("fields that are not there are left over", () => {
  const [before, after] = [page(["input", { name: "a" }]), page(["input", { name: "b" }])];
  before.first("input").value = "typed";
  const fields = new Fields(before);
  const kept = fields.kept(new Places(before), () => false);
  assert.deepEqual(fields.restore(new Places(after), kept), kept);
  assert.equal(after.first("input").value, "");
});
