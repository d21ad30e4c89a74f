// Ce que les autres ont changé, relevé sans recharger ; une page cachée ne demande rien.

const INTERVALLE = 4000;
const INTERVALLE_MAX = 30_000;

/** Émet « autrui » ({cases}) et « verrou » quand la grille vient d'être fermée à la saisie. */
export class Releve extends EventTarget {
  /**
   * @param {import("./etat.js").Etat} etat @param {import("./file.js").FileEnvoi} file
   * @param {import("./session.js").Session} session
   */
  constructor(etat, file, session) {
    super();
    this.etat = etat;
    this.file = file;
    this.session = session;
    this.rang = etat.donnees.rang;
    this.echecs = 0;
    document.addEventListener("visibilitychange", () => document.hidden || this.relever());
    session.addEventListener("retour", () => this.relever());
    this.#programmer();
  }

  #programmer() {
    clearTimeout(this.minuterie);
    const delai = Math.min(INTERVALLE * 2 ** this.echecs, INTERVALLE_MAX);
    this.minuterie = setTimeout(() => this.relever(), delai);
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  minuterie = undefined;

  async relever() {
    if (!document.hidden && !this.session.estPerdue) await this.#lire();
    this.#programmer();
  }

  async #lire() {
    try {
      const adresse = `${this.etat.donnees.urls.changements}?depuis=${this.rang}`;
      const reponse = await fetch(adresse, { signal: AbortSignal.timeout(10_000) });
      if (reponse.status === 401) this.session.perdre();
      if (!reponse.ok) throw new Error(String(reponse.status));
      this.#appliquer(await reponse.json());
      this.echecs = 0;
    } catch {
      this.echecs += 1;
    }
  }

  /** @param {Record<string, any>} recu */
  #appliquer(recu) {
    this.rang = recu.rang;
    const cases = [];
    for (const ligne of [...recu.cellules, ...recu.apprenants]) {
      const c = this.etat.cases.get(`${ligne.inscription}:${ligne.detaillee ?? 0}`);
      if (!c || !this.etat.recevoir(ligne, Boolean(this.file.derniere(c.cle)))) continue;
      c.statut = "enregistre";
      this.etat.signaler(c);
      cases.push(c);
    }
    if (cases.length) this.dispatchEvent(new CustomEvent("autrui", { detail: cases }));
    if (this.etat.donnees.peutNoter && !recu.peut_noter) this.dispatchEvent(new CustomEvent("verrou"));
  }
}
