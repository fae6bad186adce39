import assert from "node:assert/strict";
import { test } from "node:test";
import { webcrypto } from "node:crypto";

import { SealedCodec } from "../../js/sealed_codec.js";
import { Heard } from "./fakes.mjs";

const CONFIG = { page: "page", password: "a password" };

async function keyOf({ password }) {
  const raw = await webcrypto.subtle.digest("SHA-256", Buffer.from(password));
  return webcrypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** What the server does. */
class Server {
  #count = 0;

  async seal(text, label = "to page page") {
    const iv = Buffer.alloc(12);
    iv.writeBigUInt64BE(BigInt(++this.#count), 4);
    const rules = { name: "AES-GCM", iv, additionalData: Buffer.from(label) };
    const data = await webcrypto.subtle.encrypt(rules, await keyOf(CONFIG), Buffer.from(text));
    return Buffer.concat([iv, Buffer.from(data)]).toString("base64");
  }

  async open(message) {
    const data = Buffer.from(message, "base64");
    const additionalData = Buffer.from("to server page");
    const rules = { name: "AES-GCM", iv: data.subarray(0, 12), additionalData };
    const text = await webcrypto.subtle.decrypt(rules, await keyOf(CONFIG), data.subarray(12));
    return Buffer.from(text).toString();
  }
}

/** A codec with a line; `heard` is what the page hears, `below` the listener of the network. */
function setup(crypto = webcrypto) {
  const world = { server: new Server(), heard: new Heard(), logs: [], reports: [], sent: [] };
  const platform = {
    log: (text) => world.logs.push(text),
    report: (error) => world.reports.push(error),
  };
  world.codec = new SealedCodec(platform, { crypto, Date }, CONFIG);
  world.open = (heard) => {
    const line = { name: "fake", closed: 0, send: (text) => world.sent.push(text) };
    line.close = () => (line.closed += 1);
    const opened = { inner: line };
    opened.line = world.codec.line((listener) => {
      opened.below = listener;
      return line;
    }, heard);
    return opened;
  };
  return Object.assign(world, world.open(world.heard));
}

/** Wait until a condition holds. */
async function until(condition) {
  for (const end = Date.now() + 5000; !condition(); ) {
    assert.ok(Date.now() < end, "it did not happen");
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A crypto whose first operation takes longer than all others. */
function slowFirst(name) {
  let first = true;
  const subtle = new Proxy(webcrypto.subtle, {
    get: (target, key) => async (...values) => {
      const result = await target[key](...values);
      if (key === name && first) {
        first = false;
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
      return result;
    },
  });
  return { subtle, getRandomValues: (array) => webcrypto.getRandomValues(array) };
}

test("a sealed line has the name of the line below", () => {
  assert.equal(setup().line.name, "fake");
});

test("texts are sent encrypted, in the order of the calls", async () => {
  const { line, sent, server } = setup(slowFirst("encrypt"));
  for (const text of ["a", "b", "c"]) line.send(text);
  await until(() => sent.length === 3);
  assert.deepEqual(await Promise.all(sent.map((one) => server.open(one))), ["a", "b", "c"]);
});

test("messages are heard in the order in which they came", async () => {
  const { below, heard, server } = setup(slowFirst("decrypt"));
  const texts = ["a", "b", "c"];
  for (const text of texts) below.message(await server.seal(text), false);
  await until(() => heard.messages.length === 3);
  assert.deepEqual(heard.messages, texts);
});

test("a line is closed after the messages that came before", async () => {
  const { below, heard, server } = setup();
  heard.closed = (code) => heard.messages.push(code);
  below.message(await server.seal("last words"), false);
  below.closed(4002);
  await until(() => heard.messages.length === 2);
  assert.deepEqual(heard.messages, ["last words", 4002]);
});

test("messages of two lines are heard in the order in which they came", async () => {
  const { below, heard, open, server } = setup(slowFirst("decrypt"));
  const other = open(heard);
  below.message(await server.seal("old"), false);
  other.below.message(await server.seal("new"), false);
  await until(() => heard.messages.length === 2);
  assert.deepEqual(heard.messages, ["old", "new"]);
});

test("the answer to a request may overtake a message", async () => {
  const { below, heard, server } = setup();
  const message = await server.seal("message");
  below.message(await server.seal("answer", "answer to page page"), true);
  below.message(message, false);
  await until(() => heard.messages.length === 2);
  assert.deepEqual(heard.messages, [["answer", "posted"], "message"]);
});

for (const [what, make] of [
  ["plain", async () => '{"n":1,"p":{}}'],
  ["changed", async (server) => "B" + (await server.seal("x")).slice(1)],
  ["another page's", (server) => server.seal("x", "to page other")],
  ["an answer's", (server) => server.seal("x", "answer to page page")],
]) {
  test(`a message that is ${what} breaks the line, and is not heard`, async () => {
    const { below, heard, inner, logs, server } = setup();
    below.message(await make(server), false);
    below.message(await server.seal("after it"), false);
    await until(() => heard.codes.length === 1);
    assert.deepEqual([heard.codes, heard.messages, inner.closed], [[1006], [], 1]);
    assert.match(logs[0], /a message was refused/);
  });
}

test("a message that comes again breaks the line", async () => {
  const { below, heard, server } = setup();
  const message = await server.seal("once");
  below.message(message, false);
  below.message(message, false);
  await until(() => heard.codes.length === 1);
  assert.deepEqual(heard.messages, ["once"]);
});

test("a closed line is silent, whatever is on its way", async () => {
  const { below, codec, heard, line, server } = setup();
  below.message(await server.seal("too late"), false);
  below.message("plain", false);
  below.closed(1006);
  line.close();
  let done = false;
  codec.afterwards(() => (done = true));
  await until(() => done);
  assert.deepEqual([heard.messages, heard.codes], [[], []]);
});

test("an error of the page does not stop what follows", async () => {
  const { below, heard, reports, server } = setup();
  const got = [];
  heard.message = (text) => {
    got.push(text);
    if (text === "a") throw new Error("no");
  };
  for (const text of ["a", "b"]) below.message(await server.seal(text), false);
  await until(() => got.length === 2);
  assert.equal(reports[0].message, "no");
});

test("the room is what makes a message of so many bytes", async () => {
  const { codec, line, sent } = setup();
  for (const limit of [1000, 1001, 1002, 1003]) {
    line.send("x".repeat(codec.room(limit)));
    line.send("x".repeat(codec.room(limit) + 3));
  }
  await until(() => sent.length === 8);
  const sizes = sent.map((one) => one.length);
  assert.deepEqual(sizes, [1000, 1004, 1000, 1004, 1000, 1004, 1000, 1004]);
});
