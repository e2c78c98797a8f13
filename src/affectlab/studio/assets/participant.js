// What the participant's page does by itself, without asking the server.
const { player } = window.affectlab;
const byId = (id) => document.getElementById(id);
const PLEASURE = ["very unpleasant", "unpleasant", "neither pleasant nor unpleasant", "pleasant", "very pleasant"];
const AROUSAL = ["very calm", "calm", "neither calm nor excited", "excited", "very excited"];

function show(id, on) {
  const element = byId(id);
  if (element) element.hidden = !on;
}

function refresh() {
  const stopped = player.stopped !== null && player.stopped === player.session && player.phase !== "ended";
  show("notice-lost", player.connection === "lost" && !stopped);
  show("notice-busy", player.connection === "open" && (player.sound === "busy" || player.sound === "taken"));
  const audible = ["resting", "playing"].includes(player.phase) || player.tone;
  show("notice-silent", player.connection === "open" && audible && player.silentByPolicy && !stopped);
  show("notice-insecure", !player.possible);
  show("stopped-here", stopped);
  document.body.classList.toggle("is-stopped", stopped);
}

function describe(slider, words) {
  const say = () => slider.setAttribute("aria-valuetext", words[Math.min(4, Math.floor(slider.value * 5))]);
  slider.addEventListener("input", say);
  say();
}

function prepareLevel() {
  const level = byId("level");
  const say = () => level.setAttribute("aria-valuetext", `${Math.round(100 * (1 + level.value / 40))} percent`);
  level.value = player.gainDb;
  level.addEventListener("input", () => (player.setLevel(level.value), say()));
  say();
}

function prepare() {
  if (!byId("arousal")) return void setTimeout(prepare, 50); // the page framework mounts after this module
  describe(byId("pleasure"), PLEASURE);
  describe(byId("arousal"), AROUSAL);
  prepareLevel();
  refresh();
  // A page that comes back to running sound may go on at once where the browser allows it.
  const already = () => player.sound === "yours" && player.phase !== "none" && player.phase !== "ended";
  const retry = () => already() && !player.context && player.enable();
  player.addEventListener("change", retry);
  retry();
}

player.addEventListener("change", refresh);
// Delegated, so that Stop answers even while the page framework is reconnecting.
document.addEventListener("click", ({ target }) => {
  const action = target.closest?.("[data-player]")?.dataset.player;
  if (action) player[action]();
}, true);
prepare();
