// The batch form by hand and by scanner. Everything works without this, with one more press.
"use strict";
(() => {
  const form = document.getElementById("batch-form");
  if (!form) return;
  const changed = () => form.dispatchEvent(new Event("liangpin:changed"));
  form.addEventListener("input", (event) => {
    if (!(event.target instanceof Element) || !event.target.hasAttribute("data-amount")) return;
    const basis = event.target.closest("[data-line]").querySelector("[data-basis]");
    if (basis) basis.value = "weighed";
  });
  form.addEventListener("click", (event) => {
    const drop = event.target instanceof Element && event.target.closest("[data-drop]");
    if (!drop) return;
    event.preventDefault();
    drop.closest("[data-line]").remove();
    changed();
  });
  // A scanner ends a code with Enter: that must never submit a half-filled batch.
  form.addEventListener("keydown", (event) => {
    const field = event.target;
    if (event.key !== "Enter" || event.isComposing || !(field instanceof HTMLInputElement)) return;
    event.preventDefault();
    if (field.id === "add") {
      document.getElementById("add-button").click();
      return;
    }
    const all = [...form.querySelectorAll("input:not([type=hidden]), select, button")].filter((one) => one.tabIndex >= 0 && one.offsetParent !== null);
    const next = all[all.indexOf(field) + 1];
    if (next) next.focus();
  });
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id !== "extra") return;
    const added = event.detail.target.querySelectorAll("[data-line]");
    const box = document.getElementById("add");
    if (added.length && box.value.trim()) {
      box.value = "";
      const amount = added[added.length - 1].querySelector("[data-amount]");
      if (amount) amount.focus();
      changed();
    }
  });
  for (const bad of ["htmx:responseError", "htmx:sendError"]) {
    document.body.addEventListener(bad, (event) => {
      const told = document.getElementById("told");
      const status = event.detail.xhr ? event.detail.xhr.status : 0;
      const why = status === 401 || status === 403 ? "登录已过期：请在另一个标签页登录后再试" : "没有连上服务器，请稍后再试";
      if (told) told.textContent = `${why}；已填的内容仍在此页`;
    });
  }
  const problems = document.getElementById("problems");
  if (problems) problems.focus();
})();
