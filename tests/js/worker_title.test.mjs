import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { TitleSpinner } from "../../js/worker_title.js";
import { Clock } from "./fakes.mjs";

const CONFIG = { animation: ["-", "+"], animationTime: 300 };
const ME = {};
let document, clock, spinner;

beforeEach(() => {
  document = { title: "Mail" };
  clock = new Clock();
  spinner = TitleSpinner.of(document, clock, CONFIG);
});

test("the title turns while a job runs, and is what it was afterwards", () => {
  spinner.set(ME, 1);
  const seen = [document.title];
  for (let frame = 0; frame < 2; frame++) {
    clock.advance(300);
    seen.push(document.title);
  }
  spinner.set(ME, 0);
  assert.deepEqual([...seen, document.title], ["Mail -", "Mail +", "Mail -", "Mail"]);
});

test("several jobs are counted, those of other owners too", () => {
  spinner.set(ME, 2);
  TitleSpinner.of(document, clock, CONFIG).set({}, 1);
  clock.advance(300);
  assert.equal(document.title, "Mail + (3x)");
});

test("one owner's end does not stop the spinner of another", () => {
  spinner.set(ME, 1);
  spinner.set({}, 1);
  spinner.set(ME, 0);
  clock.advance(300);
  assert.equal(document.title, "Mail +");
});

test("a title that is changed meanwhile is the new title", () => {
  spinner.set(ME, 1);
  document.title = "Mail (1)";
  clock.advance(300);
  assert.equal(document.title, "Mail (1) +");
  document.title = "Mail (2)";
  spinner.set(ME, 0);
  assert.equal(document.title, "Mail (2)");
});

test("a second run starts from the title of then", () => {
  spinner.set(ME, 1);
  spinner.set(ME, 0);
  document.title = "Notes";
  spinner.set(ME, 1);
  assert.equal(document.title, "Notes +");
});

test("frames and their time may change while it turns", () => {
  const config = { ...CONFIG };
  const other = TitleSpinner.of({ title: "" }, clock, config);
  other.set(ME, 1);
  config.animationTime = 50;
  clock.advance(300);
  assert.deepEqual(clock.left, [50]);
});

test("an empty animation shows nothing and does no harm", () => {
  const bare = { title: "Mail" };
  TitleSpinner.of(bare, clock, { animation: [], animationTime: 300 }).set(ME, 1);
  assert.equal(bare.title, "Mail ");
});

test("no timer is left when no job runs", () => {
  spinner.set(ME, 1);
  spinner.set(ME, 0);
  spinner.set(ME, 0);
  assert.deepEqual(clock.left, []);
});
