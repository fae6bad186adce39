import { CONFIG, Worker } from "/worker.js";

const byId = (id) => document.getElementById(id);
const percent = new Intl.NumberFormat("en", { style: "percent" });
const counted = (number, word) =>
  `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;

CONFIG.preDelay = 0; // every post is a click, so there is nothing to wait for
const work = new Worker();
work.status = (jobs) => {
  byId("status").className = jobs < 0 ? "bad" : "";
  byId("status").textContent = jobs < 0 ? "Error" : jobs > 0 ? `${jobs} running` : "";
};

function size(bytes) {
  const units = ["B", "kB", "MB", "GB"];
  let unit = 0;
  for (; bytes >= 1024 && unit < units.length - 1; unit++) bytes /= 1024;
  return `${bytes.toFixed(unit && bytes < 100 ? 1 : 0)} ${units[unit]}`;
}

/** A card for a job, and what changes on it. */
function addCard(folder) {
  const card = byId("card").content.cloneNode(true).firstElementChild;
  const part = (selector) => card.querySelector(selector);
  part(".name").textContent = folder;
  byId("jobs").prepend(card);
  byId("empty").hidden = true;
  return {
    cancel: part(".cancel"),
    show({ fraction, text, position }) {
      if (fraction !== null) part("progress").value = fraction;
      part(".amount").textContent = fraction === null ? "" : percent.format(fraction);
      part(".text").textContent = position ? `Waiting, ${position} in line` : text;
    },
    end(kind, text) {
      card.className = kind;
      part(".text").textContent = text;
      part(".amount").textContent = "";
      part("progress").value = kind === "done" ? 1 : part("progress").value;
      part(".cancel").remove();
    },
    list(groups) {
      part("details").hidden = groups.length === 0;
      part("summary").textContent = `${counted(groups.length, "group")} of identical files`;
      for (const paths of groups.slice(0, 100)) {
        const item = document.createElement("li");
        item.append(...paths.slice(0, 20).flatMap((path) => [path, document.createElement("br")]));
        part("ol").append(item);
      }
    },
  };
}

async function compare(folder) {
  const card = addCard(folder);
  const started = performance.now();
  const job = work.post(folder, "api/identical", { folder });
  job.onprogress = card.show;
  card.cancel.addEventListener("click", () => job.cancel());
  try {
    const { files, bytes, identical } = await job;
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const same = identical.length ? "" : ", all different";
    card.end("done", `${counted(files, "file")}, ${size(bytes)} in ${seconds} s${same}`);
    card.list(identical);
  } catch (error) {
    if (error.kind === "cancelled") card.end("cancelled", "Cancelled");
    else card.end("failed", error.message);
  }
}

byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  compare(byId("folder").value.trim());
  byId("folder").select();
});

for (const name of await (await fetch("api/folders")).json()) {
  byId("folders").append(new Option("", name));
}
