// La file d'envoi : chaque saisie y reste, durablement, jusqu'à ce que le serveur l'ait acceptée ou refusée.

import { enTexte } from "./etat.js";

/**
 * @typedef {object} Entree
 * @property {string} id
 * @property {string} operation identifiant envoyé : un rejeu n'a qu'un effet
 * @property {number} utilisateur
 * @property {string} adresse où l'envoyer
 * @property {number} situation
 * @property {number} inscription
 * @property {number} detaillee 0 : observation sur l'apprenant
 * @property {string} valeur
 * @property {string | null} observation `null` : inchangée
 * @property {number | null} version version attendue ; `null` : celle que rendra la saisie précédente
 * @property {number} ordre
 * @property {string} onglet
 * @property {boolean} tentee partie au moins une fois : le serveur l'a peut-être
 * @property {Record<string, any> | null} conflit ce que le serveur a à la place
 * @property {string} refus
 */

const SAISIES_PAR_ENVOI = 100;
const REGROUPEMENT = 120;
const ATTENTE_MAX = 30_000;
const DELAI_REPONSE = 20_000;

/** @param {Entree} entree */
const cleDe = (entree) => `${entree.inscription}:${entree.detaillee}`;

/** Émet « issue » ({entree, issue}) à chaque réponse, « etat » à chaque changement d'ensemble. */
export class FileEnvoi extends EventTarget {
  /**
   * @param {import("./magasin.js").Magasin} magasin
   * @param {import("./session.js").Session} session
   * @param {Record<string, any>} donnees
   */
  constructor(magasin, session, donnees) {
    super();
    this.magasin = magasin;
    this.session = session;
    this.donnees = donnees;
    /** @type {Entree[]} */
    this.entrees = [];
    this.onglet = crypto.randomUUID?.() ?? identifiant();
    this.horsLigne = false;
    this.echecs = 0;
    this.enCours = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.minuterie = undefined;
    session.addEventListener("retour", () => this.vider());
    addEventListener("online", () => this.#reessayer());
    document.addEventListener("visibilitychange", () => document.hidden || this.#reessayer());
  }

  /** Reprend ce qu'un onglet fermé n'a pas pu envoyer, pour ce compte seulement. */
  async reprendre() {
    const tenus = await this.#ongletsOuverts();
    const gardees = (await this.magasin.toutes()).filter(
      (entree) => entree.utilisateur === this.session.utilisateur && !tenus.has(`trpm-onglet-${entree.onglet}`),
    );
    for (const entree of gardees) entree.onglet = this.onglet;
    this.entrees = [...gardees, ...this.entrees].sort((a, b) => a.ordre - b.ordre);
    if (gardees.length) await this.magasin.poser(gardees);
    return gardees.filter((entree) => entree.situation === this.donnees.situation);
  }

  /** Un onglet vivant tient un verrou à son nom : ses saisies sont à lui. */
  async #ongletsOuverts() {
    if (!navigator.locks) return new Set();
    navigator.locks.request(`trpm-onglet-${this.onglet}`, () => new Promise(() => {}));
    const { held = [] } = await navigator.locks.query();
    return new Set(held.map((verrou) => verrou.name));
  }

  /** @param {string} cle */
  derniere(cle) {
    return this.entrees.findLast((e) => cleDe(e) === cle && e.situation === this.donnees.situation);
  }

  /**
   * Dépose une saisie. Tant que la précédente de la même case n'est pas partie, elle la remplace.
   * @param {import("./etat.js").Case} c @param {string} valeur @param {string | null} observation
   */
  deposer(c, valeur, observation) {
    const precedente = this.derniere(c.cle);
    let entree = precedente;
    if (entree && (!entree.tentee || entree.conflit || entree.refus)) {
      entree.valeur = valeur;
      entree.observation = observation ?? entree.observation;
      entree.operation = identifiant();
      if (entree.refus) Object.assign(entree, { refus: "", tentee: false, version: c.serveur.version });
    } else {
      entree = this.#nouvelle(c, valeur, observation, precedente ? null : c.serveur.version);
      this.entrees.push(entree);
    }
    this.magasin.poser([entree]).catch(() => this.#signaler());
    this.#signaler();
    // Laisse passer l'affichage, et regroupe ce qui est saisi d'affilée.
    this.depart ??= setTimeout(() => {
      this.depart = undefined;
      this.vider();
    }, REGROUPEMENT);
    return entree;
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  depart = undefined;

  /**
   * @param {import("./etat.js").Case} c @param {string} valeur @param {string | null} observation
   * @param {number | null} version @returns {Entree}
   */
  #nouvelle(c, valeur, observation, version) {
    const urls = this.donnees.urls;
    return {
      id: identifiant(),
      operation: identifiant(),
      utilisateur: this.session.utilisateur,
      adresse: c.detaillee ? urls.cellules : urls.observation,
      situation: this.donnees.situation,
      inscription: c.inscription,
      detaillee: c.detaillee,
      valeur,
      observation,
      version,
      ordre: performance.timeOrigin + performance.now(),
      onglet: this.onglet,
      tentee: false,
      conflit: null,
      refus: "",
    };
  }

  /** Règle un conflit : imposer la sienne par-dessus, ou garder celle du serveur. @param {string} cle @param {boolean} imposer */
  trancher(cle, imposer) {
    const entree = this.derniere(cle);
    if (!entree?.conflit && !entree?.refus) return;
    if (imposer && entree.conflit) {
      const { version } = entree.conflit;
      Object.assign(entree, { version, conflit: null, tentee: false, operation: identifiant() });
      this.magasin.poser([entree]);
    } else {
      this.#oublier(entree);
    }
    this.#signaler();
    this.vider();
  }

  get bilan() {
    const conflits = this.entrees.filter((entree) => entree.conflit).length;
    const refus = this.entrees.filter((entree) => entree.refus).length;
    const ailleurs = this.entrees.filter((entree) => entree.situation !== this.donnees.situation).length;
    return { attente: this.entrees.length - conflits - refus, conflits, refus, ailleurs, horsLigne: this.horsLigne };
  }

  /** Envoie tout ce qui peut partir, dans l'ordre ; un seul envoi à la fois. */
  async vider() {
    if (this.enCours || this.session.estPerdue) return;
    this.enCours = true;
    clearTimeout(this.minuterie);
    try {
      for (let lot = this.#lot(); lot.length; lot = this.#lot()) {
        if (!(await this.#envoyer(lot))) break;
      }
    } finally {
      this.enCours = false;
      this.#signaler();
    }
  }

  /** La première saisie de chaque case, pour une même adresse. @returns {Entree[]} */
  #lot() {
    const vues = new Set();
    /** @type {Entree[]} */
    const lot = [];
    for (const entree of this.entrees) {
      const cle = `${entree.situation}/${cleDe(entree)}`;
      const peutPartir = !vues.has(cle) && entree.version !== null && !entree.conflit && !entree.refus;
      vues.add(cle);
      if (!peutPartir || (lot.length && lot[0].adresse !== entree.adresse)) continue;
      lot.push(entree);
      if (!entree.detaillee || lot.length === SAISIES_PAR_ENVOI) break;
    }
    return lot[0]?.detaillee ? lot.filter((entree) => entree.detaillee) : lot.slice(0, 1);
  }

  /** @param {Entree[]} lot @returns {Promise<boolean>} faux : s'arrêter là */
  async #envoyer(lot) {
    for (const entree of lot) entree.tentee = true;
    try {
      await this.magasin.poser(lot);
    } catch {
      // Stockage refusé : l'envoi vaut mieux que la garde.
    }
    const reponse = await this.#poster(lot);
    if (!reponse) return false;
    this.echecs = 0;
    this.horsLigne = false;
    const issues = reponse.saisies ?? [reponse];
    for (const [rang, entree] of lot.entries()) this.#traiter(entree, issues[rang] ?? reponse);
    return true;
  }

  /** @param {Entree[]} lot @returns {Promise<Record<string, any> | null>} `null` : à refaire plus tard */
  async #poster(lot) {
    const corps = lot[0].detaillee ? { saisies: lot.map(enJson) } : enJson(lot[0]);
    let reponse;
    try {
      reponse = await fetch(lot[0].adresse, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-CSRFToken": this.session.jeton },
        body: JSON.stringify({ ...corps, utilisateur: this.session.utilisateur }),
        redirect: "error",
        signal: AbortSignal.timeout(DELAI_REPONSE),
      });
      if (reponse.status === 403) {
        const estRafraichie = await this.session.rafraichir();
        return this.session.estPerdue ? null : this.#attendre(estRafraichie ? 0 : undefined);
      }
      if (reponse.status === 401) return this.session.perdre();
      if (reponse.status >= 500 || reponse.status === 429) return this.#attendre();
      if (reponse.status === 404) return { statut: 404, message: "cette grille ne vous est plus ouverte." };
      return await reponse.json();
    } catch {
      return reponse && reponse.status < 500 && reponse.status >= 400
        ? { statut: reponse.status, message: `le serveur a répondu ${reponse.status}.` }
        : this.#attendre();
    }
  }

