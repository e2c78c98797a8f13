"use strict";

const PAGE = 60;
const SIGNS = { right: "✓ right", wrong: "✗ wrong", unparsed: "? unparsed", failed: "! failed", answered: "answered" };
const { runs, pictures } = JSON.parse(document.getElementById("data").textContent);
const cards = document.getElementById("cards");
const more = document.getElementById("more");
let found = [];
let shown = 0;

/* What models wrote only ever becomes a text node or the value of an attribute that runs nothing. */
function element(name, text, kind) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

function picture(address, words) {
  const image = element("img");
  image.loading = "lazy";
  image.decoding = "async";
  image.alt = words;
  image.addEventListener("error", () => image.replaceWith(element("span", "The picture is not where it was: " + words)));
  image.src = address;
  return image;
}

const FILTERS = [
  ["corpus", "Corpus", (one) => [one.corpus], null],
  ["truth", "True label", (one) => one.truth.slice(0, 1).map(([label]) => label), null],
  ["run", "Model", null, (answer) => [runs[answer.run]]],
  ["task", "Task", null, (answer) => [answer.task]],
  ["arm", "Arm", null, (answer) => [answer.arm]],
  ["outcome", "Outcome", null, (answer) => [answer.outcome]],
  ["label", "Answered label", null, (answer) => (answer.label ? [answer.label] : [])],
];
const chosen = new Map(FILTERS.map(([name]) => [name, ""]));
const ORDERS = [
  ["as asked", null],
  ["largest error of rating first", ({ error }) => error],
  ["least likely true label first", ({ doubt }) => doubt],
];
let words = "";
let order = null;

function values(ofPicture, ofAnswer) {
  const all = new Set();
  for (const one of pictures) {
    if (ofPicture) ofPicture(one).forEach((value) => all.add(value));
    else one.answers.forEach((answer) => ofAnswer(answer).forEach((value) => all.add(value)));
  }
  return [...all];
}

function makeFilters() {
  const form = document.getElementById("filters");
  for (const [name, title, ofPicture, ofAnswer] of FILTERS) {
    const options = values(ofPicture, ofAnswer);
    if (options.length < 2) continue;
    const select = element("select");
    select.name = name;
    select.append(new Option("all", ""));
    options.sort().forEach((value) => select.append(new Option(value, value)));
    select.addEventListener("change", () => { chosen.set(name, select.value); apply(); });
    const label = element("label", title);
    label.append(select);
    form.append(label);
  }
  const known = ORDERS.filter(([, by]) => !by || pictures.some((one) => one.answers.some((answer) => by(answer) !== undefined)));
  if (known.length > 1) {
    const select = element("select");
    known.forEach(([title], place) => select.append(new Option(title, String(place))));
    select.addEventListener("change", () => { order = known[Number(select.value)][1]; apply(); });
    const label = element("label", "Order");
    label.append(select);
    form.append(label);
  }
  const search = element("input");
  search.type = "search";
  search.name = "words";
  let waiting;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { words = search.value.toLowerCase(); apply(); }, 150);
  });
  const label = element("label", "Words in an answer or name");
  label.append(search);
  form.append(label);
  form.addEventListener("submit", (event) => event.preventDefault());
}

function admits(names, item) {
  return names.every(([name, , ofPicture, ofAnswer]) => {
    const wanted = chosen.get(name);
    return !wanted || (ofPicture || ofAnswer)(item).includes(wanted);
  });
}

const OF_PICTURE = FILTERS.filter(([, , ofPicture]) => ofPicture);
const OF_ANSWER = FILTERS.filter(([, , ofPicture]) => !ofPicture);

function apply() {
  found = [];
  for (const one of pictures) {
    if (!admits(OF_PICTURE, one)) continue;
    const named = one.id.toLowerCase().includes(words);
    const answers = one.answers.filter(
      (answer) => admits(OF_ANSWER, answer) && (named || answer.text.toLowerCase().includes(words)));
    if (answers.length) found.push([one, answers]);
  }
  if (order) {
    const most = (answers) => Math.max(...answers.map((answer) => order(answer) ?? -1));
    found = found.map((pair) => [most(pair[1]), pair]).sort((a, b) => b[0] - a[0]).map(([, pair]) => pair);
  }
  shown = 0;
  cards.replaceChildren();
  count();
  show();
}

