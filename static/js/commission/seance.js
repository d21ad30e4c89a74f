// La séance : les touches, les formulaires tenus à jour sans toucher à une saisie en cours, les saisies gardées.

import { brancherClavier } from "./clavier.js";
import { brancherBrouillons } from "./brouillons.js";

/** @typedef {{ version: number, arrondies: string[], bloquantes: string[], note: Record<string, string>, synthese: Record<string, string>, positions: Record<string, { niveau: string, motif: string, version: number }> }} Donnees */

const seance = document.querySelector("[data-seance]");
const annonces = document.getElementById("annonces");
/** @type {Map<HTMLFormElement, boolean>} */
const commences = new Map();
/** @type {Set<string>} */
let deplies = new Set();

if (seance instanceof HTMLElement) demarrer(seance);

/** @param {HTMLElement} racine */
function demarrer(racine) {
  for (const formulaire of formulaires()) {
    formulaire.addEventListener("input", () => commences.set(formulaire, true));
  }
  champ("position", "competence")?.addEventListener("change", () => viser(champ("position", "competence")?.value ?? ""));
  // S'écarter de l'arrondi se motive : le champ est déjà là.
  champ("note", "note")?.addEventListener("input", () => deplierLesTextes(champ("note", "note")?.form));
  champ("note", "bonus")?.addEventListener("input", suivreLeBonus);
  const jeter = brancherBrouillons(racine.dataset.seance ?? "", formulaires(), (formulaire) => commences.set(formulaire, true));
  brancherClavier(viserEtAller);
  document.addEventListener("click", surClic);
  document.body.addEventListener("htmx:beforeRequest", (evenement) => {
    // Un onglet caché ne demande rien.
    const verbe = detail(evenement).requestConfig?.verb;
    if (verbe === "post") dire("Enregistrement…");
    else if (document.hidden) evenement.preventDefault();
  });
  document.body.addEventListener("htmx:beforeSwap", avantDeRemplacer);
  document.body.addEventListener("htmx:afterSwap", rouvrir);
  document.body.addEventListener("htmx:afterRequest", (evenement) => apresEnvoi(evenement, jeter));
  document.body.addEventListener("htmx:sendError", () => dire("Rien n'est parti : vérifiez le réseau. Votre saisie est gardée."));
  document.body.dataset.pret = "oui";
}

/** @returns {HTMLFormElement[]} */
function formulaires() {
  return [...document.querySelectorAll("form[data-geste]")].filter((un) => un instanceof HTMLFormElement);
}

/** @param {Event} evenement @returns {any} */
const detail = (evenement) => /** @type {CustomEvent} */ (evenement).detail;

/** @param {string} geste @param {string} nom @returns {HTMLInputElement | null} */
function champ(geste, nom) {
  return document.querySelector(`form[data-geste="${geste}"] [name="${geste}-${nom}"]`);
}

/** @returns {Donnees} */
const donnees = () => JSON.parse(document.getElementById("seance-donnees")?.textContent ?? "{}");

/** @param {Event} evenement */
function avantDeRemplacer(evenement) {
  const lu = detail(evenement);
  const estLaSeance = lu.xhr.responseText.includes('id="lecture"');
  // Un refus se lit comme une réponse : sa raison, et ce qui est enregistré.
  if ([409, 422].includes(lu.xhr.status)) lu.isError = false;
  if (lu.xhr.status !== 204) lu.shouldSwap = estLaSeance;
  if (!estLaSeance && lu.xhr.status !== 204) {
    dire("La session a expiré, ou vous ne siégez plus : reconnectez-vous dans un autre onglet. Votre saisie est gardée.");
  }
  deplies = new Set([...document.querySelectorAll("#lecture details[open]")].map((un) => un.id));
}

function rouvrir() {
  for (const cle of deplies) document.getElementById(cle)?.setAttribute("open", "");
}

/** @param {Event} evenement @param {(formulaire: HTMLFormElement) => void} jeter */
function apresEnvoi(evenement, jeter) {
  const { elt, xhr, requestConfig } = detail(evenement);
  if (!document.getElementById("seance-donnees") || !xhr?.responseText.includes('id="lecture"')) return;
  const envoye = requestConfig.verb === "post" && elt instanceof HTMLFormElement ? elt : null;
  if (envoye && xhr.status === 200) {
    commences.set(envoye, false);
    jeter(envoye);
    for (const refus of document.querySelectorAll(".geste-refus")) refus.replaceChildren();
    dire(`Enregistré à ${new Date().toLocaleTimeString("fr-FR")}.`);
    if (envoye.contains(document.activeElement)) /** @type {HTMLElement} */ (document.activeElement).blur();
  }
  if (envoye && xhr.status !== 200) {
    deplierLesTextes(envoye);
    montrerCeQuiManque(envoye);
    dire("Rien n'est enregistré : lisez pourquoi, votre saisie est gardée.");
  }
  // Après son propre geste ou un conflit lu, toutes les versions sont celles que l'on voit maintenant.
  mettreAJour(envoye !== null && [200, 409].includes(xhr.status) ? envoye : null);
}

