/**
 * Placer les valeurs d'une grille officielle : un champ, puis sa case, à la souris ou au clavier.
 * Sans ce module, l'adresse de chaque case s'écrit dans son champ et le formulaire s'envoie de la même façon.
 */

const page = /** @type {HTMLElement | null} */ (document.querySelector("[data-placement]"));
if (page) placer(page);

/** @param {HTMLElement} page */
function placer(page) {
  const champs = /** @type {HTMLInputElement[]} */ ([...page.querySelectorAll("input[data-case]")]);
  const cases = /** @type {HTMLElement[]} */ ([...page.querySelectorAll("td[data-adresse]")]);
  const parAdresse = new Map(cases.map((une) => [une.dataset.adresse ?? "", une]));
  const etat = page.querySelector("[data-etat]");
  const style = () => page.querySelector("input[name=style]:checked")?.getAttribute("value");
  /** @type {HTMLInputElement | undefined} */
  let actif = champs.find((champ) => !champ.value) ?? champs[0];

  /** @param {string} phrase */
  const dire = (phrase) => {
    if (etat) etat.textContent = phrase;
  };

  /** @param {HTMLInputElement | undefined} champ */
  const activer = (champ) => {
    actif?.classList.remove("champ-actif");
    actif = champ;
    actif?.classList.add("champ-actif");
    if (actif) dire(`À placer : ${actif.dataset.case}. Choisissez sa case.`);
    else dire("Toutes les valeurs visibles ont une case. Enregistrez.");
  };

  /** Ce qui s'écrira dans chaque case, comme le serveur le dira. */
  const marquer = () => {
    for (const une of cases) delete une.dataset.quoi;
    const colonnes = champs.filter((champ) => champ.dataset.colonne).map((champ) => champ.value.trim().toUpperCase());
    for (const champ of champs) {
      if (champ.dataset.colonne || !champ.value) continue;
      const { niveau } = champ.dataset;
      if (niveau && style() === "croix") {
        const [, feuille, ligne] = /^(.*!)[A-Z]+(\d+)$/.exec(champ.value) ?? [];
        colonnes.forEach((colonne, rang) => nommer(`${feuille}${colonne}${ligne}`, `${niveau} · ${rang + 1}`));
      } else {
        nommer(champ.value, niveau ?? champ.dataset.case ?? "");
      }
    }
  };

  /**
   * @param {string} adresse
   * @param {string} quoi
   */
  const nommer = (adresse, quoi) => {
    const une = parAdresse.get(adresse);
    if (une) une.dataset.quoi = quoi;
  };

  /** @param {HTMLElement} une */
  const choisir = (une) => {
    if (!actif) return;
    const adresse = une.dataset.adresse ?? "";
    const ecrit = actif.dataset.colonne ? (/!([A-Z]+)\d+$/.exec(adresse)?.[1] ?? "") : adresse;
    actif.value = ecrit;
    const fait = actif;
    const suivants = champs.slice(champs.indexOf(fait) + 1);
    activer(suivants.find((champ) => !champ.value && champ.offsetParent));
    if (actif) dire(`${fait.dataset.case} : ${ecrit}. À placer : ${actif.dataset.case}.`);
    marquer();
    actif?.scrollIntoView({ block: "nearest" });
  };

  for (const champ of champs) {
    champ.addEventListener("focus", () => activer(champ));
    champ.addEventListener("input", marquer);
  }
  page.querySelectorAll("input[name=style]").forEach((choix) => choix.addEventListener("change", marquer));
  page.querySelectorAll("table[data-feuille]").forEach((table) => {
    parcourir(/** @type {HTMLTableElement} */ (table), choisir);
  });
  activer(actif);
  marquer();
}

/**
 * Les flèches vont d'une case à l'autre, Entrée ou Espace choisit : une seule case par feuille prend la tabulation.
 * @param {HTMLTableElement} table
 * @param {(une: HTMLElement) => void} choisir
 */
function parcourir(table, choisir) {
  const cases = /** @type {HTMLElement[]} */ ([...table.querySelectorAll("td[data-adresse]")]);
  if (!cases.length) return;
  table.setAttribute("role", "grid");
  cases.forEach((une, rang) => (une.tabIndex = rang ? -1 : 0));
  /** @param {HTMLElement} une */
  const viser = (une) => {
    cases.forEach((autre) => (autre.tabIndex = -1));
    une.tabIndex = 0;
    une.focus();
  };
  const trouver = (/** @type {EventTarget | null} */ cible) =>
    cible instanceof Element ? /** @type {HTMLElement | null} */ (cible.closest("td[data-adresse]")) : null;
  table.addEventListener("click", ({ target }) => {
    const une = trouver(target);
    if (!une) return;
    viser(une);
    choisir(une);
  });
  table.addEventListener("keydown", (evenement) => {
    const une = trouver(evenement.target);
    if (!une) return;
    if (evenement.key === "Enter" || evenement.key === " ") {
      evenement.preventDefault();
      choisir(une);
      return;
    }
    const voisine = voisineDe(cases, une, evenement.key);
    if (!voisine) return;
    evenement.preventDefault();
    viser(voisine);
  });
}

/**
 * La case la plus proche dans la direction de la flèche, telle qu'on la voit (les fusions décalent les rangs).
 * @param {HTMLElement[]} cases
 * @param {HTMLElement} depart
 * @param {string} touche
 */
function voisineDe(cases, depart, touche) {
  const rang = cases.indexOf(depart);
  if (touche === "ArrowRight") return cases[rang + 1];
  if (touche === "ArrowLeft") return cases[rang - 1];
  if (touche !== "ArrowDown" && touche !== "ArrowUp") return undefined;
  const ici = depart.getBoundingClientRect();
  const plusBas = touche === "ArrowDown";
  return cases
    .map((une) => ({ une, la: une.getBoundingClientRect() }))
    .filter(({ la }) => (plusBas ? la.top >= ici.bottom - 1 : la.bottom <= ici.top + 1))
    .filter(({ la }) => la.left <= ici.left + 1 && la.right > ici.left + 1)
    .sort((a, b) => (plusBas ? a.la.top - b.la.top : b.la.bottom - a.la.bottom))[0]?.une;
}
