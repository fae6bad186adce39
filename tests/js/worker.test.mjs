import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { beforeEach, test } from "node:test";

import * as exported from "../../js/worker.js";
import { Page, refusal } from "./worker_world.mjs";

const { CONFIG, VERSION, Worker, WorkerError } = exported;

let page, server, work, got, statuses;

beforeEach(() => {
  page = new Page();
  server = page.server;
  work = new Worker(page.platform);
  got = [];
  statuses = [];
  work.status = (count) => statuses.push(count);
});

/** Post a job; what comes of it lands in `got`. */
function post(ref = "a", payload = {}) {
  return work.post(
    ref,
    "/w",
    payload,
    (result) => got.push(result),
    (error) => got.push(error.kind),
  );
}

/** The same, until the server runs it. */
async function running(ref) {
  const promise = post(ref);
  await page.pass(CONFIG.preDelay);
  assert.equal(server.last.stopped, false);
  return promise && { promise };
}

/** The newest job is done, and time passes until it is delivered. */
async function finish(result) {
  server.finish(result);
  await page.pass(1000);
}

/** Let the next job fail. */
async function fail() {
  server.interfere = ({ action }) => (action === "start" ? refusal(500, "oops") : undefined);
  post("failing");
  await page.pass(CONFIG.preDelay);
  server.interfere = null;
}

// -- what it exports ----------------------------------------------------------------------------

test("w27: both namespaces have the names, and the browser's Worker is not touched", () => {
  const names = { CONFIG, VERSION, Worker, WorkerError };
  assert.deepEqual({ ...globalThis.quick_server }, names);
  assert.deepEqual({ ...globalThis.quick_htag }, names);
  assert.notEqual(globalThis.Worker, Worker);
  assert.equal(globalThis.CONFIG, undefined);
});

test("the settings are those of quick_server", () => {
  const { preDelay, timeStart, timeCap, timeMinInc, timeMulInc, animationTime } = CONFIG;
  assert.deepEqual([preDelay, timeStart, timeCap], [500, 500, 60000]);
  assert.deepEqual([timeMinInc, timeMulInc, animationTime], [10, 1.01, 300]);
  assert.equal(CONFIG.animation.length, 6);
});

test("the types are about what there is", async () => {
  const types = await readFile(new URL("../../js/worker.d.ts", import.meta.url), "utf8");
  const typed = [...types.matchAll(/^export (?:const|class) (\w+)/gm)].map((match) => match[1]);
  assert.deepEqual(typed.sort(), Object.keys(exported).sort());
  const members = [...Object.keys(work), ...Object.getOwnPropertyNames(Worker.prototype)];
  for (const name of [...Object.keys(CONFIG), ...members]) {
    assert.match(types, new RegExp(`^  (get )?${name}[:(<]`, "m"));
  }
});

// -- posting ------------------------------------------------------------------------------------

test("w24: a slow job delivers to its callback and to the promise", async () => {
  const { promise } = await running();
  await finish({ sum: 3 });
  assert.deepEqual(got, [{ sum: 3 }]);
  assert.deepEqual(await promise, { sum: 3 });
});

test("only the last of several posts is sent, counted from the first", async () => {
  for (const number of [1, 2, 3]) {
    post("a", { number });
    await page.pass(200);
  }
  assert.deepEqual(server.actions, ["start"]);
  assert.deepEqual(server.last.payload, { number: 3 });
});

test("jobs of different refs do not meet", async () => {
  await running("a");
  await running("b");
  await finish("of b");
  assert.deepEqual(got, ["of b"]);
  assert.equal(server.jobs.values().next().value.stopped, false);
});

test("a new post replaces the running job of its ref", async () => {
  const { promise } = await running();
  const first = server.last;
  post();
  await assert.rejects(promise, { name: "AbortError", kind: "cancelled" });
  await page.pass(CONFIG.preDelay);
  assert.equal(first.stopped, true);
  await finish("new");
  assert.deepEqual(got, ["new"]);
});

test("a ref that was used before waits anew", async () => {
  await running();
  await finish(1);
  post();
  await page.pass(CONFIG.preDelay - 1);
  assert.deepEqual(server.actions, ["start", "get"]);
});

test("the settings are read when they are used", async (t) => {
  const before = CONFIG.preDelay;
  t.after(() => (CONFIG.preDelay = before));
  CONFIG.preDelay = 0;
  post();
  await page.pass(0);
  assert.deepEqual(server.actions, ["start"]);
});

test("a worker that is not active does nothing", async () => {
  work.active = false;
  const promise = post();
  await page.pass(1000);
  await assert.rejects(promise, { kind: "cancelled" });
  assert.deepEqual([work.active, server.requests, got, statuses], [false, [], [], []]);
});

test("progress and items are told to the job's handlers, and to those of all jobs", async () => {
  const job = post();
  job.onprogress = ({ fraction }) => got.push(fraction);
  job.onitem = ({ item, index }) => got.push([item, index]);
  work.onprogress = ({ ref, text }) => got.push([ref, text]);
  work.onitem = ({ ref, item }) => got.push([ref, item]);
  await page.pass(CONFIG.preDelay);
  const progress = { fraction: 0.5, text: "half" };
  server.last.more = { progress, items: ["first"], first: 0 };
  await page.pass(CONFIG.timeStart);
  assert.deepEqual(got, [0.5, ["a", "half"], ["first", 0], ["a", "first"]]);
});

