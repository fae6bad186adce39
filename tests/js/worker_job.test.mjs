import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { CONFIG } from "../../js/worker.js";
import { Job } from "../../js/worker_job.js";
import { Progress } from "../../js/worker_progress.js";
import { Page, refusal } from "./worker_world.mjs";

let page, server, clock, platform, told, progress;

beforeEach(() => {
  page = new Page();
  ({ server, clock, platform } = page);
  told = [];
  progress = new Progress(
    (name, event) => told.push({ name, ...event }),
    () => true,
  );
});

/** A job that starts now; `ended` is what came of it, as soon as something did. */
function start(payload = {}) {
  const job = new Job(platform, CONFIG, { url: "/w", payload, progress });
  job.startAt(clock.now);
  job.outcome.then(
    (result) => (job.ended = { result }),
    (error) => (job.ended = { error }),
  );
  return job;
}

/** The same, after the server has answered that it runs. */
async function running() {
  const job = start();
  await page.pass(0);
  assert.equal(job.phase, "running");
  return job;
}

// -- the way of a job ---------------------------------------------------------------------------

test("a job that is done at once needs one request", async () => {
  server.interfere = () => ({ token: "1", done: true, continue: false, result: '{"a":1}' });
  const job = start({ b: 2 });
  await page.pass(0);
  assert.deepEqual(job.ended, { result: { a: 1 } });
  assert.deepEqual(server.requests[0].payload, { b: 2 });
  assert.equal(server.requests.length, 1);
});

test("w24: a slow job delivers, though its token is no number that JavaScript can hold", async () => {
  server.lastToken = 9007199254740993n; // 2 ** 53 + 1
  const job = await running();
  server.finish([1, null]);
  await page.pass(500);
  assert.deepEqual(job.ended, { result: [1, null] });
  assert.equal(server.requests[1].token, "9007199254740994");
});

test("a function that returns nothing delivers null", async () => {
  const job = await running();
  server.finish(null);
  await page.pass(500);
  assert.deepEqual(job.ended, { result: null });
});

test("each wait is a little longer than the one before, up to a cap", async () => {
  await running();
  const waits = [];
  for (let poll = 0; poll < 4; poll++) {
    waits.push(clock.left.find((left) => left !== CONFIG.requestTimeout));
    await page.pass(waits.at(-1));
  }
  assert.deepEqual(waits, [500, 510, 520, 530]);
});

test("no wait is longer than the cap", async () => {
  const config = { ...CONFIG, timeStart: 50000, timeMulInc: 1.5 };
  const job = new Job(platform, config, { url: "/w", payload: {}, progress });
  job.startAt(0);
  await page.pass(0);
  await page.pass(50000);
  assert.deepEqual(clock.left, [60000]);
});

test("a long result is put together in order, four pieces at once", async () => {
  const job = await running();
  server.finishInPieces('["', "b", "c", "d", "e", '"]');
  let open = 0;
  const most = { open };
  server.interfere = async ({ action, token }) => {
    if (action !== "cargo") return undefined;
    most.open = Math.max(most.open, ++open);
    await new Promise((done) => platform.setTimeout(done, token === "cargo0" ? 90 : 10));
    open--;
    return undefined;
  };
  await page.pass(600);
  assert.deepEqual(job.ended, { result: ["bcde"] });
  assert.equal(most.open, 4);
});

// -- what a job tells meanwhile -----------------------------------------------------------------

test("progress and place in line come with the answers, and nothing at the end", async () => {
  const job = await running();
  server.last.more = { position: 2 };
  await page.pass(500);
  server.last.more = { progress: { fraction: 0.5, text: "half" } };
  await page.pass(1000);
  server.finish(1);
  await page.pass(600);
  assert.deepEqual(job.ended, { result: 1 });
  assert.deepEqual(told, [
    { name: "onprogress", fraction: null, text: "", position: 2 },
    { name: "onprogress", fraction: 0.5, text: "half", position: null },
  ]);
});

test("items come with the answers, the last one too, and the server is told how many came", async () => {
  await running();
  server.last.more = { items: ["a", "b"], first: 0 };
  await page.pass(500);
  server.last.more = { items: [], first: 2 };
  await page.pass(510);
  Object.assign(server.last, { done: true, more: { result: "[]", items: ["c"], first: 2 } });
  await page.pass(520);
  assert.deepEqual(
    told.map(({ item }) => item),
    ["a", "b", "c"],
  );
  assert.deepEqual(
    server.requests.map(({ seen }) => seen),
    [0, 0, 2, 2],
  );
});

test("a stream is followed: progress at once, and few questions", async () => {
  const EventSource = page.withStreams();
  await running();
  EventSource.last.opens();
  EventSource.last.says("progress", { fraction: 0.1, text: "" });
  assert.equal(told[0].fraction, 0.1);
  await page.pass(30000);
  assert.deepEqual(server.actions, ["start", "get", "get"]);
});

