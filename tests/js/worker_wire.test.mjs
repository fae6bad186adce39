import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { ask, WorkerError } from "../../js/worker_wire.js";
import { refusal, Page } from "./worker_world.mjs";

let page;

beforeEach(() => {
  page = new Page();
});

/** Ask, with the server answering like this. */
function asked(answer, options) {
  page.server.interfere = () => answer;
  return ask(page.platform, "/w", { action: "get", token: "5" }, options);
}

test("w27: a request is a POST of JSON, with no header that browsers forbid", async () => {
  await asked({ token: "5", done: false, continue: true, result: null });
  const { url, method, headers, action, token } = page.server.requests[0];
  assert.deepEqual([url, method, action, token], ["/w", "POST", "get", "5"]);
  assert.deepEqual(Object.keys(headers).sort(), ["Accept", "Content-Type"]);
});

test("a token that came as a number is a text", async () => {
  const { token } = await asked({ token: 305, done: true, continue: false, result: "1" });
  assert.equal(token, "305");
});

test("an error of the server is one with its status and what it said", async () => {
  const error = await asked(refusal(403, "not for you")).catch((error) => error);
  assert.ok(error instanceof WorkerError && error instanceof Error);
  assert.deepEqual([error.kind, error.code, error.err], ["failed", 403, "not for you"]);
  assert.equal(error.message, "not for you");
});

test("the status line of a text is no message, what is below it is", async () => {
  await assert.rejects(asked(refusal(500, "500 Internal\nworker error\n")), { err: "worker error" });
  await assert.rejects(asked(refusal(403, "403 Forbidden\n")), { err: "Refused" });
});

test("a job that went down with its server is lost", async () => {
  await assert.rejects(asked(refusal(410, "410 Gone")), { kind: "lost", code: 410 });
});

test("a page of HTML is no message: the status line is", async () => {
  await assert.rejects(asked(refusal(502, "<h1>oops</h1>", "text/html")), { message: "Refused" });
});

test("a server without words is quoted with its status", async () => {
  await assert.rejects(asked(new Response("", { status: 500 })), /status 500/);
});

test("a server that cannot be reached is a network error, with the cause", async () => {
  const cause = new TypeError("fetch failed");
  const error = await asked(Promise.reject(cause)).catch((error) => error);
  assert.deepEqual([error.kind, error.code, error.cause], ["network", 0, cause]);
});

for (const text of ["<html>", "null", "[]", '"text"', '{"done":true}']) {
  test(`an answer ${text} is none of a worker`, async () => {
    await assert.rejects(asked(new Response(text)), { kind: "protocol" });
  });
}

test("a server that is silent for too long is a network error", async () => {
  const pending = asked(new Promise(() => {}), { timeout: 1000 }).catch((error) => error);
  await page.pass(1000);
  assert.deepEqual([(await pending).kind, (await pending).temporary], ["network", true]);
});

test("a request can be called off, and leaves no timer", async () => {
  const controller = new AbortController();
  const options = { signal: controller.signal, timeout: 1000 };
  const pending = asked(new Promise(() => {}), options).catch((error) => error);
  controller.abort();
  assert.equal((await pending).name, "AbortError");
  assert.deepEqual(page.clock.left, []);
});

test("asking again may help after trouble on the way, not after an answer", () => {
  const temporary = (kind, code) => new WorkerError(kind, "", { code }).temporary;
  assert.deepEqual([temporary("network"), temporary("failed", 503)], [true, true]);
  assert.deepEqual([temporary("failed", 500), temporary("lost")], [false, false]);
});
