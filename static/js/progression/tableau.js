// Le tableau des semestres : déplacer une séquence sans quitter la page, par ses boutons ou en la glissant par sa poignée.

const cadre = /** @type {HTMLElement | null} */ (document.querySelector("[data-tableau]"));
const annonce = document.querySelector("[data-annonce]");
if (cadre) brancher(cadre);

/** @param {HTMLElement} tableau */
function brancher(tableau) {
  tableau.addEventListener("submit", (evenement) => {
    const formulaire = /** @type {HTMLFormElement} */ (evenement.target);
    const bouton = /** @type {HTMLButtonElement | null} */ (evenement.submitter);
    if (!formulaire.matches("[data-deplacer]") || !bouton) return;
    evenement.preventDefault();
    deplacer(tableau, formulaire, bouton.value, bouton.dataset.sens ?? "");
  });
  tableau.addEventListener("pointerdown", (evenement) => {
    const poignee = evenement.target instanceof Element ? evenement.target.closest("[data-poignee]") : null;
    if (poignee instanceof HTMLElement && evenement.button === 0) glisser(tableau, poignee, evenement);
  });
  montrerLesPoignees(tableau);
  document.body.dataset.pret = "oui";
}

/** @param {HTMLElement} tableau */
function montrerLesPoignees(tableau) {
  for (const poignee of tableau.querySelectorAll("[data-poignee]")) poignee.removeAttribute("hidden");
}

/** @param {HTMLElement} tableau @param {HTMLElement} poignee @param {PointerEvent} debut */
function glisser(tableau, poignee, debut) {
  const carte = /** @type {HTMLElement} */ (poignee.closest("[data-carte]"));
  const origine = carte.closest("[data-semestre]");
  const arret = new AbortController();
  const ecoute = { signal: arret.signal };
  /** @type {Element | null} */
  let visee = null;
  debut.preventDefault();
  poignee.setPointerCapture(debut.pointerId);
  carte.classList.add("progression-enlevee");

  poignee.addEventListener("pointermove", (evenement) => {
    carte.style.translate = `${evenement.clientX - debut.clientX}px ${evenement.clientY - debut.clientY}px`;
    const dessous = document.elementsFromPoint(evenement.clientX, evenement.clientY);
    viser(dessous.find((un) => un instanceof HTMLElement && un.dataset.semestre) ?? null);
  }, ecoute);
  poignee.addEventListener("pointerup", () => {
    const cible = visee;
    finir();
    const formulaire = carte.querySelector("form");
    if (cible instanceof HTMLElement && cible !== origine && formulaire) {
      deplacer(tableau, formulaire, cible.dataset.semestre ?? "", "");
    }
  }, ecoute);
  poignee.addEventListener("pointercancel", finir, ecoute);
  document.addEventListener("keydown", (evenement) => {
    if (evenement.key === "Escape") finir();
  }, ecoute);

  /** @param {Element | null} semestre */
  function viser(semestre) {
    visee?.classList.remove("progression-visee");
    visee = semestre;
    visee?.classList.add("progression-visee");
  }

  function finir() {
    arret.abort();
    viser(null);
    carte.style.translate = "";
    carte.classList.remove("progression-enlevee");
  }
}

/** @param {HTMLElement} tableau @param {HTMLFormElement} formulaire @param {string} rang @param {string} sens */
async function deplacer(tableau, formulaire, rang, sens) {
  const corps = new FormData(formulaire);
  corps.set("rang", rang);
  const cle = String(corps.get("sequence"));
  try {
    const reponse = await fetch(formulaire.action, { method: "POST", body: corps, headers: { Accept: "application/json" } });
    if (!reponse.headers.get("Content-Type")?.includes("json")) {
      // Session expirée, ou droit retiré : la page entière le dira.
      location.reload();
      return;
    }
    const lu = await reponse.json();
    tableau.innerHTML = lu.tableau;
    montrerLesPoignees(tableau);
    reprendre(tableau, cle, sens);
    dire(lu.message || phraseDe(tableau, cle));
  } catch {
    dire("Rien n'est parti : vérifiez le réseau, puis recommencez.");
  }
}

/** Le foyer reste sur le bouton que l'on pressait ; au bout du cycle, sur l'autre. @param {HTMLElement} tableau @param {string} cle @param {string} sens */
function reprendre(tableau, cle, sens) {
  const carte = tableau.querySelector(`[data-carte="${cle}"]`);
  if (!(carte instanceof HTMLElement)) return;
  carte.dataset.deplacee = "oui";
  carte.scrollIntoView({ block: "nearest", inline: "nearest" });
  const bouton = carte.querySelector(`button[data-sens="${sens}"]:enabled`) ?? carte.querySelector("button:enabled");
  if (sens && bouton instanceof HTMLElement) bouton.focus({ preventScroll: true });
}

/** @param {HTMLElement} tableau @param {string} cle */
function phraseDe(tableau, cle) {
  const carte = tableau.querySelector(`[data-carte="${cle}"]`);
  const semestre = carte?.closest("[data-semestre]");
  const nom = carte?.querySelector("h4")?.textContent?.trim() ?? "";
  return semestre instanceof HTMLElement ? `${nom} : ${semestre.dataset.nom}.` : "";
}

/** @param {string} phrase */
function dire(phrase) {
  if (annonce) annonce.textContent = phrase;
}
