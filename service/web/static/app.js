// Small helps for staff pages. Everything works without them.
"use strict";
document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target : null;
  const fill = target && target.closest("[data-fill-login]");
  if (fill) {
    document.getElementById("login").value = fill.dataset.fillLogin;
    document.getElementById("password").value = fill.dataset.fillPassword;
    document.getElementById("log-in").requestSubmit();
    return;
  }
  const print = target && target.closest("[data-print]");
  if (print) window.print();
});
// A link to a folded form unfolds it.
const unfold = () => {
  const named = document.getElementById(window.location.hash.slice(1));
  if (named instanceof HTMLDetailsElement) named.open = true;
};
window.addEventListener("hashchange", unfold);
document.addEventListener("DOMContentLoaded", unfold);
// One press, one submission: a second press on a slow network must not register twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  const ask = form.dataset.confirm;
  if (ask && !window.confirm(ask)) {
    event.preventDefault();
    return;
  }
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  // a button marked data-again only fetches a file: the form stays to be sent
  if (form.method === "post" && !(event.submitter && "again" in event.submitter.dataset)) {
    form.dataset.sent = "1";
    window.setTimeout(() => delete form.dataset.sent, 8000);
  }
});
// A choice that is written into a field below it, where it can be changed.
document.addEventListener("change", (event) => {
  const from = event.target instanceof HTMLSelectElement ? event.target : null;
  const to = from && from.dataset.copyTo && document.getElementById(from.dataset.copyTo);
  if (to && from.value) to.value = from.value;
});
