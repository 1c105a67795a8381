// The list of episodes: what state each is in, and how much listening is left.

import { learned } from "./learned.js";
import { clock, minutes, t, translate } from "./words.js";

const $ = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));

/** @type {any[]} */
let episodes = [];

translate(document);
document.title = t("list.title");
load();
// The way back leads to a page that the browser kept.
addEventListener("pageshow", (event) => event.persisted && load());
$("order").addEventListener("change", show);
$("learned").addEventListener("click", learned);
$("search").addEventListener("submit", (/** @type {Event} */ event) => {
  event.preventDefault();
  search($("q").value);
});
let waiting = 0;
$("q").addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => search($("q").value), 300);
});

/** Reads the list, part by part: what is there is shown. */
async function load() {
  for (let n = 0, of = 1; n < of; ) {
    const told = await (await fetch(`/api/episodes?from=${n}`)).json();
    episodes = [...episodes.slice(0, n), ...told.episodes];
    n += told.episodes.length || told.of;
    of = told.of;
    $("learned").hidden = !told.archive;
    $("loading").hidden = n >= of;
    $("loading").textContent = t("list.loading", { n, of });
    show();
  }
}

function show() {
  const order = $("order").value;
  const value = {
    worst: (/** @type {any} */ it) => (it.state === "reviewed" ? 1e9 : -(it.listening ?? 0)),
    newest: (/** @type {any} */ it) => -Date.parse(it.date ?? "1970-01-01"),
    name: () => 0,
  }[/** @type {"worst"} */ (order)];
  const sorted = [...episodes].sort((one, other) => value(one) - value(other) || one.number - other.number);
  $("episodes").replaceChildren(...sorted.map(row));
}

/** @param {any} episode */
function row(episode) {
  const row = document.createElement("tr");
  const name = document.createElement("th");
  name.scope = "row";
  const link = document.createElement("a");
  link.href = `/episode/${episode.number}`;
  link.textContent = episode.title || episode.name;
  name.append(link);
  row.append(name);
  if (episode.error) {
    const cell = document.createElement("td");
    cell.colSpan = 4;
    cell.textContent = episode.error;
    row.append(cell);
    return row;
  }
  const share = episode.words ? Math.round((100 * episode.unsure) / episode.words) : 0;
  const state = episode.reviewer ? t(`list.${episode.state}-by`, { name: episode.reviewer }) : t(`list.${episode.state}`);
  const isLeft = episode.state === "draft" || episode.state === "begun";
  const cells = [
    episode.unpublished ? t("list.unpublished", { state }) : state, episode.state === "elsewhere" ? "" : clock(episode.duration),
    isLeft ? `${share}\u00a0%` : "", isLeft ? t("list.minutes", { n: minutes(episode.listening) }) : "",
  ];
  for (const text of cells) {
    const cell = document.createElement("td");
    cell.textContent = text;
    row.append(cell);
  }
  return row;
}

/** @param {string} query */
async function search(query) {
  const isAsked = query.trim() !== "";
  $("found").hidden = !isAsked;
  $("all").hidden = isAsked;
  $("told").textContent = "";
  if (!isAsked) return;
  const answer = await fetch(`/api/search?q=${encodeURIComponent(query)}`);
  if ($("q").value !== query) return;
  const passages = (await answer.json()).passages;
  $("told").textContent = passages.length ? t("list.found", { n: passages.length }) : t("list.none");
  const items = passages.map((/** @type {any} */ passage) => {
    const item = document.createElement("p");
    const link = document.createElement("a");
    link.href = `/episode/${passage.number}#t=${passage.at ?? 0}`;
    link.textContent = `${passage.name}, ${clock(passage.at ?? 0)}`;
    const text = passage.speaker ? `${passage.speaker}\u00a0: ${passage.text}` : passage.text;
    item.append(link, document.createElement("br"), text);
    return item;
  });
  $("found").replaceChildren(...items);
}
