// Copie un tableau, une ligne par ligne et une tabulation par case, pour le coller ailleurs.

/** Le texte d'une case : sa valeur si elle en porte une, sinon ce qui s'y lit. @param {Element} case_ */
function texte(case_) {
  return (case_.getAttribute("data-valeur") ?? case_.textContent ?? "").replace(/\s+/g, " ").trim();
}

/** @param {HTMLTableElement} tableau */
export function enTabulations(tableau) {
  return [...tableau.rows].map((ligne) => [...ligne.cells].map(texte).join("\t")).join("\n");
}

for (const bouton of document.querySelectorAll("button[data-copier]")) {
  const tableau = document.getElementById(bouton.getAttribute("data-copier") ?? "");
  const etat = document.getElementById(bouton.getAttribute("data-etat") ?? "");
  if (!(bouton instanceof HTMLButtonElement) || !(tableau instanceof HTMLTableElement) || !navigator.clipboard) continue;
  bouton.hidden = false;
  bouton.addEventListener("click", async () => {
    let dit = `Tableau copié : ${tableau.tBodies[0].rows.length} lignes.`;
    try {
      await navigator.clipboard.writeText(enTabulations(tableau));
    } catch {
      dit = "Le navigateur a refusé la copie : sélectionnez le tableau et copiez-le au clavier.";
    }
    if (etat) etat.textContent = dit;
  });
}
