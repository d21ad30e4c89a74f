// L'échelle : déplier une compétence sans recharger ; en brouillon, poser un niveau au clavier, case par case.

const NIVEAUX = ["1", "2", "3", "4"];
const VIDER = ["Delete", "Backspace", "0"];
const PAS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

for (const lien of document.querySelectorAll("[data-deplier]")) brancherLeDepliage(/** @type {HTMLElement} */ (lien));
const table = /** @type {HTMLElement | null} */ (document.querySelector("[data-echelle]"));
if (table) brancherLaSaisie(table);

/** @param {HTMLElement} lien */
function brancherLeDepliage(lien) {
  const cible = document.getElementById(lien.dataset.deplier ?? "");
  if (!cible) return;
  lien.setAttribute("role", "button");
  lien.setAttribute("aria-controls", cible.id);
  lien.ariaExpanded = String(!cible.hidden);
  lien.addEventListener("click", (evenement) => {
    evenement.preventDefault();
    cible.hidden = !cible.hidden;
    lien.ariaExpanded = String(!cible.hidden);
  });
  lien.addEventListener("keydown", (evenement) => {
    if (evenement.key !== " ") return;
    evenement.preventDefault();
    lien.click();
  });
}

/** @param {HTMLElement} echelle */
function brancherLaSaisie(echelle) {
  const annonce = /** @type {HTMLElement} */ (document.querySelector("[data-annonce]"));
  /** @type {HTMLButtonElement} */
  let courante = /** @type {HTMLButtonElement} */ (echelle.querySelector("button[data-cle]"));
  // Les envois se suivent : la version d'une case est celle que le serveur vient de rendre.
  let suite = Promise.resolve();
  courante.tabIndex = 0;

  echelle.addEventListener("focusin", (evenement) => {
    const bouton = bouttonDe(evenement.target);
    if (bouton) choisir(bouton);
  });
  echelle.addEventListener("keydown", (evenement) => {
    if (!bouttonDe(evenement.target) || evenement.ctrlKey || evenement.altKey || evenement.metaKey) return;
    const touche = evenement.key;
    if (touche in PAS) aller(PAS[/** @type {keyof typeof PAS} */ (touche)]);
    else if (NIVEAUX.includes(touche)) poser(touche);
    else if (VIDER.includes(touche)) poser("");
    else return;
    evenement.preventDefault();
  });
  document.querySelector(".echelle-outils")?.addEventListener("click", (evenement) => {
    const bouton = evenement.target instanceof Element ? evenement.target.closest("[data-poser]") : null;
    if (bouton instanceof HTMLElement) poser(bouton.dataset.poser ?? "");
  });
  document.body.dataset.pret = "oui";

  /** @param {EventTarget | null} cible */
  function bouttonDe(cible) {
    return cible instanceof HTMLButtonElement && cible.dataset.cle ? cible : null;
  }

  /** @param {HTMLButtonElement} bouton */
  function choisir(bouton) {
    courante.tabIndex = -1;
    bouton.tabIndex = 0;
    courante.classList.remove("echelle-choisie");
    bouton.classList.add("echelle-choisie");
    courante = bouton;
  }

  /** @param {number[]} pas lignes, colonnes */
  function aller([bas, droite]) {
    const rangees = [...echelle.querySelectorAll("tr[data-ligne]")].filter((une) => !une.closest("[hidden]"));
    const rangee = rangees.indexOf(/** @type {Element} */ (courante.closest("tr"))) + bas;
    const boutons = rangees[rangee]?.querySelectorAll("button[data-cle]");
    const colonne = Number(courante.closest("td")?.cellIndex) - 1 + droite;
    /** @type {HTMLButtonElement | undefined} */ (boutons?.[colonne])?.focus();
  }

  /** @param {string} niveau */
  function poser(niveau) {
    const { cle = "", rang = "" } = courante.dataset;
    suite = suite.then(() => envoyer(cle, rang, niveau)).catch(() => dire("Rien n'est parti : vérifiez le réseau, puis recommencez."));
  }

  /** @param {string} cle @param {string} rang @param {string} niveau */
  async function envoyer(cle, rang, niveau) {
    const visee = caseDe(cle, rang);
    const corps = new URLSearchParams({ cle, rang, niveau, version: visee?.dataset.version ?? "0" });
    const reponse = await fetch(echelle.dataset.echelle ?? "", {
      method: "POST",
      headers: { "X-CSRFToken": echelle.dataset.jeton ?? "", Accept: "application/json" },
      body: corps,
    });
    const lu = await reponse.json();
    for (const [ligne, cases] of Object.entries(lu.lignes ?? {})) redessiner(ligne, /** @type {string} */ (cases));
    dire(lu.message || `Enregistré à ${new Date().toLocaleTimeString("fr-FR")}.`);
  }

  /** @param {string} cle @param {string} cases */
  function redessiner(cle, cases) {
    const rangee = echelle.querySelector(`tr[data-ligne="${cle}"]`);
    if (!rangee) return;
    const rang = rangee.contains(courante) ? courante.dataset.rang ?? "" : "";
    const avaitLeFoyer = document.activeElement === courante;
    for (const vieille of rangee.querySelectorAll("td")) vieille.remove();
    rangee.insertAdjacentHTML("beforeend", cases);
    const neuve = rang ? caseDe(cle, rang) : null;
    if (!neuve) return;
    choisir(neuve);
    if (avaitLeFoyer) neuve.focus();
  }

  /** @param {string} cle @param {string} rang */
  function caseDe(cle, rang) {
    return /** @type {HTMLButtonElement | null} */ (
      echelle.querySelector(`button[data-cle="${cle}"][data-rang="${rang}"]`)
    );
  }

  /** @param {string} phrase */
  function dire(phrase) {
    annonce.textContent = phrase;
  }
}
