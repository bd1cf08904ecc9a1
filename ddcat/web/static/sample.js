// Finds the drawn lines of a pasted list. The list never leaves this browser: its fields have no name and stand in
// no form, what is sent is a form's numbers, and nothing is kept. The page then changes in place, so the list stays.

const list = document.getElementById("list");
const words = list.dataset;
const [all, closed] = list.querySelectorAll("textarea");
const status = document.getElementById("list-said");
const PARTS = ["refused", "answer", "asking"];

function lines(field) {
  return field.value.split("\n").map((line) => line.trim()).filter(Boolean);
}

function count() {
  const [n, m] = [all, closed].map((field) => lines(field).length);
  return n + m ? words.counted.replace("{n}", n).replace("{m}", m) : "";
}

function listOf(group) {
  if (group === "closed") return lines(closed);
  return group === "open" ? lines(all) : [...lines(all), ...lines(closed)];
}

// Shows the lines at the drawn positions, numbered as in the list; none where the list is not the one drawn from.
function mark() {
  const said = new Set();
  for (const part of document.querySelectorAll("[data-group]")) {
    const { group, of, positions } = part.dataset;
    const known = listOf(group);
    const fits = known.length === Number(of);
    const shown = part.nextElementSibling;
    shown.replaceChildren(
      ...(fits ? positions.split(" ") : []).map((position) => {
        const line = document.createElement("li");
        line.value = position;
        line.textContent = known[position - 1];
        return line;
      }),
    );
    shown.hidden = !fits;
    said.add(fits ? words.shown : words[group].replace("{lines}", known.length).replace("{of}", of));
  }
  status.textContent = [count(), ...(count() ? said : [])].join(" ");
}

function fill() {
  const [n, m] = [all, closed].map((field) => lines(field).length);
  document.getElementById("records").value = n + m || "";
  document.getElementById("closed").value = m || "";
  document.getElementById("records").focus();
}

async function ask(form) {
  const counting = form.closest("#counts");
  const address = `${form.action}?${new URLSearchParams(new FormData(form))}`;
  const answer = await fetch(address);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const parts = PARTS.map((id) => [document.getElementById(id), page.getElementById(id)]);
  if (!parts.every(([, fresh]) => fresh)) throw new Error("another page came back, such as the login");
  for (const [old, fresh] of parts) old.replaceWith(document.adoptNode(fresh));
  document.title = page.title;
  history.replaceState(null, "", answer.url);
  mark();
  const place = counting ? "#counts h2" : "#answer h2";
  (document.getElementById("mistakes") ?? document.querySelector(place))?.focus();
}

document.addEventListener("submit", (event) => {
  if (!count()) return; // no list that could get lost: the browser goes to the answer by itself
  event.preventDefault();
  ask(event.target).catch(() => event.target.submit());
});
list.addEventListener("input", mark);
document.getElementById("list-fill").addEventListener("click", fill);
document.getElementById("list-clear").addEventListener("click", () => {
  all.value = closed.value = "";
  mark();
  all.focus();
});
list.hidden = false;
