// Who comes from the page of the archive finds the way back, to what was looked for there. That page says
// how many folders it is above.
(() => {
  const asked = new URLSearchParams(location.search);
  const above = asked.get("archive") ?? "";
  if (!/^\d{1,2}$/.test(above)) return;
  asked.delete("archive");
  const search = asked.toString();
  const way = document.createElement("p");
  const link = document.createElement("a");
  way.className = "links";
  link.href = `${"../".repeat(Number(above))}index.html${search && `?${search}`}`;
  link.textContent = "← Archives";
  way.append(link);
  document.querySelector("header").prepend(way);
})();
