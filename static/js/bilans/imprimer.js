// Bouton « Imprimer » : absent tant que ce module n'est pas chargé, le menu du navigateur suffit.

for (const bouton of document.querySelectorAll("button[data-imprimer]")) {
  if (!(bouton instanceof HTMLButtonElement)) continue;
  bouton.hidden = false;
  bouton.addEventListener("click", () => window.print());
}
