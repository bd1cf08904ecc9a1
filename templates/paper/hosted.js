// From the day after its last one on, the page says itself that it is out of date.
if (new Date() >= new Date(DAY)) {
  document.getElementById("over").hidden = false;
  document.documentElement.classList.add("over");
}
