import assert from "node:assert/strict";
import { test } from "node:test";

import { sendFile, uploadName } from "../../js/upload_request.js";
import { Target } from "./fakes.mjs";

class Request extends Target {
  status = 0;
  upload = new Target();

  open(method, url) {
    this.opened = [method, url];
  }

  send(body) {
    this.body = body;
    Request.last = this;
  }

  abort() {
    this.fire("abort");
  }
}

class Form extends Array {
  append(...values) {
    this.push(values);
  }
}

function send() {
  const fractions = [];
  const file = { name: "a.txt" };
  const sending = sendFile(Request, Form, "/send", file, (fraction) => fractions.push(fraction));
  return { sending, request: Request.last, fractions, file };
}

test("a file is a form with its name, and its progress is told", async () => {
  const { sending, request, fractions, file } = send();
  assert.deepEqual(request.opened, ["POST", "/send"]);
  assert.deepEqual([...request.body], [["file", file, "a.txt"]]);
  request.upload.fire("progress", { loaded: 1, total: 4, lengthComputable: true });
  request.upload.fire("progress", { loaded: 1, total: 0, lengthComputable: false });
  request.status = 204;
  request.fire("load");
  assert.deepEqual([await sending.status, fractions], [204, [0.25]]);
});

test("without an answer the status is 0", async () => {
  const { sending } = send();
  sending.abort();
  assert.equal(await sending.status, 0);
});

test("names are long, and no two are the same", () => {
  const names = new Set([1, 2, 3].map(() => uploadName(globalThis.crypto)));
  assert.equal(names.size, 3);
  for (const name of names) assert.match(name, /^[0-9a-f]{32}$/);
});
