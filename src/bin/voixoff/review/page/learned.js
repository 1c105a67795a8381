// What reviewed episodes teach of their show: shown, then kept with one click.

import { make, open } from "./dialogs.js";
import { minutes, t } from "./words.js";

/** Shows it. */
export async function learned() {
  open(t("learned.title"), [make("p", { role: "status" }, t("waiting"))]);
  const { archives } = await (await fetch("/api/learned")).json();
  const told = make("p", { role: "status" });
  const keep = make("button", { type: "button", className: "main", disabled: true }, t("learned.keep"));
  keep.addEventListener("click", async () => {
    keep.disabled = true;
    const answer = await fetch("/api/learned", { method: "POST" });
    const said = await answer.json();
    if (!answer.ok) told.textContent = said.error;
    else told.textContent = said.written.length ? t("learned.kept", { files: said.written.join(", ") }) : t("learned.known");
  });
  const blocks = archives.flatMap((/** @type {any} */ archive) => {
    if (archive.error) return [make("p", {}, archive.empty ? t("learned.none") : archive.error)];
    if (archive.new) keep.disabled = false;
    const term = (/** @type {any} */ it) => t("learned.term", { form: it.form, heard: it.heard.join(", ") });
    const person = (/** @type {any} */ it) => t("learned.person", { name: it.name, m: minutes(it.seconds) });
    return [
      make("p", {}, t("learned.from", { folder: archive.folder, n: archive.from })),
      ...list("learned.terms", archive.terms.map(term)),
      ...list("learned.people", archive.people.map(person)),
      ...list("learned.sentences", archive.sentences),
      ...list("learned.voices", archive.voices.map((/** @type {string} */ it) => it.replaceAll("\t", ", "))),
    ];
  });
  if (archives.every((/** @type {any} */ it) => !it.error && !it.new)) told.textContent = t("learned.known");
  open(t("learned.title"), [...blocks, told], archives.some((/** @type {any} */ it) => !it.error) ? [keep] : []);
}

/** @param {string} title @param {string[]} items @returns {Node[]} */
function list(title, items) {
  if (items.length === 0) return [];
  return [make("h3", {}, t(title)), make("ul", {}, ...items.map((it) => make("li", {}, it)))];
}
