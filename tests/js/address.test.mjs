import assert from "node:assert/strict";
import { test } from "node:test";

import { below, socketBelow } from "../../js/address.js";

const LOCATION = { protocol: "http:", host: "localhost:8000", pathname: "/app" };

test("an address is the page's path with a name below it, and the query", () => {
  assert.equal(below(LOCATION, "poll", { page: "a/b", seen: 7 }), "/app/poll?page=a%2Fb&seen=7");
});

test("an ending slash is not doubled", () => {
  assert.equal(below({ pathname: "/" }, "event", { page: "p" }), "/event?page=p");
});

test("a websocket has a scheme of its own, secure when the page is", () => {
  assert.equal(socketBelow(LOCATION, "ws", { page: "p" }), "ws://localhost:8000/app/ws?page=p");
  const secure = { protocol: "https:", host: "x.org", pathname: "/" };
  assert.equal(socketBelow(secure, "ws", { page: "p" }), "wss://x.org/ws?page=p");
});
