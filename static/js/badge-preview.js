// The picture beside the staff's form follows what is typed: letters, name and rarity. Without it the picture is that of the last save.
"use strict";

const pictures = document.querySelector("[data-badge-preview]");
const value = (id) => document.getElementById(id)?.value ?? "";

function draw() {
  const letters = value("id_seal") || value("id_name").slice(0, 2) || "?";
  for (const text of pictures.querySelectorAll("text")) text.textContent = letters;
  for (const name of pictures.querySelectorAll("b")) name.textContent = value("id_name");
  for (const one of pictures.querySelectorAll("[data-rarity]")) one.hidden = one.dataset.rarity !== value("id_rarity");
}

if (pictures) document.addEventListener("input", draw);
