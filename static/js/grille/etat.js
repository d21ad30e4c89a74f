// L'état de la grille : pour chaque case, ce que le serveur a, ce qui est affiché et ce qui attend.

/**
 * @typedef {object} Case
 * @property {string} cle `inscription:detaillee` ; une détaillée 0 désigne l'observation sur l'apprenant
 * @property {number} inscription
 * @property {number} detaillee
 * @property {number} ligne
 * @property {number} colonne
 * @property {string} nom l'apprenant
 * @property {string} code
 * @property {string} valeur affichée : « 1 » à « 4 », un état, ou rien
 * @property {string} observation affichée
 * @property {boolean} aLire la page dit qu'une note existe, son texte n'est pas encore là
 * @property {Enregistre} serveur
 * @property {""|"attente"|"enregistre"|"conflit"|"refus"} statut
 * @property {string} message
 * @property {HTMLElement | null} element
 */

/** @typedef {{valeur: string, observation: string, version: number, auteur: string, le: string}} Enregistre */

export const ETATS = {
  NE: "non évalué",
  ABJ: "absence justifiée",
  ABN: "absence injustifiée",
  DISP: "dispensé",
};

/** @param {string | number | null | undefined} valeur */
export const enTexte = (valeur) => (valeur === null || valeur === undefined ? "" : String(valeur));

/** @param {string} le date ISO */
export const heure = (le) => new Date(le).toLocaleTimeString("fr-FR");

/** @param {string} cle @param {string} repli */
export function preference(cle, repli) {
  try {
    return localStorage.getItem(`trpm.grille.${cle}`) ?? repli;
  } catch {
    return repli;
  }
}

/** @param {string} cle @param {string} valeur */
export function retenir(cle, valeur) {
  try {
    localStorage.setItem(`trpm.grille.${cle}`, valeur);
  } catch {
    // Navigation privée : le réglage ne vaut que pour cette page.
  }
}

export function lireDonnees() {
  return JSON.parse(document.getElementById("grille-donnees")?.textContent ?? "{}");
}

/** Émet « case » (une case à repeindre) et « autrui » (une case changée par quelqu'un d'autre). */
export class Etat extends EventTarget {
  /** @param {Record<string, any>} donnees */
  constructor(donnees) {
    super();
    this.donnees = donnees;
    /** @type {Map<string, Case>} */
    this.cases = new Map();
    /** @type {(Case | null)[][]} par ligne puis colonne ; `null` : hors de l'option */
    this.tableau = [];
    /** @type {Map<number, Case>} l'observation sur chaque apprenant */
    this.apprenants = new Map();
    this.details = /** @type {Record<string, any>} */ ({});
  }

  /** Le libellé d'une colonne pour une option. @param {number} colonne @param {number | null} option */
  libelle(colonne, option) {
    /** @type {[number, number | null, string][]} */
    const libelles = this.donnees.colonnes[colonne][2];
    return libelles.find(([, propre]) => propre === option) ?? libelles.find(([, propre]) => propre === null) ?? null;
  }

  /** Crée les cases d'un apprenant. @param {number} ligne @param {string} nom */
  ajouterLigne(ligne, nom) {
    const [inscription, option, versions] = this.donnees.lignes[ligne];
    this.tableau[ligne] = this.donnees.colonnes.map((/** @type {any} */ [code], /** @type {number} */ colonne) => {
      const libelle = this.libelle(colonne, option);
      return libelle ? this.#ajouter(inscription, libelle[0], ligne, colonne, nom, code, versions[colonne]) : null;
    });
    this.apprenants.set(inscription, this.#ajouter(inscription, 0, ligne, -1, nom, "", 0));
  }

  /**
   * @param {number} inscription @param {number} detaillee @param {number} ligne @param {number} colonne
   * @param {string} nom @param {string} code @param {number} version @returns {Case}
   */
  #ajouter(inscription, detaillee, ligne, colonne, nom, code, version) {
    const cle = `${inscription}:${detaillee}`;
    const serveur = { valeur: "", observation: "", version: Math.max(version, 0), auteur: "", le: "" };
    /** @type {Case} */
    const nouvelle = {
      cle, inscription, detaillee, ligne, colonne, nom, code, serveur,
      valeur: "", observation: "", aLire: false, statut: "", message: "", element: null,
    };
    this.cases.set(cle, nouvelle);
    return nouvelle;
  }

  /** Ce que la page affichait en arrivant. @param {Case} c @param {string} valeur @param {string} observation */
  initialiser(c, valeur, observation = "") {
    c.valeur = c.serveur.valeur = valeur;
    c.observation = c.serveur.observation = observation;
  }

  /** @param {Case} c */
  signaler(c) {
    this.dispatchEvent(new CustomEvent("case", { detail: c }));
  }

  /**
   * Le serveur dit où en est une case. Une version déjà connue est ignorée ; ce qui attend n'est jamais écrasé.
   * @param {Record<string, any>} recu @param {boolean} enAttente @returns {boolean} vrai si l'affichage a changé
   */
  recevoir(recu, enAttente) {
    const c = this.cases.get(`${recu.inscription}:${recu.detaillee ?? 0}`);
    if (!c || recu.version <= c.serveur.version) return false;
    c.serveur = {
      valeur: enTexte(recu.valeur),
      observation: enTexte(recu.observation ?? recu.texte),
      version: recu.version,
      auteur: recu.auteur,
      le: recu.le,
    };
    if (enAttente) return false;
    c.aLire = false;
    const aChange = c.valeur !== c.serveur.valeur || c.observation !== c.serveur.observation;
    c.valeur = c.serveur.valeur;
    c.observation = c.serveur.observation;
    return aChange;
  }

  /** Descripteurs et observations arrivent après la page. @param {Record<string, any>} complements */
  completer(complements) {
    this.details = complements.details;
    for (const [inscription, detaillee, texte] of complements.observations) {
      const c = this.cases.get(`${inscription}:${detaillee}`);
      if (c && !c.observation) c.observation = c.serveur.observation = texte;
    }
    for (const c of [...this.cases.values()].filter(({ aLire }) => aLire)) {
      c.aLire = false;
      this.signaler(c);
    }
    for (const [inscription, version, texte] of complements.apprenants) {
      const c = this.apprenants.get(inscription);
      if (!c || c.serveur.version >= version) continue;
      c.serveur = { ...c.serveur, version, observation: texte };
      if (!c.statut) c.observation = texte;
    }
  }

  /** « niveau 3, maîtrisée ». @param {string} valeur */
  dire(valeur) {
    if (!valeur) return "rien de saisi";
    return valeur in ETATS
      ? ETATS[/** @type {keyof typeof ETATS} */ (valeur)]
      : `niveau ${valeur}, ${this.donnees.niveaux[valeur] ?? ""}`;
  }

  /** L'état d'enregistrement en clair. @param {Case} c */
  direStatut(c) {
    if (c.statut === "attente") return "en attente d'envoi";
    if (c.statut === "conflit") return `conflit avec ${c.message}`;
    if (c.statut === "refus") return `refusé : ${c.message}`;
    return c.serveur.le ? `enregistré à ${heure(c.serveur.le)}` : c.serveur.version ? "enregistré" : "";
  }

  /** Nom accessible : apprenant, compétence, niveau, état d'enregistrement. @param {Case} c */
  nommer(c) {
    const note = c.observation || c.aLire ? "avec une note" : "";
    return [c.nom, c.code, this.dire(c.valeur), note, this.direStatut(c)].filter(Boolean).join(", ");
  }
}
