// A scanner ends a code with Enter: in the receipt form that moves on instead of submitting half a receipt.
"use strict";
(() => {
  const form = document.getElementById("receive-form");
  if (!form) return;
  form.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.key !== "Enter" || event.isComposing || !(field instanceof HTMLInputElement)) return;
    event.preventDefault();
    const all = [...form.querySelectorAll("input:not([type=hidden]), select, button[type=submit]")].filter((one) => one.offsetParent !== null);
    const next = all[all.indexOf(field) + 1];
    if (next) next.focus();
  });
  const problems = document.getElementById("problems");
  if (problems) problems.focus();
})();
