import assert from "node:assert/strict";
import { test } from "node:test";
import { webcrypto } from "node:crypto";

import { Cipher } from "../../js/cipher.js";

const PASSWORD = "a password";
// what the server's side made of two texts, for the page "page"
const FROM_SERVER = [
  "opKWRAAAAAAAAAABqBich8Xxg2GLnPRDSn3o3t9mPc8Ry6zFf1Cs1DcLmpChx7pa5dJKMQCA",
  "opKWRAAAAAAAAAACZXnwg8i636FLjD0JQUTc18THeyXYWg==",
];

const cipher = (page = "page") => new Cipher(webcrypto, PASSWORD, page, Date.now());

/** What the server does with a message: decrypts it by the bytes. */
async function opened(message, page = "page") {
  const data = Buffer.from(message, "base64");
  const raw = await webcrypto.subtle.digest("SHA-256", Buffer.from(PASSWORD));
  const key = await webcrypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
  const additionalData = Buffer.from(`to server ${page}`);
  const rules = { name: "AES-GCM", iv: data.subarray(0, 12), additionalData };
  const text = await webcrypto.subtle.decrypt(rules, key, data.subarray(12));
  return { text: Buffer.from(text).toString(), counter: data.readBigUInt64BE(4) };
}

test("what the server sealed is opened", async () => {
  const ours = cipher();
  assert.equal(await ours.open(FROM_SERVER[0]), "from Python: äöü 漢字");
  assert.equal(await ours.open(FROM_SERVER[1]), "second");
});

test("what is sealed has the form the server expects", async () => {
  const ours = cipher();
  const text = "x".repeat(200_000) + "äöü 漢字 🎉";
  assert.equal((await opened(await ours.seal(text))).text, text);
});

test("the counter grows with every message, whenever they are finished", async () => {
  const ours = cipher();
  const messages = await Promise.all(["a", "b", "c"].map((text) => ours.seal(text)));
  const counters = await Promise.all(messages.map(async (one) => (await opened(one)).counter));
  assert.deepEqual(counters, [counters[0], counters[0] + 1n, counters[0] + 2n]);
});

test("a page that is a copy counts higher than the one it was copied from", async () => {
  const [earlier, later] = [1000, 1001].map((at) => new Cipher(webcrypto, PASSWORD, "page", at));
  for (let sent = 0; sent < 500; sent++) await earlier.seal("x");
  const last = await opened(await earlier.seal("x"));
  assert.ok((await opened(await later.seal("x"))).counter > last.counter);
});

test("a message received before is refused", async () => {
  const ours = cipher();
  await ours.open(FROM_SERVER[0]);
  await assert.rejects(ours.open(FROM_SERVER[0]), /before/);
});

test("a message for another page, or changed, or plain is refused", async () => {
  await assert.rejects(cipher("other").open(FROM_SERVER[0]));
  await assert.rejects(cipher().open("B" + FROM_SERVER[0].slice(1)));
  await assert.rejects(cipher().open('{"n":1,"p":{}}'));
  await assert.rejects(cipher().open(""), /too short/);
});