test("a job that is cancelled by what it told tells nothing more", async () => {
  const job = post();
  job.onitem = ({ item }) => got.push(item) && job.cancel();
  await page.pass(CONFIG.preDelay);
  server.last.more = { items: [1, 2], first: 0 };
  await page.pass(CONFIG.timeStart);
  assert.deepEqual(got, [1]);
});

test("items are not asked for when nobody takes them", async () => {
  await running();
  assert.equal("seen" in server.requests[0], false);
});

// -- errors -------------------------------------------------------------------------------------

test("a failure has the text and the status quick_server gives", async () => {
  const promise = post();
  server.interfere = () => refusal(418, "I am a teapot");
  await page.pass(CONFIG.preDelay);
  const error = await promise.catch((error) => error);
  assert.ok(error instanceof WorkerError);
  assert.deepEqual([error.err, error.code], ["I am a teapot", 418]);
  assert.deepEqual(got, ["failed"]);
  assert.match(page.warnings[0], /"a" at \/w failed: I am a teapot/);
});

test("w27: a lost job reaches the error callback", async () => {
  await running();
  server.jobs.clear();
  await page.pass(1000);
  assert.deepEqual(got, ["lost"]);
});

test("w27: the error state ends with the next job the server takes", async () => {
  await fail();
  assert.deepEqual(statuses, [1, -1]);
  await running();
  assert.deepEqual(statuses, [1, -1, 1]);
  await finish(1);
  assert.deepEqual(statuses, [1, -1, 1, 0]);
});

test("w27: the error state ends with a job that is done, posted before or after", async () => {
  await running();
  await fail();
  assert.deepEqual(statuses, [1, 2, -1]);
  await finish(1);
  assert.deepEqual(statuses, [1, 2, -1, 0]);
});

test("an older job that still runs does not end the error state", async () => {
  await running();
  await fail();
  await page.pass(5000);
  assert.equal(statuses.at(-1), -1);
});

test("w27: what a callback raises is no error of the job", async () => {
  const raised = [];
  page.platform.raise = (error) => raised.push(error.message);
  work.post("a", "/w", {}, () => {
    throw new Error("mine");
  }, (error) => got.push(error));
  await page.pass(CONFIG.preDelay);
  await finish(1);
  assert.deepEqual([got, raised, statuses], [[], ["mine"], [1, 0]]);
});

test("who has only callbacks, or nothing, leaves no rejected promise behind", async (t) => {
  const unhandled = [];
  const listener = (error) => unhandled.push(error);
  process.on("unhandledRejection", listener);
  t.after(() => process.off("unhandledRejection", listener));
  server.interfere = () => refusal(500);
  post("a");
  work.post("b", "/w", {});
  post("c").cancel();
  await page.pass(2000);
  assert.deepEqual([got, unhandled], [["failed"], []]);
});

// -- cancelling ---------------------------------------------------------------------------------

test("w27: cancel by ref works before the start, and calls nobody", async () => {
  const promise = post();
  assert.equal(work.cancel("a"), true);
  await page.pass(5000);
  await assert.rejects(promise, { name: "AbortError" });
  assert.deepEqual([server.requests, got, statuses], [[], [], [1, 0]]);
});

test("cancel by ref stops a running job, once", async () => {
  await running();
  assert.deepEqual([work.cancel("a"), work.cancel("a")], [true, false]);
  await page.pass(5000);
  assert.deepEqual(server.actions, ["start", "stop"]);
});

test("the promise can cancel its own job, and no newer one of the ref", async () => {
  const { promise } = await running();
  post();
  assert.equal(promise.cancel(), false);
  await page.pass(CONFIG.preDelay);
  assert.equal(server.last.stopped, false);
});

test("w27: a page that is left stops all its jobs by beacons", async () => {
  await running("a");
  await running("b");
  page.window.fire("pagehide");
  assert.deepEqual([...server.jobs.values()].map((job) => job.stopped), [true, true]);
  assert.equal(server.requests.filter((request) => request.beacon).length, 2);
  await page.pass(0);
  assert.deepEqual(got, ["lost", "lost"]);
});

test("the page is listened to for as long as jobs run", async () => {
  await running();
  assert.equal(page.window.listenerCount, 1);
  await finish(1);
  assert.equal(page.window.listenerCount, 0);
  assert.deepEqual(page.clock.left, []);
});

// -- status and title ---------------------------------------------------------------------------

test("the status is a property and a function, and counts the jobs", async () => {
  const counts = [];
  assert.equal(work.status((count) => counts.push(count)), work);
  post("a");
  post("b");
  work.cancel("a");
  work.cancel("b");
  assert.deepEqual(counts, [1, 2, 1, 0]);
  assert.equal(typeof work.status(), "function");
});

test("the title turns while jobs run", async () => {
  post("a");
  post("b");
  assert.equal(page.document.title, `Page ${CONFIG.animation[0]}`);
  await page.pass(CONFIG.animationTime);
  assert.equal(page.document.title, `Page ${CONFIG.animation[1]} (2x)`);
  work.infoTitle = false;
  assert.equal(page.document.title, "Page");
  work.infoTitle = true;
  assert.match(page.document.title, /2x/);
});

test("a worker needs no document", async () => {
  delete page.platform.document;
  page.platform.window = {};
  await running();
  await finish(1);
  assert.deepEqual(got, [1]);
});
