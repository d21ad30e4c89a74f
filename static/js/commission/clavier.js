// Les touches de la séance ; dans un champ, une touche est du texte.

/** @param {EventTarget | null} cible */
const estUneSaisie = (cible) =>
  cible instanceof HTMLElement && cible.matches("textarea, select, input:not([type=radio], [type=checkbox])");

/** @param {string} choix */
const suivre = (choix) => /** @type {HTMLAnchorElement | null} */ (document.querySelector(choix))?.click();

/** @param {string} choix */
function aller(choix) {
  const champ = document.querySelector(choix);
  if (!(champ instanceof HTMLElement)) return;
  const plie = champ.closest("details");
  if (plie) plie.open = true;
  champ.focus();
  if (champ instanceof HTMLInputElement) champ.select();
}

function deplierLesPreuves() {
  const details = [...document.querySelectorAll("details[data-preuves]")].filter((un) => un instanceof HTMLDetailsElement);
  const ouvrir = !details.some((un) => un.open);
  for (const un of details) un.open = ouvrir;
}

function deplierLeCalcul() {
  const calcul = document.getElementById("calcul-deplie");
  if (calcul instanceof HTMLDetailsElement) calcul.open = !calcul.open;
}

/** @param {HTMLElement} zone @param {string} chiffre */
function choisirNiveau(zone, chiffre) {
  const radio = zone.querySelector(`input[value="${chiffre}"]`);
  if (!(radio instanceof HTMLInputElement)) return;
  radio.checked = true;
  radio.dispatchEvent(new Event("input", { bubbles: true }));
  aller('form[data-geste="position"] textarea');
}

/** @param {(code?: string) => void} positionner */
export function brancherClavier(positionner) {
  /** @type {Record<string, () => void>} */
  const touches = {
    ArrowLeft: () => suivre('a[rel="prev"]'),
    ArrowRight: () => suivre('a[rel="next"]'),
    n: () => aller('[name="note-note"]'),
    b: () => aller('[name="note-bonus"]'),
    s: () => aller('[name="synthese-texte"]'),
    a: () => aller('[name="etat-etat"]'),
    p: () => positionner(),
    v: deplierLesPreuves,
    c: deplierLeCalcul,
    t: () => suivre("a[data-classe]"),
  };
  document.addEventListener("keydown", (evenement) => {
    if (evenement.defaultPrevented || evenement.altKey || evenement.metaKey) return;
    const cible = evenement.target instanceof HTMLElement ? evenement.target : null;
    if (evenement.key === "Escape" && cible?.closest("form[data-geste]")) return cible.blur();
    if (evenement.ctrlKey) {
      if (evenement.key === "Enter") cible?.closest("form")?.requestSubmit();
      return;
    }
    if (estUneSaisie(cible)) return;
    const niveaux = cible?.closest("[data-niveaux]");
    const touche = evenement.key.length === 1 ? evenement.key.toLowerCase() : evenement.key;
    if (niveaux instanceof HTMLElement && /^[1-4]$/.test(touche)) choisirNiveau(niveaux, touche);
    else if (niveaux && touche.startsWith("Arrow")) return;
    else if (/^[1-9]$/.test(touche)) suivre(`a[data-epreuve="${touche}"]`);
    else if (touche in touches) touches[touche]();
    else return;
    evenement.preventDefault();
  });
}
