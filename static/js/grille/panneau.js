// Le panneau du bas : ce que vaut la case sous le curseur, sa note, son histoire, son conflit.

/** @typedef {import("./etat.js").Case} Case */

const PAUSE_DE_FRAPPE = 1500;
// Le panneau attend que le curseur se pose : en pleine saisie, chaque image est pour les cases.
const POSE_DU_CURSEUR = 80;

/** @template {HTMLElement} T @param {string} id @returns {T} */
const parId = (id) => /** @type {T} */ (document.getElementById(id));

export class Panneau {
  /**
   * @param {import("./etat.js").Etat} etat @param {import("./selection.js").Selection} selection
   * @param {import("./saisies.js").Saisies} saisies @param {(valeur: string) => void} poser
   */
  constructor(etat, selection, saisies, poser) {
    this.etat = etat;
    this.selection = selection;
    this.saisies = saisies;
    this.racine = parId("grille-panneau");
    this.boutons = /** @type {NodeListOf<HTMLButtonElement>} */ (this.racine.querySelectorAll("[data-valeur]"));
    this.zoneNote = parId("zone-note");
    this.zoneHistorique = parId("zone-historique");
    this.texte = /** @type {HTMLTextAreaElement} */ (parId("note-texte"));
    /** @type {Case | null} */
    this.notee = null;
    this.racine.hidden = false;
    selection.addEventListener("curseur", () => this.#suivre());
    etat.addEventListener("case", (evenement) => this.#actualiser(/** @type {CustomEvent} */ (evenement).detail));
    for (const bouton of this.boutons) {
      bouton.addEventListener("click", () => {
        poser(bouton.dataset.valeur ?? "");
      });
    }
    parId("panneau-note").addEventListener("click", () => this.ouvrirNote(false));
    parId("panneau-note-apprenant").addEventListener("click", () => this.ouvrirNote(true));
    parId("panneau-historique").addEventListener("click", () => this.ouvrirHistorique());
    parId("conflit-garder").addEventListener("click", () => this.#trancher(false));
    parId("conflit-imposer").addEventListener("click", () => this.#trancher(true));
    this.#brancherLaNote();
  }

  #brancherLaNote() {
    this.texte.addEventListener("input", () => {
      clearTimeout(this.frappe);
      this.frappe = setTimeout(() => this.garderLaNote(), PAUSE_DE_FRAPPE);
    });
    this.texte.addEventListener("blur", () => this.garderLaNote());
    addEventListener("pagehide", () => this.garderLaNote());
    this.racine.addEventListener("keydown", (e) => {
      if (e.key !== "Escape" && !(e.key === "Enter" && e.ctrlKey)) return;
      e.preventDefault();
      this.garderLaNote();
      this.selection.aller(this.selection.courante, true);
    });
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  frappe = undefined;

  garderLaNote() {
    clearTimeout(this.frappe);
    if (this.notee && this.etat.donnees.peutNoter) this.saisies.noter(this.notee, this.texte.value.trim());
  }

  /** Le curseur a bougé : la case se peint d'abord, le panneau suit. */
  #suivre() {
    this.garderLaNote();
    clearTimeout(this.pose);
    this.pose = setTimeout(() => this.#rejoindre(), POSE_DU_CURSEUR);
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  pose = undefined;

  /** Une note ouverte suit la case, l'histoire se referme. */
  #rejoindre() {
    this.#montrer();
    // Un texte en cours de frappe n'est jamais remplacé.
    if (!this.zoneNote.hidden && document.activeElement !== this.texte) {
      this.#montrerLaNote(this.notee?.detaillee === 0);
    }
    this.#deplier(this.zoneHistorique, "panneau-historique", false);
  }

  /** @param {Case} c */
  #actualiser(c) {
    if (c === this.selection.courante) this.#montrerLEtat(c);
    if (c === this.notee && document.activeElement !== this.texte) this.texte.value = c.observation;
  }

  #montrer() {
    const c = this.selection.courante;
    if (!c) return;
    const libelle = this.etat.libelle(c.colonne, this.etat.donnees.lignes[c.ligne][1]);
    const option = libelle?.[1] === null ? "" : ` (${this.#option(c)})`;
    parId("panneau-code").textContent = `${c.code}${option}`;
    parId("panneau-intitule").textContent = libelle?.[2] ?? "";
    parId("panneau-apprenant").textContent = c.nom;
    const { descripteurs = {}, indicateurs = [] } = this.etat.details[c.detaillee] ?? {};
    for (const bouton of this.boutons) {
      const valeur = bouton.dataset.valeur ?? "";
      const texte = bouton.querySelector("span");
      if (texte) texte.textContent = descripteurs[valeur] ?? this.etat.donnees.niveaux[valeur] ?? "";
    }
    const zone = parId("panneau-indicateurs");
    zone.hidden = !indicateurs.length;
    zone.textContent = indicateurs.join(" · ");
    this.#montrerLEtat(c);
  }

  /** @param {Case} c */
  #option(c) {
    return c.element?.parentElement?.querySelector(".option")?.textContent ?? "";
  }

  /** @param {Case} c */
  #montrerLEtat(c) {
    for (const bouton of this.boutons) bouton.ariaPressed = String(Boolean(c.valeur) && bouton.dataset.valeur === c.valeur);
    const statut = parId("panneau-statut");
    statut.textContent = { conflit: "conflit", refus: "refusé" }[c.statut] ?? this.etat.direStatut(c);
    statut.dataset.etat = c.statut;
    const siennes = this.etat.tableau[c.ligne].filter(Boolean);
    parId("panneau-bilan").textContent = `${siennes.filter((autre) => autre?.valeur).length}/${siennes.length}`;
    const zone = parId("panneau-conflit");
    zone.hidden = c.statut !== "conflit" && c.statut !== "refus";
    if (zone.hidden) return;
    const estConflit = c.statut === "conflit";
    parId("conflit-texte").textContent = estConflit
      ? `Conflit avec ${c.message}. Votre saisie : « ${this.etat.dire(c.valeur)} ».`
      : `Votre saisie « ${this.etat.dire(c.valeur)} » est refusée : ${c.message}`;
    const garder = this.etat.dire(c.serveur.valeur);
    parId("conflit-garder").textContent = estConflit ? `Garder « ${garder} »` : `Revenir à « ${garder} »`;
    parId("conflit-imposer").textContent = `Imposer « ${this.etat.dire(c.valeur)} »`;
    parId("conflit-imposer").hidden = !estConflit;
  }

