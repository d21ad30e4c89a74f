// La page d'un apprenant : les formulaires marchent seuls ; ici ils s'enregistrent sans recharger, même hors ligne.

import { brancherEnregistrement } from "./enregistrement.js";
import { Etat, lireDonnees } from "./etat.js";
import { FileEnvoi } from "./file.js";
import { ouvrirMagasin } from "./magasin.js";
import { Releve } from "./releve.js";
import { Saisies } from "./saisies.js";
import { Session } from "./session.js";

/** @typedef {import("./etat.js").Case} Case */

demarrer(await ouvrirMagasin());

/** @param {import("./magasin.js").Magasin} magasin */
async function demarrer(magasin) {
  const donnees = lireDonnees();
  const etat = new Etat(donnees);
  const session = new Session(donnees);
  const file = new FileEnvoi(magasin, session, donnees);
  const saisies = new Saisies(etat, file);
  const formulaires = /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll(".apprenant-detail"));
  etat.ajouterLigne(0, document.querySelector("h1")?.textContent?.trim() ?? "");
  const remarque = /** @type {HTMLFormElement} */ (document.getElementById("apprenant-observation"));
  const general = /** @type {Case} */ (etat.apprenants.get(donnees.lignes[0][0]));

  for (const formulaire of formulaires) relier(formulaire);
  relierLaRemarque();
  etat.addEventListener("case", (evenement) => peindre(/** @type {CustomEvent} */ (evenement).detail));
  brancherEnregistrement(file, session);
  brancherLesPas(file, session);
  const releve = new Releve(etat, file, session);
  // Ce qui attend encore sera refusé à l'écran, pas perdu dans un rechargement.
  releve.addEventListener("verrou", () => file.entrees.length || location.reload());
  saisies.restaurer(await file.reprendre());
  file.vider();
  document.body.dataset.pret = "oui";

  /** @param {HTMLFormElement} formulaire */
  function relier(formulaire) {
    const c = etat.cases.get(`${donnees.lignes[0][0]}:${formulaire.dataset.detaillee}`);
    if (!c) return;
    c.element = formulaire;
    const note = /** @type {HTMLTextAreaElement} */ (formulaire.elements.namedItem("observation"));
    etat.initialiser(c, formulaire.dataset.niveau ?? "", note.value);
    const garder = () => donnees.peutNoter && saisies.noter(c, note.value.trim());
    note.addEventListener("change", garder);
    addEventListener("pagehide", garder);
    formulaire.addEventListener("submit", (evenement) => {
      evenement.preventDefault();
      const bouton = /** @type {HTMLButtonElement | null} */ (evenement.submitter);
      garder();
      if (bouton && donnees.peutNoter && !note.parentElement?.contains(bouton)) {
        saisies.appliquer([{ c, valeur: bouton.value }]);
      }
    });
    formulaire.addEventListener("click", (evenement) => choisir(evenement, c));
  }

  /** Un conflit se tranche sur place. @param {MouseEvent} evenement @param {Case} c */
  function choisir(evenement, c) {
    const bouton = evenement.target instanceof Element ? evenement.target.closest("[data-trancher]") : null;
    if (bouton instanceof HTMLButtonElement) saisies.trancher(c, bouton.dataset.trancher === "imposer");
  }

  function relierLaRemarque() {
    const texte = /** @type {HTMLTextAreaElement} */ (remarque.elements.namedItem("texte"));
    const version = Number(/** @type {HTMLInputElement} */ (remarque.elements.namedItem("version")).value);
    general.serveur = { ...general.serveur, version };
    general.element = remarque;
    etat.initialiser(general, "", texte.value);
    const garder = () => donnees.peutNoter && saisies.noter(general, texte.value.trim());
    texte.addEventListener("change", garder);
    addEventListener("pagehide", garder);
    remarque.addEventListener("submit", (evenement) => {
      evenement.preventDefault();
      garder();
    });
  }

  /** @param {Case} c */
  function peindre(c) {
    if (c === general) {
      const texte = /** @type {HTMLTextAreaElement} */ (remarque.elements.namedItem("texte"));
      if (document.activeElement !== texte) texte.value = c.observation;
      return;
    }
    const formulaire = c.element;
    if (!formulaire) return;
    formulaire.dataset.niveau = c.valeur;
    formulaire.dataset.etat = c.statut;
    for (const bouton of formulaire.querySelectorAll("button[aria-pressed]")) {
      bouton.ariaPressed = String(/** @type {HTMLButtonElement} */ (bouton).value === c.valeur);
    }
    const note = /** @type {HTMLTextAreaElement} */ (/** @type {HTMLFormElement} */ (formulaire).elements.namedItem("observation"));
    if (document.activeElement !== note) note.value = c.observation;
    direLEtat(formulaire, c);
    const bilan = document.getElementById("apprenant-bilan");
    const cases = etat.tableau[0].filter(Boolean);
    if (bilan) bilan.textContent = `${cases.filter((autre) => autre?.valeur).length}/${cases.length}`;
  }

  /** @param {HTMLElement} formulaire @param {Case} c */
  function direLEtat(formulaire, c) {
    const etatDuDetail = /** @type {HTMLElement} */ (formulaire.querySelector(".detail-etat"));
    etatDuDetail.textContent = etat.direStatut(c);
    const choix = c.statut === "conflit" ? ["garder", "imposer"] : c.statut === "refus" ? ["garder"] : [];
    for (const acte of choix) {
      const bouton = document.createElement("button");
      bouton.type = "button";
      bouton.className = "btn btn-sm btn-outline-primary";
      bouton.dataset.trancher = acte;
      bouton.textContent = acte === "imposer" ? `Imposer « ${etat.dire(c.valeur)} »` : `Garder « ${etat.dire(c.serveur.valeur)} »`;
      etatDuDetail.append(" ", bouton);
    }
  }
}

/**
 * Passer à un autre apprenant attend que tout soit parti ; sans réseau, on reste sur la page plutôt que sur une erreur.
 * @param {FileEnvoi} file @param {Session} session
 */
function brancherLesPas(file, session) {
  const avis = /** @type {HTMLElement} */ (document.getElementById("apprenant-avis"));
  for (const lien of /** @type {NodeListOf<HTMLAnchorElement>} */ (document.querySelectorAll(".apprenant-pas a"))) {
    lien.addEventListener("click", async (evenement) => {
      if (evenement.ctrlKey || evenement.metaKey || evenement.shiftKey) return;
      evenement.preventDefault();
      lien.ariaBusy = "true";
      const peutPartir = navigator.onLine && (await session.rafraichir());
      for (let essai = 0; peutPartir && file.bilan.attente && essai < 20; essai += 1) {
        await new Promise((suite) => setTimeout(suite, 100));
      }
      lien.ariaBusy = null;
      if (peutPartir) location.assign(lien.href);
      else if (!session.estPerdue) avis.textContent = sansReseau(lien);
    });
  }
  addEventListener("online", () => (avis.textContent = ""));
  session.addEventListener("retour", () => (avis.textContent = ""));
}

/** Une page voisine n'est pas gardée sur le poste : on le dit, avec le nom de qui l'on attend. @param {HTMLElement} lien */
function sansReseau(lien) {
  const nom = lien.querySelector("[data-nom]")?.textContent ?? "l'apprenant";
  return `Pas de réseau : la page de ${nom} s'ouvrira à son retour. Restez ici, vos saisies y sont gardées et partiront d'elles-mêmes.`;
}
