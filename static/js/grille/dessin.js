// Peindre une case et tenir les décomptes : le moins de travail possible entre la touche et l'écran.

/** @typedef {import("./etat.js").Case} Case */
/** @typedef {import("./etat.js").Etat} Etat */

export class Dessin {
  /** @param {Etat} etat @param {HTMLTableElement} tableau */
  constructor(etat, tableau) {
    this.etat = etat;
    this.tableau = tableau;
    this.corps = tableau.tBodies[0];
    this.pied = /** @type {HTMLTableRowElement} */ (tableau.tFoot?.rows[0]);
    this.#relierLesCases();
    const remplies = (/** @type {(Case | null)[]} */ cases) => cases.filter((c) => c?.valeur).length;
    this.parLigne = etat.tableau.map(remplies);
    this.parColonne = etat.donnees.colonnes.map((/** @type {any} */ _, /** @type {number} */ colonne) =>
      remplies(etat.tableau.map((ligne) => ligne[colonne])),
    );
    /** @type {Map<Case, boolean>} */
    this.comptees = new Map([...etat.cases.values()].map((c) => [c, Boolean(c.valeur)]));
    etat.addEventListener("case", (evenement) => this.peindre(/** @type {CustomEvent} */ (evenement).detail));
  }

  #relierLesCases() {
    for (const [ligne, rangee] of [...this.corps.rows].entries()) {
      this.etat.ajouterLigne(ligne, rangee.cells[0].firstElementChild?.textContent ?? "");
      for (const [colonne, c] of this.etat.tableau[ligne].entries()) {
        const td = rangee.cells[colonne + 1];
        if (!c) {
          td.ariaLabel = nommerInerte(rangee.cells[0], this.etat.donnees.colonnes[colonne][0]);
          continue;
        }
        c.element = td;
        c.aLire = td.hasAttribute("data-note");
        this.etat.initialiser(c, td.dataset.niveau ?? "");
        td.ariaLabel = this.etat.nommer(c);
      }
    }
  }

  /** @param {EventTarget | null} cible @returns {Case | null} */
  caseDe(cible) {
    const td = cible instanceof Element ? cible.closest("td") : null;
    const rangee = td?.parentElement;
    if (!td || !(rangee instanceof HTMLTableRowElement) || rangee.parentElement !== this.corps) return null;
    return this.etat.tableau[rangee.sectionRowIndex]?.[td.cellIndex - 1] ?? null;
  }

  /** @param {Case} c */
  peindre(c) {
    const td = c.element;
    if (!td) return;
    if (td.textContent !== c.valeur) td.textContent = c.valeur;
    poser(td, "niveau", c.valeur);
    poser(td, "etat", c.statut);
    td.toggleAttribute("data-note", Boolean(c.observation) || c.aLire);
    td.ariaLabel = this.etat.nommer(c);
    this.#compter(c);
  }

  /** @param {Case} c */
  #compter(c) {
    const estRemplie = Boolean(c.valeur);
    if (this.comptees.get(c) === estRemplie) return;
    this.comptees.set(c, estRemplie);
    const pas = estRemplie ? 1 : -1;
    this.parLigne[c.ligne] += pas;
    this.parColonne[c.colonne] += pas;
    changerFraction(this.corps.rows[c.ligne].cells[this.parColonne.length + 1], this.parLigne[c.ligne]);
    changerFraction(this.pied.cells[c.colonne + 1], this.parColonne[c.colonne]);
    const total = this.parLigne.reduce((somme, nombre) => somme + nombre, 0);
    changerFraction(this.pied.cells[this.parColonne.length + 1], total);
  }

  /** @param {number} ligne */
  ligneEstComplete(ligne) {
    return this.parLigne[ligne] === this.etat.tableau[ligne].filter(Boolean).length;
  }

  /** @param {number} colonne */
  colonneEstComplete(colonne) {
    return this.parColonne[colonne] === this.etat.tableau.filter((ligne) => ligne[colonne]).length;
  }
}

/** @param {HTMLElement} nom l'en-tête de la ligne @param {string} code */
function nommerInerte(nom, code) {
  const option = nom.querySelector(".option")?.textContent;
  return `${nom.firstElementChild?.textContent}, ${code}, ne concerne pas ${option ? `l'option ${option}` : "cet apprenant"}`;
}

/** @param {HTMLElement} element @param {string} cle @param {string} valeur */
function poser(element, cle, valeur) {
  if (valeur) element.dataset[cle] = valeur;
  else delete element.dataset[cle];
}

/** @param {HTMLElement} cellule @param {number} nombre */
function changerFraction(cellule, nombre) {
  cellule.textContent = `${nombre}/${(cellule.textContent ?? "").split("/")[1]}`;
}
