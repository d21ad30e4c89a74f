// Les saisies de la personne : les appliquer, les défaire, les refaire ; jamais celles des autres.

import { heure } from "./etat.js";

/** @typedef {import("./etat.js").Case} Case */
/** @typedef {{c: Case, valeur: string}} Changement */
/** @typedef {{c: Case, avant: string, apres: string}[]} Geste */

/** Émet « pile » quand ce que l'on peut défaire change. */
export class Saisies extends EventTarget {
  /** @param {import("./etat.js").Etat} etat @param {import("./file.js").FileEnvoi} file */
  constructor(etat, file) {
    super();
    this.etat = etat;
    this.file = file;
    /** @type {Geste[]} */
    this.faits = [];
    /** @type {Geste[]} */
    this.defaits = [];
    file.addEventListener("issue", (evenement) => this.#recevoirIssue(/** @type {CustomEvent} */ (evenement).detail));
  }

  /** Un geste = une ou plusieurs cases, défait d'un seul coup. @param {Changement[]} changements @returns {number} */
  appliquer(changements) {
    const geste = changements
      .filter(({ c, valeur }) => c.valeur !== valeur)
      .map(({ c, valeur }) => ({ c, avant: c.valeur, apres: valeur }));
    if (!geste.length) return 0;
    for (const { c, apres } of geste) this.#ecrire(c, apres);
    this.faits.push(geste);
    this.defaits = [];
    this.dispatchEvent(new CustomEvent("pile"));
    return geste.length;
  }

  /** @param {Case} c @param {string} observation */
  noter(c, observation) {
    if (c.observation === observation) return;
    c.observation = observation;
    this.#mettreEnAttente(c, observation);
  }

  /** @param {Case} c @param {string} valeur */
  #ecrire(c, valeur) {
    c.valeur = valeur;
    this.#mettreEnAttente(c, null);
  }

  /** @param {Case} c @param {string | null} observation */
  #mettreEnAttente(c, observation) {
    const entree = this.file.deposer(c, c.valeur, observation);
    if (!entree.conflit) c.statut = "attente";
    this.etat.signaler(c);
  }

  annuler() {
    return this.#rejouer(this.faits, this.defaits, "apres", "avant");
  }

  refaire() {
    return this.#rejouer(this.defaits, this.faits, "avant", "apres");
  }

  /**
   * Une case changée par quelqu'un d'autre depuis n'est pas touchée.
   * @param {Geste[]} depuis @param {Geste[]} vers @param {"avant" | "apres"} attendu @param {"avant" | "apres"} voulu
   * @returns {{faits: Case[], laisses: Case[]} | null}
   */
  #rejouer(depuis, vers, attendu, voulu) {
    const geste = depuis.pop();
    if (!geste) return null;
    const possibles = geste.filter((pas) => pas.c.valeur === pas[attendu]);
    for (const pas of possibles) this.#ecrire(pas.c, pas[voulu]);
    if (possibles.length) vers.push(possibles);
    this.dispatchEvent(new CustomEvent("pile"));
    const laisses = geste.filter((pas) => !possibles.includes(pas)).map((pas) => pas.c);
    return { faits: possibles.map((pas) => pas.c), laisses };
  }

  /** Remet à l'écran ce qu'un onglet fermé avait laissé. @param {import("./file.js").Entree[]} entrees */
  restaurer(entrees) {
    for (const entree of entrees) {
      const c = this.etat.cases.get(`${entree.inscription}:${entree.detaillee}`);
      if (!c) continue;
      c.valeur = entree.valeur;
      c.observation = entree.observation ?? c.observation;
      c.statut = entree.conflit ? "conflit" : entree.refus ? "refus" : "attente";
      c.message = entree.conflit ? direConflit(entree.conflit, this.etat) : entree.refus;
      this.etat.signaler(c);
    }
  }

  /** @param {{entree: import("./file.js").Entree, issue: Record<string, any>}} recu */
  #recevoirIssue({ entree, issue }) {
    const c = this.etat.cases.get(`${entree.inscription}:${entree.detaillee}`);
    if (!c) return;
    const resteEnAttente = Boolean(this.file.derniere(c.cle));
    if (issue.statut === 200) {
      this.etat.recevoir(issue, resteEnAttente);
      // Un rejeu rend le résultat d'alors : si la case a changé depuis, c'est ce dernier état que l'on montre.
      if (!resteEnAttente) Object.assign(c, { valeur: c.serveur.valeur, observation: c.serveur.observation });
      c.statut = resteEnAttente ? "attente" : "enregistre";
      c.message = "";
    } else if (issue.statut === 409) {
      if (issue.actuel) this.etat.recevoir(issue.actuel, true);
      c.statut = "conflit";
      c.message = direConflit(issue.actuel, this.etat);
    } else {
      c.statut = "refus";
      c.message = issue.message;
    }
    this.etat.signaler(c);
  }

  /** @param {Case} c @param {boolean} imposer */
  trancher(c, imposer) {
    this.file.trancher(c.cle, imposer);
    if (imposer) {
      c.statut = "attente";
    } else {
      c.valeur = c.serveur.valeur;
      c.observation = c.serveur.observation;
      c.statut = c.serveur.version ? "enregistre" : "";
    }
    c.message = "";
    this.etat.signaler(c);
  }
}

/** @param {Record<string, any> | null} actuel @param {import("./etat.js").Etat} etat */
function direConflit(actuel, etat) {
  if (!actuel?.auteur) return "une version plus récente de la case";
  return `${actuel.auteur}, qui a enregistré « ${etat.dire(String(actuel.valeur ?? ""))} » à ${heure(actuel.le)}`;
}
