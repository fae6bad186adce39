/* Sends a file with its progress; `fetch` does not tell any. */

/**
 * @param {new () => XMLHttpRequest} Request
 * @param {new () => FormData} Form
 * @param {string} url
 * @param {File} file
 * @param {(fraction: number) => void} progress
 * @returns {import("./upload_queue.js").Sending}
 */
export function sendFile(Request, Form, url, file, progress) {
  const form = new Form();
  form.append("file", file, file.name);
  const request = new Request();
  const status = new Promise((resolve) => {
    for (const name of ["load", "error", "abort", "timeout"]) {
      request.addEventListener(name, () => resolve(request.status));
    }
  });
  request.upload.addEventListener("progress", ({ loaded, total, lengthComputable }) => {
    if (lengthComputable && total > 0) progress(loaded / total);
  });
  request.open("POST", url);
  request.send(form);
  return { status, abort: () => request.abort() };
}

/** A name for an upload that nobody guesses. */
export function uploadName(crypto) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
