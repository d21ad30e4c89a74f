// Le clavier de la grille. Sur AZERTY, la rangée du haut donne 1 à 4 sans la touche Maj.

/** @type {Record<string, string>} */
const LETTRES = { n: "NE", d: "DISP" };
const FLECHES = /** @type {Record<string, [number, number]>} */ ({
  ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-10, 0], PageDown: [10, 0],
});

/** La valeur que désigne une touche ; `null` : aucune. @param {KeyboardEvent} e @returns {string | null} */
export function valeurDeTouche(e) {
  const chiffre = /^(?:Digit|Numpad)([1-4])$/.exec(e.code)?.[1] ?? (/^[1-4]$/.test(e.key) ? e.key : null);
  if (chiffre) return chiffre;
  const lettre = e.key.toLowerCase();
  // Verr. Maj. ne change pas le sens : seule la touche Maj tenue distingue les deux absences.
  if (lettre === "a") return e.shiftKey ? "ABN" : "ABJ";
  if (e.key === "Delete" || e.key === "Backspace") return "";
  return e.shiftKey ? null : (LETTRES[lettre] ?? null);
}

/**
 * @param {HTMLElement} tableau
 * @param {import("./selection.js").Selection} selection
 * @param {{valeur: (v: string) => void, annuler: () => void, refaire: () => void, note: (surApprenant: boolean) => void,
 *   historique: () => void, fermer: () => void, conflit: () => void, peutNoter: boolean}} actes
 */
export function brancherClavier(tableau, selection, actes) {
  let sortie = false;
  tableau.addEventListener("keydown", (e) => {
    if (!selection.dessin.caseDe(e.target)) return;
    const arme = sortie;
    sortie = false;
    if (e.key === "Escape") {
      selection.effacer();
      actes.fermer();
      sortie = true;
      return;
    }
    if (e.key === "Tab" && arme) return;
    const fait = e.ctrlKey || e.metaKey ? avecControle(e) : !e.altKey && (deplacer(e) || saisir(e) || ouvrir(e));
    if (fait) e.preventDefault();
  });

  /** @param {KeyboardEvent} e */
  function deplacer(e) {
    const pas = FLECHES[e.key];
    if (pas && e.shiftKey) return selection.etendre(...pas), true;
    if (pas) return selection.aller(avancer(pas)), true;
    if (e.key === "Tab") return selection.aller(selection.suivante(e.shiftKey ? -1 : 1));
    if (e.key === "Enter") return selection.aller(selection.voisine(e.shiftKey ? -1 : 1, 0)), true;
    const ligne = selection.courante?.ligne ?? 0;
    if (e.key === "Home") return selection.aller(selection.extremite(ligne, 1)), true;
    if (e.key === "End") return selection.aller(selection.extremite(ligne, -1)), true;
    if (e.key === " " && e.shiftKey) return selection.ligneEntiere(), true;
    return e.key === " ";
  }

  /** Dix lignes d'un coup s'arrêtent à la dernière. @param {[number, number]} pas */
  function avancer([dl, dc]) {
    let c = selection.courante;
    for (let reste = Math.abs(dl || dc); reste && c; reste -= 1) {
      c = selection.voisine(Math.sign(dl), Math.sign(dc), c) ?? c;
    }
    return c;
  }

  /** @param {KeyboardEvent} e */
  function saisir(e) {
    const valeur = actes.peutNoter ? valeurDeTouche(e) : null;
    if (valeur === null) return false;
    actes.valeur(valeur);
    return true;
  }

  /** @param {KeyboardEvent} e */
  function ouvrir(e) {
    const lettre = e.key.toLowerCase();
    if (lettre === "o") actes.note(e.shiftKey);
    else if (lettre === "h") actes.historique();
    else if (lettre === "c") actes.conflit();
    else return false;
    return true;
  }

  /** @param {KeyboardEvent} e */
  function avecControle(e) {
    const lettre = e.key.toLowerCase();
    const { lignes } = selection;
    if (lettre === "z" && !e.shiftKey) actes.annuler();
    else if (lettre === "y" || lettre === "z") actes.refaire();
    else if (lettre === "a") selection.tout();
    else if (e.key === " ") selection.colonneEntiere();
    else if (e.key === "Home") selection.aller(selection.extremite(lignes[0], 1));
    else if (e.key === "End") selection.aller(selection.extremite(/** @type {number} */ (lignes.at(-1)), -1));
    else return false;
    return true;
  }
}
