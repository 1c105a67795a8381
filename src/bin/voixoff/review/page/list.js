// The list of episodes: what state each is in, and how much listening is left.

import { learned } from "./learned.js";
import { clock, minutes, t, translate } from "./words.js";

const $ = (/** @type {string} */ id) => /** @type {any} */ (document.getElementById(id));

/** @type {any[]} */
let episodes = [];

translate(document);
document.title = t("list.title");
load();
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

async function load() {
  const answer = await fetch("/api/episodes");
  const told = await answer.json();
  episodes = told.episodes;
  $("learned").hidden = !told.archive;
  show();
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
  const state = episode.reviewer ? t("list.reviewed-by", { name: episode.reviewer }) : t(`list.${episode.state}`);
  const cells = [
    episode.unpublished ? t("list.unpublished", { state }) : state, clock(episode.duration), episode.state === "reviewed" ? "" : `${share}\u00a0%`,
    episode.state === "reviewed" ? "" : t("list.minutes", { n: minutes(episode.listening) }),
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