test("a job that waits is asked for as ever: its stream may not tell that it begins", async () => {
  const EventSource = page.withStreams();
  await running();
  EventSource.last.opens();
  EventSource.last.says("queued", { position: 1 });
  await page.pass(500);
  assert.equal(told.at(-1).position, null);
  await page.pass(5000);
  assert.deepEqual(server.actions, ["start", "get"]);
});

test("the end of a stream brings the result at once", async () => {
  const EventSource = page.withStreams();
  const job = await running();
  EventSource.last.opens();
  server.finish("quick");
  EventSource.last.says("end", { state: "done" });
  await page.pass(0);
  assert.deepEqual(job.ended, { result: "quick" });
  assert.deepEqual([EventSource.last.closed, clock.left], [true, []]);
});

test("a server without streams is asked as ever, and not for a stream again", async () => {
  const EventSource = page.withStreams();
  const job = await running();
  EventSource.last.fails();
  server.finish(1);
  await page.pass(500);
  await running();
  assert.deepEqual(job.ended, { result: 1 });
  assert.equal(EventSource.all.length, 1);
});

test("a stream that breaks is replaced, after a question what became of the job", async () => {
  const EventSource = page.withStreams();
  await running();
  EventSource.last.opens();
  EventSource.last.fails();
  await page.pass(0);
  assert.deepEqual([server.actions, EventSource.all.length], [["start", "get"], 2]);
});

test("a stream that breaks again and again does not set the pace", async () => {
  const EventSource = page.withStreams();
  await running();
  for (let time = 0; time < 2000; time += 10) {
    if (!EventSource.last.closed) {
      EventSource.last.opens();
      EventSource.last.fails();
    }
    await page.pass(10);
  }
  assert.deepEqual(server.actions, ["start", "get", "get", "get", "get"]);
});

test("a cancelled job leaves no stream behind", async () => {
  const EventSource = page.withStreams();
  const job = await running();
  EventSource.last.opens();
  job.cancel();
  assert.equal(EventSource.last.closed, true);
  await page.pass(1000);
  assert.deepEqual(clock.left, []);
});

test("what is told of a job may cancel it", async () => {
  const EventSource = page.withStreams();
  const job = start();
  progress.moved = () => job.cancel();
  await page.pass(1000);
  assert.deepEqual([job.phase, EventSource.all.length, clock.left], ["ended", 0, []]);
  assert.equal(server.last.stopped, true);
});

// -- what goes wrong ----------------------------------------------------------------------------

test("w27: a job the server does not know any more is an error, not silence", async () => {
  const job = await running();
  server.jobs.clear();
  await page.pass(500);
  assert.equal(job.ended.error.kind, "lost");
});

test("a function that raises is an error with the server's words, and no more requests", async () => {
  const job = await running();
  server.interfere = () => refusal(500, "worker error");
  await page.pass(500);
  assert.deepEqual([job.ended.error.code, job.ended.error.err], [500, "worker error"]);
  await page.pass(100000);
  assert.equal(server.requests.length, 2);
});

test("w27: a piece of a slow job that cannot be had is an error", async () => {
  const job = await running();
  server.finishInPieces("[", "]");
  server.cargo.delete("cargo1");
  await page.pass(500);
  assert.deepEqual([job.ended.error.kind, job.ended.error.code], ["failed", 500]);
});

test("a start that cannot be sent is an error at once: it may not run twice", async () => {
  server.interfere = () => Promise.reject(new TypeError("offline"));
  const job = start();
  await page.pass(0);
  assert.equal(job.ended.error.kind, "network");
  assert.equal(server.requests.length, 1);
});

test("a server that is away for a moment is asked again, and delivers", async () => {
  const job = await running();
  server.interfere = () => Promise.reject(new TypeError("refused"));
  await page.pass(10000);
  assert.equal(job.ended, undefined);
  server.interfere = () => refusal(502);
  await page.pass(10000);
  server.interfere = null;
  server.finish("there");
  await page.pass(10000);
  assert.deepEqual(job.ended, { result: "there" });
});

test("a server that stays away is an error in the end, and leaves no timer", async () => {
  const job = await running();
  server.interfere = () => Promise.reject(new TypeError("refused"));
  await page.pass(500 + CONFIG.retryTime);
  assert.equal(job.ended.error.kind, "network");
  assert.deepEqual(clock.left, []);
});

test("a job that fails with a status like those of proxies has failed, and is not lost", async () => {
  const job = await running();
  let told = false;
  server.interfere = () => {
    server.jobs.clear();
    return told ? undefined : (told = true) && refusal(504, "it took too long");
  };
  await page.pass(5000);
  assert.deepEqual([job.ended.error.code, job.ended.error.err], [504, "it took too long"]);
});

