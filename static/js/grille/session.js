// La session : un jeton toujours frais, et une reconnexion attendue sans rien perdre.

const INTERVALLE = 3000;

/** Émet « perte » quand il faut se reconnecter, « retour » quand c'est fait, sous le même compte. */
export class Session extends EventTarget {
  /** @param {Record<string, any>} donnees */
  constructor(donnees) {
    super();
    this.utilisateur = /** @type {number} */ (donnees.utilisateur);
    this.adresse = /** @type {string} */ (donnees.urls.session);
    this.jeton = JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? "";
    this.estPerdue = false;
    document.addEventListener("visibilitychange", () => document.hidden || this.#verifier());
  }

  /** Demande qui est connecté. @returns {Promise<boolean>} vrai : le même compte, avec un jeton frais */
  async rafraichir() {
    let reponse;
    try {
      reponse = await fetch(this.adresse, { signal: AbortSignal.timeout(10_000) });
    } catch {
      // Pas de réseau : on ne sait rien de la session.
      return false;
    }
    const { utilisateur, csrf } = reponse.ok ? await reponse.json() : { utilisateur: null, csrf: "" };
    if (reponse.status >= 500) return false;
    if (utilisateur !== this.utilisateur) {
      this.perdre();
      return false;
    }
    this.jeton = csrf;
    if (this.estPerdue) {
      this.estPerdue = false;
      this.dispatchEvent(new CustomEvent("retour"));
    }
    return true;
  }

  /** @returns {null} */
  perdre() {
    if (!this.estPerdue) {
      this.estPerdue = true;
      this.dispatchEvent(new CustomEvent("perte"));
      setTimeout(() => this.#attendre(), INTERVALLE);
    }
    return null;
  }

  async #attendre() {
    if (this.estPerdue && !(await this.rafraichir())) setTimeout(() => this.#attendre(), INTERVALLE);
  }

  #verifier() {
    if (this.estPerdue) this.rafraichir();
  }
}
