import assert from "node:assert/strict";
import { test } from "node:test";

import { save } from "../../js/save.js";
import { joinPage } from "../../js/page.js";
import { pageWorld } from "./page_world.mjs";

/** A window whose links note that they were clicked. */
function worldOfLinks() {
  const world = pageWorld({ page: "p1", seen: 0, script: "" });
  const clicked = [];
  const { document } = world;
  const create = document.createElement.bind(document);
  document.createElement = (name) => {
    const element = create(name);
    element.click = () => clicked.push(element);
    return element;
  };
  return { ...world, clicked };
}

test("a link below the page is clicked, outside of the document", () => {
  const { window, document, clicked } = worldOfLinks();
  save(window, "p 1", "t");
  assert.deepEqual(
    clicked.map(({ href, download, tagName }) => [href, download, tagName]),
    [["/app/offer?page=p%201&offer=t", "", "A"]],
  );
  assert.ok(!clicked[0].isConnected);
  assert.equal(document.body.children.length, 0);
});

test("the page an offer is for saves it, another does nothing, and the app sees neither", () => {
  const { window, Socket, ready, clicked } = worldOfLinks();
  const applied = [];
  joinPage(window, { apply: (payload) => applied.push(payload), interacting: true });
  ready();
  Socket.last.says({ hello: 0 }, { n: 1, p: { save: null } });
  assert.equal(clicked.length, 0);
  Socket.last.says({ n: 2, p: { save: "t" } });
  assert.equal(clicked.length, 1);
  assert.deepEqual(applied, []);
});
