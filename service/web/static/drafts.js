// Saves a half-filled form on the server while one types, so that an interruption loses nothing.
"use strict";
(() => {
  const form = document.querySelector("form[data-draft]");
  if (!form) return;
  const told = document.getElementById("saved");
  const skip = new Set(["csrf_token", "form_key", "do", "add"]);
  let timer = 0;
  let dirty = false;
  let sent = false;
  function fields() {
    const found = {};
    for (const [name, value] of new FormData(form)) {
      if (typeof value === "string" && !skip.has(name)) found[name] = value;
    }
    return found;
  }
  async function save(leaving) {
    if (!dirty || sent) return;
    dirty = false;
    window.clearTimeout(timer);
    try {
      const answer = await fetch(`/api/v1/drafts/${form.dataset.draft}`, {
        method: "PUT",
        keepalive: leaving === true,
        headers: { "Content-Type": "application/json", "X-CSRF-Token": form.dataset.csrf },
        body: JSON.stringify({ fields: fields() }),
      });
      if (told) {
        const now = new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit", hour12: false });
        told.textContent = answer.ok ? `草稿已保存 ${now}` : "草稿没有保存上，请不要关闭此页";
      }
    } catch {
      dirty = true;
      if (told) told.textContent = "网络不通，草稿没有保存上；内容仍在此页";
    }
  }
  function later() {
    dirty = true;
    window.clearTimeout(timer);
    timer = window.setTimeout(save, 1200);
  }
  form.addEventListener("input", later);
  form.addEventListener("change", later);
  form.addEventListener("liangpin:changed", later);
  form.addEventListener("submit", () => {
    sent = true;
  });
  window.addEventListener("pagehide", () => save(true));
})();
