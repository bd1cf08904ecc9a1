// Works the plan out again while it is composed: asks for the same page with what is chosen now, and puts its answer
// in the place of what stood there. Fields are never replaced, so nothing that is being chosen is lost.

const form = document.getElementById("composing");
const said = document.getElementById("said");
const again = document.querySelectorAll(".again");
let waits;
let newest = 0;

// What is as usual is left out, so that the address stays short enough to be sent to somebody.
function address() {
  const chosen = [...new FormData(form)].filter(([name, value]) => value !== "" && !(name.endsWith("-cost") && value === "1"));
  return `${form.action}?${new URLSearchParams(chosen)}`;
}

function show(page) {
  for (const part of document.querySelectorAll("[data-live]")) {
    const fresh = page.getElementById(part.id);
    for (const summary of fresh.querySelectorAll("[autofocus]")) summary.removeAttribute("autofocus");
    if (part.innerHTML !== fresh.innerHTML) part.innerHTML = fresh.innerHTML;
  }
  document.title = page.title;
}

async function work() {
  const mine = ++newest;
  const wanted = address();
  try {
    const answer = await fetch(wanted, { headers: { Accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine !== newest) return; // something else was chosen meanwhile, and its answer is on its way
    if (!page.getElementById("composing")) throw new Error("another page came back, such as the login");
    show(page);
    history.replaceState(null, "", wanted);
  } catch {
    if (mine !== newest) return;
    said.textContent = form.dataset.offline;
    for (const button of again) button.hidden = false;
  }
}

form.addEventListener("change", () => {
  clearTimeout(waits);
  waits = setTimeout(work, 250);
});
for (const button of again) button.hidden = true;
