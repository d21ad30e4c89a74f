/**
 * Saisie d'une situation : n'ouvrir que les épreuves choisies, tout cocher, ajouter une ligne d'inventaire.
 * Sans ce module, tout est ouvert et le formulaire s'envoie de la même façon.
 */

const formulaire = /** @type {HTMLFormElement | null} */ (document.querySelector("[data-formulaire-situation]"));
if (formulaire) {
  ouvrirLesEpreuves(formulaire);
  formulaire.querySelectorAll("[data-groupe]").forEach((groupe) => toutCocher(/** @type {HTMLElement} */ (groupe)));
  const inventaire = /** @type {HTMLElement | null} */ (formulaire.querySelector("[data-inventaire]"));
  if (inventaire) ajouterDesLignes(inventaire);
  montrerEntreprise(formulaire);
  exclureMobilisees(formulaire);
  retirerLesErreurs(formulaire);
}

/**
 * Une case touchée répond au reproche fait à son groupe : il s'en va, le serveur jugera au prochain envoi.
 * @param {HTMLFormElement} formulaire
 */
function retirerLesErreurs(formulaire) {
  formulaire.addEventListener("change", ({ target }) => {
    if (!(target instanceof HTMLInputElement)) return;
    formulaire.querySelectorAll(`[data-erreur="${CSS.escape(target.name)}"]`).forEach((erreur) => erreur.remove());
  });
}

/**
 * Une épreuve décochée ferme son bloc ; ses cases ne partent pas avec le formulaire, sans perdre leur état.
 * @param {HTMLFormElement} formulaire
 */
function ouvrirLesEpreuves(formulaire) {
  const choix = /** @type {NodeListOf<HTMLInputElement>} */ (formulaire.querySelectorAll("[data-ouvre]"));
  const invite = /** @type {HTMLElement | null} */ (formulaire.querySelector("[data-invite-epreuve]"));
  const montrer = () => {
    for (const epreuve of choix) {
      const bloc = document.getElementById(epreuve.dataset.ouvre ?? "");
      if (!bloc) continue;
      bloc.hidden = !epreuve.checked;
      bloc.querySelectorAll("fieldset").forEach((groupe) => (groupe.disabled = !epreuve.checked));
    }
    if (invite) invite.hidden = [...choix].some((epreuve) => epreuve.checked);
    formulaire.dispatchEvent(new CustomEvent("cases"));
  };
  choix.forEach((epreuve) => epreuve.addEventListener("change", montrer));
  montrer();
}

/**
 * Un bouton coche tout le groupe, puis le décoche.
 * @param {HTMLElement} groupe
 */
function toutCocher(groupe) {
  const bouton = /** @type {HTMLButtonElement | null} */ (groupe.querySelector("[data-tout]"));
  const cases = /** @type {NodeListOf<HTMLInputElement>} */ (groupe.querySelectorAll("input[type=checkbox]"));
  if (!bouton || cases.length < 2) return;
  const texte = bouton.firstChild;
  const toutes = () => [...cases].every((element) => element.checked);
  const nommer = () => {
    if (texte) texte.textContent = toutes() ? "Tout décocher " : "Tout cocher ";
  };
  bouton.hidden = false;
  bouton.addEventListener("click", () => {
    const cocher = !toutes();
    cases.forEach((element) => (element.checked = cocher));
    groupe.dispatchEvent(new Event("change", { bubbles: true }));
  });
  groupe.addEventListener("change", nommer);
  nommer();
}

/**
 * Ajoute des lignes vides à l'inventaire, d'après le modèle de la page.
 * @param {HTMLElement} inventaire
 */
function ajouterDesLignes(inventaire) {
  const bouton = /** @type {HTMLButtonElement | null} */ (inventaire.querySelector("[data-ajouter]"));
  const lignes = inventaire.querySelector("[data-lignes]");
  const modele = /** @type {HTMLTemplateElement | null} */ (inventaire.querySelector("[data-modele]"));
  const total = /** @type {HTMLInputElement | null} */ (inventaire.querySelector("[name$=-TOTAL_FORMS]"));
  if (!bouton || !lignes || !modele || !total) return;
  bouton.hidden = false;
  bouton.addEventListener("click", () => {
    const rang = total.value;
    const copie = /** @type {DocumentFragment} */ (modele.content.cloneNode(true));
    for (const element of copie.querySelectorAll("[id], [name], [for]")) {
      for (const nom of ["id", "name", "for"]) {
        const valeur = element.getAttribute(nom);
        if (valeur) element.setAttribute(nom, valeur.replace("__prefix__", rang));
      }
    }
    lignes.append(copie);
    total.value = String(Number(rang) + 1);
    /** @type {HTMLElement | null} */ (lignes.lastElementChild?.querySelector("select"))?.focus();
  });
}

/**
 * Le nom de l'entreprise n'est demandé que pour une situation en entreprise.
 * @param {HTMLFormElement} formulaire
 */
function montrerEntreprise(formulaire) {
  const nom = /** @type {HTMLInputElement | null} */ (formulaire.querySelector("[name=entreprise]"));
  const cadre = /** @type {HTMLElement | null} */ (nom?.closest(".mb-3") ?? null);
  if (!nom || !cadre) return;
  const montrer = () => {
    const enEntreprise = new FormData(formulaire).get("lieu") === "entreprise";
    cadre.hidden = !enEntreprise && !nom.value;
  };
  formulaire.addEventListener("change", montrer);
  montrer();
}

/**
 * Une compétence dont une détaillée est évaluée n'est plus « seulement mobilisée ».
 * @param {HTMLFormElement} formulaire
 */
function exclureMobilisees(formulaire) {
  const mobilisees = /** @type {NodeListOf<HTMLInputElement>} */ (formulaire.querySelectorAll("[name=mobilisees]"));
  const exclure = () => {
    for (const element of mobilisees) {
      const groupe = formulaire.querySelector(`[data-competence="${CSS.escape(element.value)}"]:not([disabled])`);
      const estEvaluee = groupe !== null && groupe.querySelector("input:checked") !== null;
      element.disabled = estEvaluee;
      if (estEvaluee) element.checked = false;
    }
  };
  formulaire.addEventListener("change", exclure);
  formulaire.addEventListener("cases", exclure);
  exclure();
}