function count() {
  const tally = new Map();
  for (const [, answers] of found) for (const { outcome } of answers) tally.set(outcome, (tally.get(outcome) || 0) + 1);
  const parts = Object.keys(SIGNS).filter((name) => tally.has(name)).map((name) => `${tally.get(name)} ${name}`);
  const judged = (tally.get("right") || 0) + (tally.get("wrong") || 0) + (tally.get("unparsed") || 0);
  const share = tally.has("right") || tally.has("wrong") ? ` Right of those with a true label: ${(100 * (tally.get("right") || 0) / judged).toFixed(1)} %.` : "";
  const line = `${found.length} of ${pictures.length} pictures; answers: ${parts.join(", ") || "none"}.${share}`;
  document.getElementById("count").textContent = line;
}

function show() {
  const next = found.slice(shown, shown + PAGE);
  cards.append(...next.map(([one, answers]) => card(one, answers)));
  shown += next.length;
  more.hidden = shown >= found.length;
  more.textContent = `Show more (${found.length - shown} left)`;
}

function described(one) {
  const labels = one.truth.map(([label, share]) => (share < 0.999 ? `${label} ${(100 * share).toFixed(0)} %` : label));
  const ratings = Object.entries(one.ratings).map(
    ([name, [mean, low, high]]) => `${name.replace("_", " ")} ${mean.toFixed(2)} (${low} to ${high})`);
  return [labels.slice(0, 4).join(", "), ratings.join(", ")].filter(Boolean);
}

function card(one, answers) {
  const article = element("article");
  const truth = described(one);
  const alternative = `${one.id}, picture of ${one.corpus}${truth.length ? "; people say: " + truth.join("; ") : ""}`;
  const frame = element("div", undefined, "shown");
  if (one.image) {
    const address = element("a");
    address.href = one.image;
    address.append(picture(one.image, alternative));
    frame.append(address);
  } else frame.append(element("span", "The data set is not where it was, so this picture is not shown."));
  const about = element("div", undefined, "about");
  about.append(element("h2", one.id));
  truth.forEach((line) => about.append(element("p", `People: ${line}`)));
  const list = element("ul", undefined, "answers");
  answers.forEach((answer) => list.append(line(one, answer)));
  article.append(frame, about, list);
  return article;
}

function line(one, answer) {
  const item = element("li");
  const head = element("div", undefined, "head");
  head.append(element("span", SIGNS[answer.outcome], `outcome ${answer.outcome}`));
  if (answer.label) head.append(element("strong", answer.label));
  const how = [answer.task, answer.arm, ...(runs.length > 1 ? [runs[answer.run]] : [])].join(" · ");
  head.append(element("span", how, "how"));
  item.append(head);
  for (const extra of extras(answer)) item.append(element("p", extra, "extra"));
  if (answer.failure) item.append(element("p", answer.failure, "text"));
  if (answer.text && answer.text !== answer.label) {
    const text = element("p", answer.text, "text");
    text.tabIndex = 0;
    item.append(text);
  }
  if (answer.marked) {
    const mark = element("a", undefined, "mark");
    mark.href = answer.marked;
    mark.append(picture(answer.marked, `${one.id} with the ${answer.regions || ""} numbered regions of arm ${answer.arm}`));
    item.append(mark);
  }
  return item;
}

function extras(answer) {
  const lines = [];
  const { scale, score, likely, problems } = answer;
  if (scale) lines.push(`${scale.name}: people ${scale.people.toFixed(2)}, model ${scale.model === null ? "no rating" : scale.model} (${scale.low} to ${scale.high})`);
  if (score) lines.push("judge: " + Object.entries(score).map(([name, value]) => `${name} ${value}`).join(", "));
  if (likely && !scale) lines.push("likeliest: " + likely.map(([label, share]) => `${label} ${(100 * share).toFixed(0)} %`).join(", "));
  if (problems) lines.push("problems: " + problems.join("; "));
  return lines;
}

more.addEventListener("click", show);
makeFilters();
apply();
