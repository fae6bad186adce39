import assert from "node:assert/strict";
import { test } from "node:test";

import { plainCodec } from "../../js/codec.js";

test("a plain line is the line itself, and hears and takes texts as they are", () => {
  const line = {};
  const listener = {};
  const given = [];
  const open = (heard) => {
    given.push(heard);
    return line;
  };
  assert.equal(plainCodec.line(open, listener), line);
  assert.equal(given[0], listener);
});

test("a plain message may be as long as the text", () => {
  assert.equal(plainCodec.room(100), 100);
});