  /** @param {boolean} imposer */
  #trancher(imposer) {
    const c = this.selection.courante;
    if (c?.statut !== "conflit" && c?.statut !== "refus") return;
    this.saisies.trancher(c, imposer);
    this.selection.aller(c, true);
  }

  /** @param {boolean} surApprenant */
  ouvrirNote(surApprenant) {
    clearTimeout(this.pose);
    this.#montrer();
    const estOuverte = !this.zoneNote.hidden && (this.notee?.detaillee === 0) === surApprenant;
    this.garderLaNote();
    this.#deplier(this.zoneNote, "panneau-note", !estOuverte && !surApprenant);
    this.#deplier(this.zoneNote, "panneau-note-apprenant", !estOuverte && surApprenant);
    this.zoneNote.hidden = estOuverte;
    if (estOuverte) {
      this.notee = null;
      this.selection.aller(this.selection.courante, true);
      return;
    }
    this.#montrerLaNote(surApprenant);
    this.texte.focus();
  }

  /** @param {boolean} surApprenant */
  #montrerLaNote(surApprenant) {
    const c = this.selection.courante;
    this.notee = surApprenant && c ? (this.etat.apprenants.get(c.inscription) ?? null) : c;
    parId("note-titre").textContent = surApprenant
      ? `Observation sur ${c?.nom ?? ""} pour toute la situation`
      : `Note sur ${c?.code ?? ""} de ${c?.nom ?? ""}`;
    this.texte.value = this.notee?.observation ?? "";
  }

  async ouvrirHistorique() {
    clearTimeout(this.pose);
    this.#montrer();
    const c = this.selection.courante;
    const ouvre = this.zoneHistorique.hidden && c !== null;
    this.#deplier(this.zoneHistorique, "panneau-historique", ouvre);
    if (!ouvre) return;
    this.zoneHistorique.textContent = "Lecture…";
    try {
      const adresse = `${this.etat.donnees.urls.historique}?inscription=${c.inscription}&detaillee=${c.detaillee}`;
      const reponse = await fetch(adresse, { headers: { Accept: "text/html" } });
      if (!reponse.ok) throw new Error(String(reponse.status));
      this.zoneHistorique.innerHTML = await reponse.text();
    } catch {
      this.zoneHistorique.textContent = "L'historique n'a pas pu être lu : réessayez quand le réseau est revenu.";
    }
  }

  /** @param {HTMLElement} zone @param {string} bouton @param {boolean} ouvert */
  #deplier(zone, bouton, ouvert) {
    zone.hidden = !ouvert;
    parId(bouton).ariaExpanded = String(ouvert);
  }

  /** La prochaine case en conflit ou refusée reçoit le curseur. */
  prochainConflit() {
    const enCause = [...this.etat.cases.values()].filter((c) => c.element && ["conflit", "refus"].includes(c.statut));
    const rang = enCause.indexOf(/** @type {Case} */ (this.selection.courante));
    return this.selection.aller(enCause[(rang + 1) % enCause.length]);
  }
}
