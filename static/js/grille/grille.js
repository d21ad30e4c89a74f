// La grille de classe : assemble les modules, chacun pour un seul comportement.

import { brancherClavier } from "./clavier.js";
import { Dessin } from "./dessin.js";
import { brancherEnregistrement } from "./enregistrement.js";
import { Etat, lireDonnees } from "./etat.js";
import { FileEnvoi } from "./file.js";
import { ouvrirMagasin } from "./magasin.js";
import {
  brancherAvance,
  brancherDensite,
  brancherFiltres,
  brancherPile,
  compterLesColonnes,
  confirmer,
} from "./outils.js";
import { Panneau } from "./panneau.js";
import { brancherPressePapiers } from "./presse_papiers.js";
import { Releve } from "./releve.js";
import { Saisies } from "./saisies.js";
import { Selection } from "./selection.js";
import { Session } from "./session.js";

/** @typedef {import("./saisies.js").Changement} Changement */

const tableau = /** @type {HTMLTableElement | null} */ (document.getElementById("grille"));
if (tableau) {
  // Avant d'attendre : la largeur des colonnes est connue dès la première image.
  compterLesColonnes(tableau, tableau.tHead?.rows[1].cells.length ?? 0);
  demarrer(tableau, await ouvrirMagasin());
}

/** @param {HTMLTableElement} tableau @param {import("./magasin.js").Magasin} magasin */
function demarrer(tableau, magasin) {
  const donnees = lireDonnees();
  const etat = new Etat(donnees);
  const dessin = new Dessin(etat, tableau);
  const selection = new Selection(etat, dessin);
  const session = new Session(donnees);
  const file = new FileEnvoi(magasin, session, donnees);
  const saisies = new Saisies(etat, file);
  const annoncer = brancherEnregistrement(file, session);
  const avance = brancherAvance();
  const panneau = new Panneau(etat, selection, saisies, poser);
  const actes = {
    valeur: poser,
    annuler: () => rejouer(saisies.annuler(), "Annulé"),
    refaire: () => rejouer(saisies.refaire(), "Refait"),
    note: (/** @type {boolean} */ surApprenant) => panneau.ouvrirNote(surApprenant),
    historique: () => panneau.ouvrirHistorique(),
    fermer: () => panneau.fermer(),
    conflit: () => panneau.prochainConflit(),
    coller: (/** @type {{changements: Changement[], illisibles: string[], hors: number}} */ lu) => coller(lu),
    copier: (/** @type {number} */ nombre) => annoncer(`${nombre} case${nombre > 1 ? "s copiées" : " copiée"}`),
    peutNoter: donnees.peutNoter,
  };
  brancherClavier(tableau, selection, actes);
  brancherPressePapiers(selection, actes);
  brancherFiltres(etat, dessin, selection);
  brancherDensite(tableau);
  brancherPile(saisies, actes.annuler, actes.refaire);
  const outils = document.getElementById("grille-outils");
  if (outils) outils.hidden = false;

  const releve = new Releve(etat, file, session);
  // Ce qui attend encore sera refusé à l'écran, pas perdu dans un rechargement.
  releve.addEventListener("verrou", () => file.entrees.length || location.reload());
  releve.addEventListener("autrui", (evenement) => {
    for (const c of /** @type {CustomEvent} */ (evenement).detail) clignoter(c);
  });
  charger();

  async function charger() {
    saisies.restaurer(await file.reprendre());
    file.vider();
    try {
      const reponse = await fetch(donnees.urls.complements);
      if (reponse.ok) etat.completer(await reponse.json());
    } catch {
      // Hors ligne : la grille se remplit sans les descripteurs.
    }
    tableau.dataset.pret = "oui";
  }

  /** Une touche de niveau : la case du curseur, ou toute la sélection après confirmation. @param {string} valeur */
  async function poser(valeur) {
    if (!donnees.peutNoter) return;
    const cibles = selection.cibles;
    if (cibles.length > 1) {
      await remplir(cibles.map((c) => ({ c, valeur })), valeur ? `Mettre « ${etat.dire(valeur)} »` : "Vider");
      return;
    }
    saisies.appliquer(cibles.map((c) => ({ c, valeur })));
    if (document.activeElement === selection.courante?.element) avancer();
    else selection.aller(selection.courante, true);
  }

  function avancer() {
    const sens = avance();
    if (sens === "rien") return;
    const suivante = sens === "droite" ? selection.suivante(1) : selection.voisine(1, 0);
    // Changer de ligne sans le vouloir ne doit pas écraser ce qui est fait.
    const ecraserait = sens === "droite" && suivante?.ligne !== selection.courante?.ligne && suivante?.valeur;
    if (suivante && !ecraserait) {
      selection.aller(suivante);
      return;
    }
    const avis = suivante ? `Fin de ligne : ${suivante.nom} est déjà rempli à cet endroit.` : "Fin de la grille.";
    panneau.aviser(avis);
    annoncer(avis);
  }

  /** Dit ce qui va changer avant de le changer. @param {Changement[]} changements @param {string} titre @param {string} [reserves] */
  async function remplir(changements, titre, reserves = "") {
    const utiles = changements.filter(({ c, valeur }) => c.valeur !== valeur);
    const remplacees = utiles.filter(({ c }) => c.valeur).length;
    const vides = utiles.length - remplacees;
    const detail = [
      vides ? accorder(vides, "vide") : "",
      remplacees ? `${remplacees} déjà ${accord("remplie", remplacees)}` : "",
    ].filter(Boolean).join(", ");
    const effet = utiles.length > 1 ? `${utiles.length} cases changeront` : "1 case changera";
    const texte = `${utiles.length ? `${effet} : ${detail}.` : "Aucune case ne changerait."} ${reserves}`.trim();
    if (!(await confirmer(titre, texte, utiles.length > 0))) {
      selection.aller(selection.courante, true);
      return;
    }
    saisies.appliquer(utiles);
    selection.aller(selection.courante, true);
    annoncer(`${compter(utiles.length)}. Ctrl Z pour annuler.`);
  }

  /** @param {{changements: Changement[], illisibles: string[], hors: number}} lu */
  async function coller({ changements, illisibles, hors }) {
    if (changements.length === 1 && !illisibles.length && !hors) {
      saisies.appliquer(changements);
      return;
    }
    const exemples = [...new Set(illisibles)].slice(0, 3).map((texte) => `« ${texte.slice(0, 12)} »`).join(", ");
    const reserves = [
      illisibles.length ? `${accorder(illisibles.length, "illisible")} ${accord("ignorée", illisibles.length)} (${exemples}).` : "",
      hors ? `${hors} hors de la grille ou de l'option, ${accord("ignorée", hors)}.` : "",
    ].filter(Boolean).join(" ");
    await remplir(changements, "Coller ce bloc", reserves);
  }

  /** @param {ReturnType<typeof saisies.annuler>} issue @param {string} mot */
  function rejouer(issue, mot) {
    if (!issue) return annoncer("Rien à reprendre.");
    selection.aller(issue.faits[0] ?? issue.laisses[0]);
    const reste = issue.laisses.length ? ` ${compter(issue.laisses.length, "laissée")} : changées par quelqu'un d'autre.` : "";
    annoncer(`${mot} : ${compter(issue.faits.length)}.${reste}`);
  }
}

/** @param {number} nombre @param {string} [participe] */
function compter(nombre, participe = "changée") {
  const pluriel = nombre > 1 ? "s" : "";
  return `${nombre} case${pluriel} ${participe}${pluriel}`;
}

/** @param {string} mot @param {number} nombre */
const accord = (mot, nombre) => (nombre > 1 ? `${mot}s` : mot);

/** @param {number} nombre @param {string} mot */
const accorder = (nombre, mot) => `${nombre} ${accord(mot, nombre)}`;

/** @param {import("./etat.js").Case} c */
function clignoter(c) {
  c.element?.classList.add("autrui");
  setTimeout(() => c.element?.classList.remove("autrui"), 4000);
}
