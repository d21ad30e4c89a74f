// Le curseur et la sélection rectangulaire, au clavier et à la souris.

/** @typedef {import("./etat.js").Case} Case */

/** Émet « curseur » quand une autre case, ou plus aucune, est sous le curseur ; « masquee » avant d'aller où un filtre cache. */
export class Selection extends EventTarget {
  /** @param {import("./etat.js").Etat} etat @param {import("./dessin.js").Dessin} dessin */
  constructor(etat, dessin) {
    super();
    this.etat = etat;
    this.dessin = dessin;
    this.lignes = etat.tableau.map((_, ligne) => ligne);
    /** @type {number[]} */
    this.colonnes = etat.donnees.colonnes.map((/** @type {any} */ _, /** @type {number} */ colonne) => colonne);
    /** @type {Case | null} */
    this.courante = null;
    /** @type {[number, number] | null} */
    this.ancre = null;
    /** @type {[number, number] | null} */
    this.bout = null;
    /** @type {Case[]} */
    this.choisies = [];
    dessin.tableau.addEventListener("focusin", (evenement) => this.#recevoirFocus(evenement));
    dessin.tableau.addEventListener("pointerdown", (evenement) => this.#commencer(evenement));
    dessin.tableau.addEventListener("pointerover", (evenement) => this.#etirer(evenement));
    dessin.tableau.tHead?.addEventListener("click", (evenement) => this.#choisirColonnes(evenement));
  }

  /** @param {FocusEvent} evenement */
  #recevoirFocus(evenement) {
    const c = this.dessin.caseDe(evenement.target);
    if (c && c !== this.courante) this.#designer(c);
  }

  /** Sans déplacer le focus. @param {Case | null} c */
  #designer(c) {
    if (this.courante?.element) this.courante.element.tabIndex = -1;
    else this.dessin.tableau.querySelector("td[tabindex='0']")?.setAttribute("tabindex", "-1");
    if (c?.element) c.element.tabIndex = 0;
    if (c?.ligne !== this.courante?.ligne) {
      this.courante?.element?.parentElement?.classList.remove("courante");
      c?.element?.parentElement?.classList.add("courante");
    }
    this.courante = c;
    this.dispatchEvent(new CustomEvent("curseur", { detail: c }));
  }

  /** @param {Case} c */
  #estVisible(c) {
    return this.lignes.includes(c.ligne) && this.colonnes.includes(c.colonne);
  }

  /** Les lignes et colonnes affichées ont changé : le curseur ne reste jamais sur une case masquée. */
  recadrer() {
    const { courante } = this;
    if (courante && this.#estVisible(courante)) return;
    let visible = null;
    for (const ligne of this.lignes) visible ??= this.extremite(ligne, 1);
    if (courante) this.#designer(visible);
    else if (visible?.element) {
      this.dessin.tableau.querySelector("td[tabindex='0']")?.setAttribute("tabindex", "-1");
      visible.element.tabIndex = 0;
    }
  }

  /** @param {Case | null | undefined} c @param {boolean} [etend] */
  aller(c, etend = false) {
    if (!c?.element) return false;
    if (!this.#estVisible(c)) this.dispatchEvent(new CustomEvent("masquee"));
    if (!etend) this.effacer();
    c.element.focus({ preventScroll: true });
    this.#montrerBientot(c.element);
    return true;
  }

  /** La prochaine case permise dans une direction, en sautant les inertes et les masquées. @param {number} dl @param {number} dc */
  voisine(dl, dc, depuis = this.courante) {
    if (!depuis) return null;
    let ligne = this.lignes.indexOf(depuis.ligne) + dl;
    let colonne = this.colonnes.indexOf(depuis.colonne) + dc;
    for (; ligne in this.lignes && colonne in this.colonnes; ligne += dl, colonne += dc) {
      const c = this.etat.tableau[this.lignes[ligne]][this.colonnes[colonne]];
      if (c) return c;
    }
    return null;
  }

  /** La case suivante dans le sens de lecture. @param {1 | -1} sens */
  suivante(sens) {
    const directe = this.voisine(0, sens);
    if (directe || !this.courante) return directe;
    const ligne = this.lignes[this.lignes.indexOf(this.courante.ligne) + sens];
    return ligne === undefined ? null : this.extremite(ligne, sens);
  }

  /** Première (sens 1) ou dernière (-1) case d'une ligne. @param {number} ligne @param {1 | -1} sens */
  extremite(ligne, sens) {
    const colonnes = sens === 1 ? this.colonnes : this.colonnes.toReversed();
    const colonne = colonnes.find((candidate) => this.etat.tableau[ligne][candidate]);
    return colonne === undefined ? null : this.etat.tableau[ligne][colonne];
  }

  effacer() {
    this.ancre = this.bout = null;
    this.#montrer([]);
  }

  /** Étend depuis l'ancre d'un pas. @param {number} dl @param {number} dc */
  etendre(dl, dc) {
    if (!this.courante) return;
    this.ancre ??= [this.lignes.indexOf(this.courante.ligne), this.colonnes.indexOf(this.courante.colonne)];
    const [ligne, colonne] = this.bout ?? this.ancre;
    this.rectangle(this.ancre, [
      Math.min(Math.max(ligne + dl, 0), this.lignes.length - 1),
      Math.min(Math.max(colonne + dc, 0), this.colonnes.length - 1),
    ]);
    const [l, c] = /** @type {[number, number]} */ (/** @type {unknown} */ (this.bout));
    const element = this.etat.tableau[this.lignes[l]][this.colonnes[c]]?.element;
    if (element) this.#montrerBientot(element);
  }

  /** Faire défiler oblige à calculer la mise en page : une fois par image, avec le reste. @param {HTMLElement} element */
  #montrerBientot(element) {
    if (!this.aMontrer) {
      requestAnimationFrame(() => {
        this.aMontrer?.scrollIntoView({ block: "nearest", inline: "nearest" });
        this.aMontrer = null;
      });
    }
    this.aMontrer = element;
  }

  /** @type {HTMLElement | null} */
  aMontrer = null;

  /** Positions parmi les lignes et colonnes visibles. @param {[number, number]} ancre @param {[number, number]} bout */
  rectangle(ancre, bout) {
    this.ancre = ancre;
    this.bout = bout;
    const [l1, l2] = [Math.min(ancre[0], bout[0]), Math.max(ancre[0], bout[0])];
    const [c1, c2] = [Math.min(ancre[1], bout[1]), Math.max(ancre[1], bout[1])];
    const lignes = this.lignes.slice(l1, l2 + 1);
    const colonnes = this.colonnes.slice(c1, c2 + 1);
    this.bloc = { lignes, colonnes };
    this.#montrer(lignes.flatMap((ligne) => colonnes.map((colonne) => this.etat.tableau[ligne][colonne])));
  }

  /** @type {{lignes: number[], colonnes: number[]}} */
  bloc = { lignes: [], colonnes: [] };

  ligneEntiere() {
    if (!this.courante) return;
    const ligne = this.lignes.indexOf(this.courante.ligne);
    this.rectangle([ligne, 0], [ligne, this.colonnes.length - 1]);
  }

  colonneEntiere() {
    if (!this.courante) return;
    const colonne = this.colonnes.indexOf(this.courante.colonne);
    this.rectangle([0, colonne], [this.lignes.length - 1, colonne]);
  }

  tout() {
    this.rectangle([0, 0], [this.lignes.length - 1, this.colonnes.length - 1]);
  }

  /** Les cases visées par une touche : la sélection, sinon la case du curseur. @returns {Case[]} */
  get cibles() {
    if (this.choisies.length) return this.choisies;
    return this.courante ? [this.courante] : [];
  }

  /** @param {(Case | null)[]} cases */
  #montrer(cases) {
    for (const c of this.choisies) c.element?.removeAttribute("aria-selected");
    this.choisies = /** @type {Case[]} */ (cases.filter(Boolean));
    for (const c of this.choisies) c.element?.setAttribute("aria-selected", "true");
  }

  /** @param {Case} c @returns {[number, number]} */
  #position(c) {
    return [this.lignes.indexOf(c.ligne), this.colonnes.indexOf(c.colonne)];
  }