  /** Attend de plus en plus longtemps, sans jamais renoncer. @param {number} [delai] @returns {null} */
  #attendre(delai) {
    this.horsLigne = delai === undefined;
    this.echecs += 1;
    const prochain = delai ?? Math.min(ATTENTE_MAX, 500 * 2 ** this.echecs) * (0.8 + Math.random() * 0.4);
    clearTimeout(this.minuterie);
    this.minuterie = setTimeout(() => this.vider(), this.echecs > 8 ? ATTENTE_MAX : prochain);
    return null;
  }

  #reessayer() {
    if (!this.entrees.length) return;
    this.echecs = 0;
    this.vider();
  }

  /** @param {Entree} entree @param {Record<string, any>} issue */
  #traiter(entree, issue) {
    const suivante = this.entrees.find((autre) => autre !== entree && autre.version === null && memeCase(autre, entree));
    if (issue.statut === 200 || (issue.statut === 409 && revientAuMeme(entree, issue.actuel))) {
      const etat = issue.statut === 200 ? issue : issue.actuel;
      this.#oublier(entree);
      if (suivante) {
        suivante.version = etat.version;
        this.magasin.poser([suivante]);
      }
      this.#emettre(entree, { ...etat, inscription: entree.inscription, detaillee: entree.detaillee, statut: 200 });
      return;
    }
    // Ce qui suivait sur la même case n'a plus de base : c'est la dernière valeur saisie que l'on tranchera.
    for (const autre of this.entrees.filter((e) => e !== entree && memeCase(e, entree))) {
      entree.valeur = autre.valeur;
      entree.observation = autre.observation ?? entree.observation;
      this.#oublier(autre);
    }
    if (issue.statut === 409) entree.conflit = issue.actuel ?? { valeur: "", observation: "", version: 0, auteur: "" };
    else entree.refus = issue.message ?? "refusé par le serveur.";
    this.magasin.poser([entree]);
    this.#emettre(entree, issue);
  }

  /** @param {Entree} entree */
  #oublier(entree) {
    this.entrees = this.entrees.filter((autre) => autre !== entree);
    this.magasin.retirer(entree.id);
  }

  /** @param {Entree} entree @param {Record<string, any>} issue */
  #emettre(entree, issue) {
    if (entree.situation !== this.donnees.situation) return;
    this.dispatchEvent(new CustomEvent("issue", { detail: { entree, issue } }));
  }

  #signaler() {
    this.dispatchEvent(new CustomEvent("etat"));
  }
}

/** @param {Entree} a @param {Entree} b */
const memeCase = (a, b) => cleDe(a) === cleDe(b) && a.situation === b.situation;

/** L'autre a écrit la même chose : rien à trancher. @param {Entree} entree @param {Record<string, any> | null} actuel */
function revientAuMeme(entree, actuel) {
  if (!actuel) return false;
  const note = enTexte(actuel.observation ?? actuel.texte);
  return enTexte(actuel.valeur) === entree.valeur && (entree.observation === null || entree.observation === note);
}

/** @param {Entree} entree */
function enJson(entree) {
  const { operation, inscription, version } = entree;
  if (!entree.detaillee) return { operation, inscription, version, texte: entree.observation ?? "" };
  return { operation, inscription, version, detaillee: entree.detaillee, valeur: entree.valeur, observation: entree.observation };
}

/** UUID v4, aussi hors contexte sécurisé (http sur le réseau de l'atelier). */
function identifiant() {
  const octets = crypto.getRandomValues(new Uint8Array(16));
  octets[6] = (octets[6] & 0x0f) | 0x40;
  octets[8] = (octets[8] & 0x3f) | 0x80;
  const hexa = Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join("");
  return hexa.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}
