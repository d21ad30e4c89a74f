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
    /** @type {Case | null} */
    this.lue = null;
    this.racine.hidden = false;
    selection.addEventListener("curseur", () => this.#suivre());
    etat.addEventListener("case", (evenement) => this.#actualiser(/** @type {CustomEvent} */ (evenement).detail));
    for (const bouton of this.boutons) {
      bouton.addEventListener("click", () => {
        poser(bouton.dataset.valeur ?? "");
      });
    }
    // Le bouton bascule ; la touche ouvre toujours : refermer une note ferait de la suite de la frappe des niveaux.
    parId("panneau-note").addEventListener("click", (e) => this.#basculer(e, () => this.ouvrirNote(false)));
    parId("panneau-note-apprenant").addEventListener("click", (e) => this.#basculer(e, () => this.ouvrirNote(true)));
    parId("panneau-historique").addEventListener("click", (e) => this.#basculer(e, () => this.ouvrirHistorique()));
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
      this.#revenir();
    });
  }

  /** @param {MouseEvent} evenement @param {() => void} ouvrir */
  #basculer(evenement, ouvrir) {
    const bouton = /** @type {HTMLElement} */ (evenement.currentTarget);
    if (bouton.ariaExpanded === "true") this.#revenir();
    else ouvrir();
  }

  #revenir() {
    this.fermer();
    this.selection.aller(this.selection.courante, true);
  }

  /** Note et histoire se referment ; ce qui était écrit est gardé pour sa case. */
  fermer() {
    this.garderLaNote();
    this.notee = this.lue = null;
    if (this.zoneNote.hidden && this.zoneHistorique.hidden) return;
    this.zoneNote.hidden = this.zoneHistorique.hidden = true;
    for (const id of ["panneau-note", "panneau-note-apprenant", "panneau-historique"]) parId(id).ariaExpanded = "false";
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  frappe = undefined;

  garderLaNote() {
    clearTimeout(this.frappe);
    if (this.notee && !this.texte.readOnly) this.saisies.noter(this.notee, this.texte.value.trim());
  }

  /** Le curseur a bougé : la case se peint d'abord, le panneau suit ; rien ne reste ouvert sur une autre case. */
  #suivre() {
    this.fermer();
    clearTimeout(this.pose);
    this.pose = setTimeout(() => this.#montrer(), POSE_DU_CURSEUR);
  }

  /** @type {ReturnType<typeof setTimeout> | undefined} */
  pose = undefined;

  /** @param {Case} c */
  #actualiser(c) {
    if (c === this.selection.courante) this.#montrerLEtat(c);
    if (c === this.notee && (this.texte.readOnly || document.activeElement !== this.texte)) this.#remplirLaNote(c);
  }

  #montrer() {
    const c = this.selection.courante;
    this.#activer(c !== null);
    if (!c) return;
    const libelle = this.etat.libelle(c.colonne, this.etat.donnees.lignes[c.ligne][1]);
    const option = libelle?.[1] === null ? "" : ` (${this.#option(c)})`;
    // L'en-tête de colonne abrège l'intitulé quand la place manque : il se lit ici en entier, au clavier aussi.
    const { colonnes, competences } = this.etat.donnees;
    parId("panneau-competence").textContent = competences[colonnes[c.colonne][1]].join(" ");
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
    parId("panneau-avis").textContent = "";
    this.#montrerLEtat(c);
  }

  /** Ce que la case n'a pas fait, et pourquoi. @param {string} texte */
  aviser(texte) {
    parId("panneau-avis").textContent = texte;
  }

  /** Sans case sous le curseur, le panneau se replie : rien à toucher. @param {boolean} actif */
  #activer(actif) {
    if (this.racine.dataset.vide === String(!actif)) return;
    const changer = () => {
      this.racine.dataset.vide = String(!this.selection.courante);
      this.selection.courante?.element?.scrollIntoView({ block: "nearest", inline: "nearest" });
    };
    // Déplier sous un bouton de souris enfoncé ferait glisser la sélection.
    if (this.selection.tirage) addEventListener("pointerup", changer, { once: true });
    else changer();
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

  /** Ouvre la note de la case, ou y remet le curseur. @param {boolean} surApprenant */
  ouvrirNote(surApprenant) {
    const c = this.selection.courante;
    if (!c) return;
    clearTimeout(this.pose);
    this.#montrer();
    const voulue = surApprenant ? (this.etat.apprenants.get(c.inscription) ?? c) : c;
    if (voulue !== this.notee) {
      this.fermer();
      this.#montrerLaNote(voulue);
      this.zoneNote.hidden = false;
      parId(surApprenant ? "panneau-note-apprenant" : "panneau-note").ariaExpanded = "true";
    }
    this.texte.focus();
  }

  /** @param {Case} c */
  #montrerLaNote(c) {
    this.notee = c;
    parId("note-titre").textContent = c.detaillee
      ? `Note sur ${c.code} de ${c.nom}`
      : `Observation sur ${c.nom} pour toute la situation`;
    this.#remplirLaNote(c);
  }

  /** Une note dont le texte n'est pas arrivé ne se réécrit pas. @param {Case} c */
  #remplirLaNote(c) {
    this.texte.readOnly = !this.etat.donnees.peutNoter || c.aLire;
    this.texte.value = c.observation;
  }

  async ouvrirHistorique() {
    const c = this.selection.courante;
    if (!c) return;
    clearTimeout(this.pose);
    this.#montrer();
    this.lue = c;
    this.zoneHistorique.hidden = false;
    parId("panneau-historique").ariaExpanded = "true";
    this.zoneHistorique.textContent = "Lecture…";
    const lu = await this.#lireHistorique(c);
    if (this.lue !== c) return;
    if (lu === null) this.zoneHistorique.textContent = "L'historique n'a pas pu être lu : réessayez quand le réseau est revenu.";
    else this.zoneHistorique.innerHTML = lu;
  }

  /** @param {Case} c @returns {Promise<string | null>} */
  async #lireHistorique(c) {
    try {
      const adresse = `${this.etat.donnees.urls.historique}?inscription=${c.inscription}&detaillee=${c.detaillee}`;
      const reponse = await fetch(adresse, { headers: { Accept: "text/html" } });
      return reponse.ok ? await reponse.text() : null;
    } catch {
      return null;
    }
  }

  /** La prochaine case en conflit ou refusée reçoit le curseur. */
  prochainConflit() {
    const enCause = [...this.etat.cases.values()].filter((c) => c.element && ["conflit", "refus"].includes(c.statut));
    const rang = enCause.indexOf(/** @type {Case} */ (this.selection.courante));
    return this.selection.aller(enCause[(rang + 1) % enCause.length]);
  }
}
