import assert from "node:assert/strict";
import { test } from "node:test";

import { plainCodec } from "../../js/codec.js";

test("plain messages are given on at once, as they are", () => {
  const got = [];
  plainCodec.encode("a", (text) => got.push(text));
  plainCodec.decode("b", (text) => got.push(text));
  assert.deepEqual(got, ["a", "b"]);
});
