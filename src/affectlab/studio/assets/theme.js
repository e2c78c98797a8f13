// Light or dark: as the system says until somebody chooses; charts follow.
const KEY = "affectlab.theme";
const COLOURS = {
  light: { ink: "#33424a", line: "#c9d3d6", faint: "#e6ecee" },
  dark: { ink: "#c3d0d4", line: "#3c4a50", faint: "#27333a" },
};

function charts() {
  return [...document.querySelectorAll(".nicegui-echart")].map((node) => window.getElement?.(node.id.slice(1))?.chart);
}

function paint() {
  const { ink, line, faint } = COLOURS[document.body.classList.contains("body--dark") ? "dark" : "light"];
  const axis = {
    axisLine: { lineStyle: { color: line } },
    axisLabel: { color: ink },
    nameTextStyle: { color: ink },
    splitLine: { lineStyle: { color: faint } },
  };
  const found = charts();
  for (const chart of found) chart?.setOption({ textStyle: { color: ink }, legend: { textStyle: { color: ink } }, xAxis: axis, yAxis: axis });
  if (found.some((chart) => !chart)) setTimeout(paint, 100); // not mounted yet
}

function choose(dark) {
  localStorage.setItem(KEY, dark);
  window.Quasar.Dark.set(dark);
}

function prepare() {
  if (!window.Quasar?.Dark || !document.querySelector(".content")) return void setTimeout(prepare, 30);
  const chosen = localStorage.getItem(KEY);
  if (chosen !== null) window.Quasar.Dark.set(chosen === "true");
  new MutationObserver(paint).observe(document.body, { attributeFilter: ["class"] });
  paint();
}

document.addEventListener("click", ({ target }) => {
  if (target.closest?.("[data-theme]")) choose(!document.body.classList.contains("body--dark"));
});
prepare();
