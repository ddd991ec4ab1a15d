// Repeated lines of a form: one more row without asking the server; a parameter brings its unit along.
"use strict";
function addRow(name) {
  const box = document.querySelector(`[data-rows="${name}"]`);
  const rows = box ? box.querySelectorAll("[data-row]") : [];
  if (!rows.length) return;
  const last = rows[rows.length - 1];
  const fresh = last.cloneNode(true);
  const stem = `${name}.`;
  const highest = Math.max(...[...box.querySelectorAll("[name]")].map((field) => Number(field.name.slice(stem.length).split(".")[0])));
  for (const field of fresh.querySelectorAll("[name]")) {
    const rest = field.name.slice(stem.length).split(".").slice(1).join(".");
    field.name = `${stem}${highest + 1}.${rest}`;
    if (field.id) field.id = field.name;
    field.removeAttribute("aria-invalid");
    if (field.type === "checkbox") field.checked = false;
    else if (field.tagName === "SELECT") field.selectedIndex = field.value === "" ? 0 : field.selectedIndex;
    else field.value = "";
    if (field.ariaLabel) field.ariaLabel = field.ariaLabel.replace(/第 \d+/, `第 ${rows.length + 1}`);
  }
  for (const wrong of fresh.querySelectorAll(".error, .kept")) wrong.remove();
  last.after(fresh);
  const first = fresh.querySelector("select, input:not([type=hidden])");
  if (first) first.focus();
}
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element && event.target.closest("[data-add-row]");
  if (!button) return;
  event.preventDefault();
  addRow(button.dataset.addRow);
});
for (const button of document.querySelectorAll("[data-add-row][hidden]")) button.hidden = false;
document.addEventListener("change", (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || !field.hasAttribute("data-parameter")) return;
  const known = [...document.querySelectorAll("#parameters option")].find((option) => option.value === field.value.trim());
  const row = field.closest("[data-row]");
  if (!known || !row) return;
  const unit = row.querySelector("[data-unit]");
  if (unit && !unit.value) unit.value = known.dataset.units.split("|")[0];
  const values = row.querySelector("[data-values]");
  if (values) {
    values.ariaLabel = `${field.value}结果`;
    values.placeholder = Number(known.dataset.samples) > 1 ? `${known.dataset.samples} 个结果，用空格隔开` : "结果";
  }
});
