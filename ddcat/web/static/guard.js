// Warns of patient data while somebody types; without this script the page says so when it is saved.

const PAUSE = 1200;

async function check(form, field) {
  const body = new FormData();
  body.set("csrf_token", form.elements.csrf_token.value);
  body.set("text", field.value);
  const answer = await fetch(document.body.dataset.warnings, { method: "POST", body }).then(
    (response) => (response.ok ? response.json() : { warning: "" }),
    () => ({ warning: "" }),
  );
  let place = field.parentElement.querySelector("[data-typed]");
  if (!place) {
    place = document.createElement("p");
    place.className = "error";
    place.dataset.typed = "";
    place.setAttribute("role", "status");
    field.after(place);
  }
  place.textContent = answer.warning;
}

let pause;
for (const form of document.querySelectorAll("main form")) {
  form.addEventListener("input", (event) => {
    if (!event.target.matches('textarea, input[type="text"]')) return;
    clearTimeout(pause);
    pause = setTimeout(check, PAUSE, form, event.target);
  });
}
