// Who comes from the page of the archive finds the way back. That page says how many folders it is above.
(() => {
  const above = /[?&]archive=(\d{1,2})(?:&|$)/.exec(location.search);
  if (!above) return;
  const way = document.createElement("p");
  const link = document.createElement("a");
  way.className = "links";
  link.href = `${"../".repeat(Number(above[1]))}index.html`;
  link.textContent = "← Archives";
  way.append(link);
  document.querySelector("header").prepend(way);
})();
