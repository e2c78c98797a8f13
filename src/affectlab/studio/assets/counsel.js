// Keeps the newest words of the conversation in view, unless the person has scrolled away from them.
const NEAR = 160;
let following = true;

function atEnd() {
  return document.documentElement.scrollHeight - window.innerHeight - window.scrollY < NEAR;
}

function prepare() {
  const talk = document.querySelector(".talk");
  if (!talk) return void setTimeout(prepare, 50);
  new MutationObserver(() => {
    if (following) window.scrollTo(0, document.documentElement.scrollHeight);
  }).observe(talk, { childList: true, subtree: true, characterData: true });
}

window.addEventListener("scroll", () => { following = atEnd(); }, { passive: true });
prepare();
