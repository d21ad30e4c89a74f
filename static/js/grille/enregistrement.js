// L'état d'ensemble de l'enregistrement : affiché en clair, annoncé en résumé, et gardé à la fermeture de la page.

import { heure } from "./etat.js";

const CALME = 1500;
// Un envoi ordinaire est fini avant : l'afficher à chaque touche clignoterait.
const PATIENCE = 600;

/**
 * @param {import("./file.js").FileEnvoi} file
 * @param {import("./session.js").Session} session
 */
export function brancherEnregistrement(file, session) {
  const affichage = document.getElementById("grille-enregistrement");
  const annonce = document.getElementById("grille-annonce");
  const alerte = /** @type {HTMLElement} */ (document.getElementById("grille-session"));
  const auRepos = affichage?.textContent?.trim() ?? "";
  let derniere = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let minuterie;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let patience;

  file.addEventListener("issue", (evenement) => {
    const { issue } = /** @type {CustomEvent} */ (evenement).detail;
    if (issue.statut === 200) derniere = issue.le;
  });
  file.addEventListener("etat", () => {
    if (affichage) affichage.dataset.attente = String(file.entrees.length);
    clearTimeout(patience);
    patience = setTimeout(montrer, resumer()[0] === "attente" ? PATIENCE : 0);
  });
  session.addEventListener("perte", montrer);
  session.addEventListener("retour", montrer);
  addEventListener("offline", montrer);
  addEventListener("beforeunload", (evenement) => {
    if (file.bilan.attente || file.bilan.conflits || file.bilan.refus) evenement.preventDefault();
  });

  function montrer() {
    const [etat, texte] = resumer();
    alerte.hidden = !session.estPerdue;
    const nombre = document.getElementById("grille-session-nombre");
    if (nombre) nombre.textContent = file.entrees.length ? `${pluriel(file.entrees.length)} en attente.` : "";
    if (!affichage || (affichage.dataset.etat === etat && affichage.textContent === texte)) return;
    affichage.dataset.etat = etat;
    affichage.textContent = texte;
    clearTimeout(minuterie);
    minuterie = setTimeout(() => annoncer(texte), CALME);
  }

  /** @returns {[string, string]} */
  function resumer() {
    const { attente, conflits, refus, horsLigne } = file.bilan;
    const garde = file.magasin.estDurable ? "gardées sur ce poste" : "à ne pas fermer : ce navigateur ne garde rien";
    if (session.estPerdue) return ["session", `Session expirée · ${pluriel(file.entrees.length)} en attente`];
    if (attente && (horsLigne || !navigator.onLine)) return ["horsligne", `Hors ligne · ${pluriel(attente)} ${garde}`];
    if (conflits) return ["conflit", `${conflits} conflit${conflits > 1 ? "s" : ""} à trancher (touche c)`];
    if (refus) return ["refus", `${refus} saisie${refus > 1 ? "s" : ""} refusée${refus > 1 ? "s" : ""} (touche c)`];
    if (attente) return ["attente", `${pluriel(attente)} en cours d'envoi`];
    return derniere ? ["enregistre", `Enregistré ${heure(derniere)}`] : ["repos", auRepos];
  }

  /** @param {string} texte */
  function annoncer(texte) {
    if (annonce) annonce.textContent = texte;
  }

  return annoncer;
}

/** @param {number} nombre */
const pluriel = (nombre) => `${nombre} saisie${nombre > 1 ? "s" : ""}`;
