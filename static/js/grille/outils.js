// La barre d'outils : filtre, densité, sens d'avance ; chaque réglage est retenu sur ce poste.

import { preference, retenir } from "./etat.js";

/** @template {HTMLElement} T @param {string} id @returns {T} */
const parId = (id) => /** @type {T} */ (document.getElementById(id));

/** @param {import("./etat.js").Etat} etat @param {import("./dessin.js").Dessin} dessin @param {import("./selection.js").Selection} selection */
export function brancherFiltres(etat, dessin, selection) {
  const filtre = /** @type {HTMLSelectElement} */ (parId("grille-filtre"));
  const aCompleter = /** @type {HTMLInputElement} */ (parId("grille-a-completer"));
  const appliquer = () => filtrer(etat, dessin, selection, filtre.value, aCompleter.checked);
  filtre.addEventListener("change", appliquer);
  aCompleter.addEventListener("change", appliquer);
  // Annuler, ou trancher un conflit, se fait sous les yeux : le filtre s'efface.
  selection.addEventListener("masquee", () => {
    filtre.value = "";
    aCompleter.checked = false;
    appliquer();
  });
}

/**
 * Les lignes et colonnes complètes ne disparaissent qu'au moment du choix : rien ne bouge pendant la saisie.
 * @param {import("./etat.js").Etat} etat @param {import("./dessin.js").Dessin} dessin
 * @param {import("./selection.js").Selection} selection @param {string} competence @param {boolean} aCompleter
 */
function filtrer(etat, dessin, selection, competence, aCompleter) {
  /** @type {any[]} */
  const colonnes = etat.donnees.colonnes;
  selection.effacer();
  selection.colonnes = colonnes.flatMap(([, rang], colonne) =>
    (competence === "" || rang === Number(competence)) && !(aCompleter && dessin.colonneEstComplete(colonne)) ? [colonne] : [],
  );
  selection.lignes = etat.tableau.flatMap((_, ligne) => (aCompleter && dessin.ligneEstComplete(ligne) ? [] : [ligne]));
  const visibles = new Set(selection.colonnes);
  compterLesColonnes(dessin.tableau, visibles.size);
  const { tHead, tFoot } = dessin.tableau;
  for (const [ligne, rangee] of [...dessin.corps.rows].entries()) {
    rangee.hidden = !selection.lignes.includes(ligne);
    masquer(rangee.cells, visibles, 1);
  }
  masquer(/** @type {HTMLTableSectionElement} */ (tHead).rows[1].cells, visibles, 0);
  masquer(/** @type {HTMLTableSectionElement} */ (tFoot).rows[0].cells, visibles, 1);
  for (const [rang] of etat.donnees.competences.entries()) {
    const nombre = selection.colonnes.filter((colonne) => colonnes[colonne][1] === rang).length;
    const th = /** @type {HTMLTableCellElement} */ (tHead?.rows[0].cells[rang + 1]);
    th.hidden = nombre === 0;
    th.colSpan = Math.max(nombre, 1);
  }
  selection.recadrer();
}

/** @param {HTMLCollectionOf<HTMLTableCellElement>} cellules @param {Set<number>} visibles @param {number} decalage */
function masquer(cellules, visibles, decalage) {
  for (let rang = decalage; rang < cellules.length; rang += 1) {
    const colonne = rang - decalage;
    if (!cellules[rang].classList.contains("bilan")) cellules[rang].hidden = !visibles.has(colonne);
  }
}

/** La largeur d'une ligne en dépend : voir grille.css. @param {HTMLElement} tableau @param {number} nombre */
export function compterLesColonnes(tableau, nombre) {
  tableau.style.setProperty("--colonnes", String(nombre));
}

/** @param {HTMLElement} tableau */
export function brancherDensite(tableau) {
  const bouton = parId("grille-densite");
  const appliquer = (/** @type {boolean} */ dense) => {
    tableau.dataset.densite = dense ? "dense" : "aeree";
    bouton.ariaPressed = String(dense);
  };
  appliquer(preference("densite", "aeree") === "dense");
  bouton.addEventListener("click", () => {
    const dense = tableau.dataset.densite !== "dense";
    appliquer(dense);
    retenir("densite", dense ? "dense" : "aeree");
  });
}

/** Où va le curseur après une saisie. @returns {() => string} */
export function brancherAvance() {
  const choix = /** @type {HTMLSelectElement | null} */ (document.getElementById("grille-avance"));
  if (!choix) return () => "rien";
  choix.value = preference("avance", "droite");
  choix.addEventListener("change", () => retenir("avance", choix.value));
  return () => choix.value;
}

/** @param {import("./saisies.js").Saisies} saisies @param {() => void} annuler @param {() => void} refaire */
export function brancherPile(saisies, annuler, refaire) {
  const defaire = /** @type {HTMLButtonElement | null} */ (document.getElementById("grille-annuler"));
  const encore = /** @type {HTMLButtonElement | null} */ (document.getElementById("grille-refaire"));
  if (!defaire || !encore) return;
  defaire.addEventListener("click", annuler);
  encore.addEventListener("click", refaire);
  // Le focus est aussi bien dans le panneau ou les outils ; un champ de texte garde son propre Ctrl Z.
  document.addEventListener("keydown", (e) => {
    const cible = e.target instanceof Element ? e.target : null;
    const lettre = e.key.toLowerCase();
    if (e.defaultPrevented || !(e.ctrlKey || e.metaKey) || !"zy".includes(lettre)) return;
    if (cible?.closest("textarea, input:not([type='checkbox']), dialog")) return;
    e.preventDefault();
    if (lettre === "z" && !e.shiftKey) annuler();
    else refaire();
  });
  saisies.addEventListener("pile", () => {
    defaire.disabled = !saisies.faits.length;
    encore.disabled = !saisies.defaits.length;
  });
}

/**
 * Demande avant de changer plusieurs cases. @param {string} titre @param {string} texte
 * @param {boolean} aUnEffet faux : il n'y a qu'à lire @returns {Promise<boolean>}
 */
export function confirmer(titre, texte, aUnEffet) {
  const dialogue = /** @type {HTMLDialogElement} */ (parId("grille-confirmer"));
  const oui = /** @type {HTMLButtonElement} */ (parId("confirmer-oui"));
  const non = parId("confirmer-non");
  parId("confirmer-titre").textContent = titre;
  parId("confirmer-texte").textContent = texte;
  dialogue.returnValue = "";
  dialogue.showModal();
  oui.disabled = !aUnEffet;
  (aUnEffet ? oui : non).focus();
  oui.onclick = () => dialogue.close("oui");
  non.onclick = () => dialogue.close("");
  return new Promise((resoudre) => {
    dialogue.addEventListener("close", () => resoudre(dialogue.returnValue === "oui"), { once: true });
  });
}
