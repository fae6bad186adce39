import assert from "node:assert/strict";
import { test } from "node:test";

import { dress, maker, shadowHost } from "../../js/shadow.js";
import { Document } from "./fakes.mjs";

test("a sheet is adopted, which policies allow; old browsers get an element", () => {
  const document = new Document();
  const old = document.createElement("div");
  dress(old, document, "p {}");
  assert.equal(old.children[0].textContent, "p {}");
  document.defaultView.CSSStyleSheet = class {
    replaceSync(css) {
      this.css = css;
    }
  };
  const root = Object.assign(document.createElement("div"), { adoptedStyleSheets: [] });
  dress(root, document, "p {}");
  assert.deepEqual([root.adoptedStyleSheets[0].css, root.children], ["p {}", []]);
});

test("a host comes back when somebody has taken it out", () => {
  const document = new Document();
  const attach = shadowHost(document, "x-host", "", []);
  attach();
  attach();
  const hosts = () => document.documentElement.children.filter((one) => one.tagName === "X-HOST");
  assert.equal(hosts().length, 1);
  hosts()[0].remove();
  attach();
  assert.equal(hosts().length, 1);
});

test("elements are made with properties, attributes and children", () => {
  const make = maker(new Document());
  const made = make("p", { id: "x", attributes: { role: "note" } }, make("b"));
  assert.deepEqual([made.id, made.getAttribute("role"), made.children[0].tagName], ["x", "note", "B"]);
});