/** @param {HTMLFormElement | null} envoye */
function mettreAJour(envoye) {
  const lues = donnees();
  for (const formulaire of formulaires()) {
    const geste = formulaire.dataset.geste ?? "";
    const estVierge = !commences.get(formulaire);
    if (geste === "position") {
      const code = champ("position", "competence")?.value ?? "";
      if (estVierge) viser(code);
      else if (envoye === formulaire) poserVersion("position", lues.positions[code]?.version ?? 0);
      continue;
    }
    const estMien = envoye !== null && (envoye === formulaire || envoye.dataset.geste !== "position");
    if (estVierge || estMien) poserVersion(geste, lues.version);
    const valeurs = estVierge ? /** @type {any} */ (lues)[geste] ?? {} : {};
    for (const [nom, valeur] of Object.entries(valeurs)) remplir(champ(geste, nom), String(valeur));
  }
}

/** @param {string} geste @param {number} version */
const poserVersion = (geste, version) => remplir(champ(geste, "version"), String(version));

/** @param {HTMLInputElement | null} cible @param {string} valeur */
function remplir(cible, valeur) {
  if (cible && cible !== document.activeElement) cible.value = valeur;
}

/** Montre dans le formulaire ce que la commission a déjà dit d'une compétence. @param {string} code */
function viser(code) {
  const choix = champ("position", "competence");
  if (!choix) return;
  choix.value = code;
  const dite = donnees().positions[code] ?? { niveau: "", motif: "", version: 0 };
  poserVersion("position", dite.version);
  remplir(champ("position", "motif"), dite.motif);
  const form = choix.form;
  for (const radio of form?.querySelectorAll("input[type=radio]") ?? []) {
    if (radio instanceof HTMLInputElement) radio.checked = radio.value === dite.niveau && dite.niveau !== "";
  }
  if (form) commences.set(form, false);
}

/** Celle qui bloque la note d'abord, puis celles sans position ; un choix commencé ne bouge pas. @param {HTMLSelectElement} choix */
function prochaine(choix) {
  if (choix.form && commences.get(choix.form)) return "";
  const { bloquantes, positions } = donnees();
  const codes = [...choix.options].map((option) => option.value).filter((code) => !bloquantes.includes(code));
  const ordre = [...bloquantes, ...codes.filter((code) => !positions[code]?.niveau), ...codes.filter((code) => positions[code]?.niveau)];
  const yEst = document.activeElement?.closest("[data-niveaux]");
  return ordre[yEst ? (ordre.indexOf(choix.value) + 1) % ordre.length : 0];
}

/** P : la compétence choisie, celle qui bloque, ou la suivante si l'on y est déjà. @param {string} [code] */
function viserEtAller(code) {
  const choix = /** @type {HTMLSelectElement | null} */ (/** @type {unknown} */ (champ("position", "competence")));
  if (!choix) return;
  const visee = code || prochaine(choix);
  if (visee) viser(visee);
  const premier = choix.form?.querySelector("input[type=radio]:checked") ?? choix.form?.querySelector("input[type=radio]");
  if (premier instanceof HTMLElement) premier.focus();
}

/** @param {MouseEvent} evenement */
function surClic(evenement) {
  const cible = evenement.target instanceof Element ? evenement.target : null;
  const positionner = cible?.closest("[data-positionner]");
  if (positionner instanceof HTMLElement) {
    evenement.preventDefault();
    viserEtAller(positionner.dataset.positionner);
  }
  if (cible?.closest("[data-reprendre]")) reprendre();
  // Le champ que réclame un refus reste à l'écran.
  if (cible?.closest("[data-textes] > summary")?.closest("form")?.querySelector(".geste-refus p")) evenement.preventDefault();
}

function reprendre() {
  const texte = champ("synthese", "texte");
  const bilan = document.querySelector("[data-bilan]")?.textContent?.trim() ?? "";
  if (!texte) return;
  texte.value = [texte.value.trim(), bilan].filter(Boolean).join("\n");
  texte.dispatchEvent(new Event("input", { bubbles: true }));
  texte.focus();
}

/** @param {HTMLFormElement | null | undefined} formulaire */
function deplierLesTextes(formulaire) {
  formulaire?.querySelector("[data-textes]")?.setAttribute("open", "");
}

/** Le premier champ en cause reçoit le curseur. @param {HTMLFormElement} formulaire */
function montrerCeQuiManque(formulaire) {
  const dit = formulaire.querySelector(".geste-refus [data-champ]");
  const manque = dit instanceof HTMLElement ? champ(formulaire.dataset.geste ?? "", dit.dataset.champ ?? "") : null;
  manque?.closest("details")?.setAttribute("open", "");
  manque?.focus();
}

/** Le bonus change la note du calcul : une note restée sur l'arrondi se vide, le serveur y met la nouvelle. */
function suivreLeBonus() {
  const note = champ("note", "note");
  const lire = (/** @type {string} */ texte) => Number(texte.replace(",", "."));
  if (!note?.value || !donnees().arrondies.some((une) => lire(une) === lire(note.value))) return;
  note.value = "";
  dire("La note proposée suivra le calcul avec ce bonus.");
}

/** @param {string} phrase */
function dire(phrase) {
  if (annonces) annonces.textContent = phrase;
}

