// The picture beside the staff's form follows what is typed: letters, texts, rarity, icon and colour. Without it the picture is
// that of the last save.
"use strict";

const pictures = document.querySelector("[data-badge-preview]");
const value = (id) => document.getElementById(id)?.value ?? "";
const chosen = (name) => document.querySelector(`input[name="${name}"]:checked`);
const RED = "#A5332A";

function draw() {
  const letters = value("id_seal") || value("id_name").slice(0, 2) || "?";
  const icon = chosen("icon")?.closest("label").querySelector("svg");
  const color = chosen("color")?.value ?? RED;
  for (const text of pictures.querySelectorAll("text")) text.textContent = letters;
  for (const place of pictures.querySelectorAll("[data-shows]")) place.textContent = value(`id_${place.dataset.shows}`);
  for (const one of pictures.querySelectorAll("[data-rarity]")) one.hidden = one.dataset.rarity !== value("id_rarity");
  for (const badge of pictures.querySelectorAll(".badge")) {
    if (color === RED) delete badge.dataset.cat;
    else badge.dataset.cat = `color-${color.slice(1).toLowerCase()}`;
    if (icon) badge.querySelector(".badge-icon")?.replaceChildren(...icon.cloneNode(true).childNodes);
  }
}

if (pictures) document.addEventListener("input", draw);
