// Copier et coller un bloc depuis ou vers un tableur : du texte, tabulations et lignes.

/** @typedef {import("./etat.js").Case} Case */

/** @type {Record<string, string>} */
const SYNONYMES = { N: "NE", A: "ABJ", ABS: "ABJ", D: "DISP", "·": "", "-": "", "—": "" };
const VALEURS = new Set(["", "1", "2", "3", "4", "NE", "ABJ", "ABN", "DISP"]);

/** @param {string} texte @returns {string | null} `null` : illisible */
export function lireValeur(texte) {
  const propre = texte.trim().toUpperCase().replace(/[.,]0+$/, "");
  const valeur = SYNONYMES[propre] ?? propre;
  return VALEURS.has(valeur) ? valeur : null;
}

/** @param {string} texte @returns {string[][]} */
export function lireBloc(texte) {
  return texte.replace(/\r\n?/g, "\n").replace(/\n$/, "").split("\n").map((ligne) => ligne.split("\t"));
}

/**
 * Où tombe chaque valeur collée : à partir du coin de la sélection ; une seule valeur remplit toute la sélection.
 * @param {string[][]} bloc @param {import("./selection.js").Selection} selection
 */
export function placer(bloc, selection) {
  const { etat, lignes, colonnes, choisies, courante } = selection;
  if (bloc.length === 1 && bloc[0].length === 1 && choisies.length > 1) {
    const valeur = lireValeur(bloc[0][0]);
    return valeur === null
      ? { changements: [], illisibles: bloc[0], hors: 0 }
      : { changements: choisies.map((c) => ({ c, valeur })), illisibles: [], hors: 0 };
  }
  const coin = choisies[0] ?? courante;
  /** @type {{c: Case, valeur: string}[]} */
  const changements = [];
  /** @type {string[]} */
  const illisibles = [];
  let hors = 0;
  const l0 = choisies.length ? lignes.indexOf(selection.bloc.lignes[0]) : lignes.indexOf(coin?.ligne ?? 0);
  const c0 = choisies.length ? colonnes.indexOf(selection.bloc.colonnes[0]) : colonnes.indexOf(coin?.colonne ?? 0);
  for (const [dl, rangee] of bloc.entries()) {
    for (const [dc, texte] of rangee.entries()) {
      const c = etat.tableau[lignes[l0 + dl]]?.[colonnes[c0 + dc]] ?? null;
      const valeur = lireValeur(texte);
      if (valeur === null) illisibles.push(texte.trim());
      else if (c) changements.push({ c, valeur });
      else if (valeur) hors += 1;
    }
  }
  return { changements, illisibles, hors };
}

/** Le bloc choisi, prêt pour un tableur. @param {import("./selection.js").Selection} selection */
export function enTableur(selection) {
  const { etat, bloc, choisies, courante } = selection;
  if (!choisies.length) return courante?.valeur ?? "";
  return bloc.lignes
    .map((ligne) => bloc.colonnes.map((colonne) => etat.tableau[ligne][colonne]?.valeur ?? "").join("\t"))
    .join("\n");
}

/**
 * @param {import("./selection.js").Selection} selection
 * @param {{coller: (lu: ReturnType<typeof placer>) => void, copier: (nombre: number) => void, peutNoter: boolean}} actes
 */
export function brancherPressePapiers(selection, actes) {
  const dansLaGrille = () => Boolean(selection.dessin.caseDe(document.activeElement));
  document.addEventListener("copy", (evenement) => {
    if (!dansLaGrille()) return;
    evenement.clipboardData?.setData("text/plain", enTableur(selection));
    evenement.preventDefault();
    actes.copier(selection.cibles.length);
  });
  document.addEventListener("paste", (evenement) => {
    if (!dansLaGrille() || !actes.peutNoter) return;
    evenement.preventDefault();
    actes.coller(placer(lireBloc(evenement.clipboardData?.getData("text/plain") ?? ""), selection));
  });
}
