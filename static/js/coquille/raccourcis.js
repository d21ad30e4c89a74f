// Touches communes à toutes les pages : « / » va à la recherche de la page, « ? » ouvre ou ferme l'aide.

/** Une touche tapée dans un champ est du texte, pas un raccourci. @param {EventTarget | null} cible */
function estUneSaisie(cible) {
  return (
    cible instanceof HTMLElement &&
    (cible.isContentEditable || cible.matches("textarea, select, input:not([type=radio], [type=checkbox], [type=button])"))
  );
}

/** @param {KeyboardEvent} evenement */
function surTouche(evenement) {
  if (evenement.defaultPrevented || evenement.ctrlKey || evenement.metaKey || evenement.altKey) return;
  if (estUneSaisie(evenement.target)) return;
  if (evenement.key === "/") {
    const recherche = document.querySelector("input[type=search]");
    if (!(recherche instanceof HTMLInputElement)) return;
    evenement.preventDefault();
    recherche.focus();
    recherche.select();
  } else if (evenement.key === "?") {
    const aide = document.getElementById("aide");
    if (!aide) return;
    evenement.preventDefault();
    aide.togglePopover();
    if (aide.matches(":popover-open")) aide.querySelector("button")?.focus();
  }
}

export function brancherRaccourcis() {
  document.addEventListener("keydown", surTouche);
}