  /** @param {PointerEvent} evenement */
  #commencer(evenement) {
    const c = this.dessin.caseDe(evenement.target);
    if (!c || evenement.button !== 0) return;
    if (evenement.shiftKey && this.courante) {
      evenement.preventDefault();
      this.rectangle(this.ancre ?? this.#position(this.courante), this.#position(c));
      return;
    }
    this.effacer();
    if (evenement.pointerType === "mouse") this.tirage = this.#position(c);
    addEventListener("pointerup", () => (this.tirage = null), { once: true });
  }

  /** @type {[number, number] | null} */
  tirage = null;

  /** @param {PointerEvent} evenement */
  #etirer(evenement) {
    const c = this.tirage && this.dessin.caseDe(evenement.target);
    if (!c || !this.tirage) return;
    const bout = this.#position(c);
    if (bout[0] !== this.tirage[0] || bout[1] !== this.tirage[1] || this.bout) this.rectangle(this.tirage, bout);
  }

  /** Un clic sur un en-tête prend ses colonnes entières. @param {MouseEvent} evenement */
  #choisirColonnes(evenement) {
    const th = evenement.target instanceof Element ? evenement.target.closest("th") : null;
    const rangee = /** @type {HTMLTableRowElement | null} */ (th?.parentElement ?? null);
    if (!th || !rangee) return;
    /** @type {number[]} */
    const colonnes = this.etat.donnees.colonnes.flatMap((/** @type {any} */ colonne, /** @type {number} */ rang) =>
      (rangee.rowIndex === 1 ? rang === th.cellIndex : colonne[1] === th.cellIndex - 1) ? [rang] : [],
    );
    const visibles = colonnes.map((colonne) => this.colonnes.indexOf(colonne)).filter((rang) => rang >= 0);
    if (!visibles.length) return;
    this.aller(this.voisine(1, 0, { .../** @type {Case} */ (this.courante ?? {}), ligne: -1, colonne: colonnes[0] }));
    this.rectangle([0, visibles[0]], [this.lignes.length - 1, /** @type {number} */ (visibles.at(-1))]);
  }
}