for (const result of ["{", 5, undefined]) {
  test(`a result ${JSON.stringify(result)} is no JSON text`, async () => {
    server.interfere = () => ({ token: "1", done: true, continue: false, result: result ?? null });
    const job = start();
    await page.pass(0);
    assert.equal(job.ended.error.kind, "protocol");
  });
}

test("an answer about another job is refused", async () => {
  const job = await running();
  server.interfere = () => ({ token: "2", done: true, continue: false, result: "1" });
  await page.pass(500);
  assert.equal(job.ended.error.kind, "protocol");
});

test("a payload that is no JSON is an error of the job", async () => {
  const job = start({ number: 1n });
  await page.pass(0);
  assert.ok(job.ended.error.cause instanceof TypeError);
  assert.equal(server.requests.length, 0);
});

// -- cancelling ---------------------------------------------------------------------------------

test("w27: a job that has not started yet is cancelled without a request", async () => {
  const job = start();
  assert.equal(job.cancel(), true);
  await page.pass(1000);
  assert.deepEqual(server.requests, []);
  assert.equal(job.ended.error.name, "AbortError");
});

test("w27: a job whose start is not answered yet is stopped as soon as it is", async () => {
  let answer = null;
  server.interfere = () => new Promise((resolve) => (answer = resolve));
  const job = start();
  await page.pass(0);
  job.cancel();
  await page.pass(0);
  assert.equal(job.ended.error.kind, "cancelled");
  server.interfere = null;
  answer(undefined);
  await page.pass(0);
  assert.deepEqual(server.actions, ["start", "stop"]);
  assert.equal(server.last.stopped, true);
});

test("a job that was done at its start needs no stop", async () => {
  let answer = null;
  server.interfere = () => new Promise((resolve) => (answer = resolve));
  const job = start();
  await page.pass(0);
  job.cancel();
  answer({ token: "1", done: true, continue: false, result: "1" });
  await page.pass(0);
  assert.deepEqual(server.actions, ["start"]);
});

test("a running job is stopped, and not asked for any more", async () => {
  const job = await running();
  assert.equal(job.cancel(), true);
  await page.pass(100000);
  assert.deepEqual(server.actions, ["start", "stop"]);
  assert.equal(server.last.stopped, true);
});

test("a job is stopped while its pieces come", async () => {
  const job = await running();
  server.finishInPieces("[", "]");
  server.interfere = ({ action }) => (action === "cargo" ? new Promise(() => {}) : undefined);
  await page.pass(500);
  job.cancel();
  await page.pass(0);
  assert.equal(job.ended.error.kind, "cancelled");
  assert.deepEqual(clock.left, []);
});

test("a stop that does not get through is sent again", async () => {
  const job = await running();
  server.interfere = () => Promise.reject(new TypeError("offline"));
  job.cancel();
  await page.pass(1000);
  server.interfere = null;
  await page.pass(10000);
  assert.equal(server.last.stopped, true);
  assert.deepEqual(page.warnings, []);
});

test("a stop that never gets through is given up with a warning", async () => {
  const job = await running();
  server.interfere = () => Promise.reject(new TypeError("offline"));
  job.cancel();
  await page.pass(120000);
  assert.equal(page.warnings.length, 1);
  assert.deepEqual(clock.left, []);
});

test("a job that is over cannot be cancelled", async () => {
  const job = await running();
  server.finish(1);
  await page.pass(500);
  assert.equal(job.cancel(), false);
  assert.ok(!server.actions.includes("stop"));
});

test("w27: a page that goes away stops its job by a beacon", async () => {
  const job = await running();
  job.abandon();
  const { action, beacon, url } = server.requests.at(-1);
  assert.deepEqual([action, beacon, url], ["stop", true, "/w"]);
  assert.equal(server.last.stopped, true);
});

test("w27: where beacons are refused, a request that outlives the page stops the job", async () => {
  platform.sendBeacon = () => false;
  const job = await running();
  job.abandon();
  assert.equal(server.requests.at(-1).keepalive, true);
});

test("a page that is left while the start is on its way stops the job by its own name", async () => {
  server.interfere = ({ action }) => (action === "start" ? new Promise(() => {}) : undefined);
  const job = start();
  await page.pass(0);
  job.abandon();
  const [{ id }, { action, beacon, ...stop }] = server.requests;
  assert.deepEqual([action, beacon, stop.id, stop.token], ["stop", true, id, ""]);
  assert.ok(id.length >= 16);
});

test("a page that is left before the start is sent sends nothing, and is told", async () => {
  const job = start();
  job.abandon();
  await page.pass(10);
  assert.deepEqual([job.ended.error.kind, server.requests], ["lost", []]);
});

test("a page that comes back is told that its job is lost", async () => {
  const job = await running();
  job.abandon();
  assert.equal(job.ended, undefined);
  await page.pass(0);
  assert.equal(job.ended.error.kind, "lost");
});
