// Saves each item as soon as it changes. Without this script the page's own buttons do the same.

const form = document.getElementById("ratings");
const status = document.getElementById("saved");
const words = form.dataset;
const waiting = new Set();
const warned = new Set();
const refused = new Set();
const RETRY = 4000;
const PAUSE = 1200;
let sending = false;
let blocked = false;
let submitter = null;

function say(text, trouble = false) {
  status.textContent = text;
  status.classList.toggle("trouble", trouble);
}

function clock(moment) {
  return new Date(moment).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
}

function fields(item) {
  const body = new FormData();
  body.set("csrf_token", form.elements.csrf_token.value);
  for (const field of item.querySelectorAll("input, textarea")) {
    if (field.type !== "radio" || field.checked) body.append(field.name, field.value);
  }
  return body;
}

function count(progress) {
  for (const place of document.querySelectorAll("[data-progress]")) {
    const [n, m] = progress[place.dataset.progress];
    place.textContent = words.count.replace("{n}", n).replace("{m}", m);
  }
}

function accept(item, answer) {
  const stamp = answer.stamps[item.dataset.item];
  if (stamp) {
    item.querySelector(`[name="${item.dataset.item}-stamp"]`).value = stamp;
    item.querySelector("[data-carried]")?.remove();
  }
  count(answer.progress);
  warn(item, "");
  refuse(item, "");
  const [carries] = item.querySelectorAll("[data-carries]");
  if (carries && answer.carries[item.dataset.item]) carries.textContent = answer.carries[item.dataset.item];
  const trouble = (warned.size && words.guarded) || (refused.size && words.counted);
  if (!waiting.size) say(trouble || words.saved.replace("{time}", clock(answer.saved_at)), Boolean(trouble));
}

// What looks like patient data is not saved until it is changed or explained; everything else goes on.
function warn(item, text) {
  const guard = item.querySelector("[data-guard]");
  const appears = text && guard.hidden;
  guard.hidden = !text;
  if (text) {
    guard.querySelector("[data-warning]").textContent = text;
    if (appears) guard.scrollIntoView({ block: "nearest" });
    warned.add(item);
    say(words.guarded, true);
  } else {
    warned.delete(item);
  }
}

// What a count does not allow is not saved either, until the rating is changed or explained.
function refuse(item, text) {
  const place = item.querySelector("[data-refusal]");
  place.hidden = !text;
  place.textContent = text;
  if (text) {
    refused.add(item);
    say(words.counted, true);
  } else {
    refused.delete(item);
  }
}

async function send(item) {
  const response = await fetch(form.action, {
    method: "POST",
    body: fields(item),
    headers: { Accept: "application/json" },
  });
  if (response.ok) return accept(item, await response.json());
  if (response.status >= 500) throw new Error("the server is in trouble");
  const answer = await response.json().catch(() => ({}));
  const warning = answer.warnings?.[item.dataset.item];
  if (warning) return warn(item, warning);
  const refusal = answer.refusals?.[item.dataset.item];
  if (refusal) return refuse(item, refusal);
  blocked = true;
  waiting.add(item);
  if (answer.error === "login") return say(words.login, true);
  say(answer.conflicts ? words.conflict.replace("{items}", answer.conflicts.join(", ")) : words.refused, true);
}

async function work() {
  if (sending || blocked) return;
  sending = true;
  while (waiting.size && !blocked && !submitter) {
    const [item] = waiting;
    waiting.delete(item);
    say(words.saving);
    try {
      await send(item);
    } catch {
      waiting.add(item);
      if (submitter) break;
      say(words.offline, true);
      await new Promise((wake) => setTimeout(wake, RETRY));
    }
  }
  sending = false;
  if (submitter) form.requestSubmit(submitter);
}

let pause;
form.addEventListener("input", (event) => {
  const item = event.target.closest("[data-item]");
  if (!item) return;
  waiting.add(item);
  clearTimeout(pause);
  pause = setTimeout(work, event.target.type === "radio" ? 0 : PAUSE);
});
form.addEventListener("change", work);

let leaving = false;
form.addEventListener("submit", (event) => {
  if (sending && !submitter) {
    // What is on its way arrives first; then the page as a whole goes, with the stamps of what was saved.
    submitter = event.submitter;
    event.preventDefault();
  } else {
    leaving = true;
  }
});
window.addEventListener("beforeunload", (event) => {
  if (!leaving && (waiting.size || warned.size || refused.size || sending)) event.preventDefault();
});
