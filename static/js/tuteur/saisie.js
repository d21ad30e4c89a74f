// Recopier une fiche de papier au clavier : un chiffre répond et passe à la ligne suivante, M A S disent l'autonomie
// de la ligne qu'on vient de remplir. Une ligne répondue par le tuteur prend sa touche sans rien changer : la suite du
// papier ne se décale pas. Sans ce module, ce sont des boutons à cocher ordinaires.

const form = document.getElementById("saisie");

/** @param {Element | null | undefined} groupe @param {string} touche */
const choix = (groupe, touche) =>
  /** @type {HTMLInputElement | null} */ (groupe?.querySelector(`[data-touche="${touche}"]`) ?? null);

/** @param {HTMLElement} racine */
function suivre(racine) {
  const lignes = [...racine.querySelectorAll("[data-ligne]")];
  /** @type {Element | null} */
  let remplie = null;

  /** @param {number} rang */
  const aller = (rang) => {
    const ligne = lignes[rang];
    const tenue = ligne?.matches("[data-tenue]") ? ligne : null;
    const vers = tenue ?? ligne?.querySelector(":checked") ?? ligne?.querySelector("input") ?? racine.querySelector("textarea, [name=complete]");
    if (vers instanceof HTMLElement) vers.focus();
    ligne?.closest("tr")?.scrollIntoView({ block: "nearest" });
  };

  racine.addEventListener("keydown", (evenement) => {
    const cible = /** @type {HTMLElement} */ (evenement.target);
    if (evenement.ctrlKey || evenement.altKey || evenement.metaKey || !cible.matches("[type=radio], [data-tenue]")) return;
    const rangee = cible.closest("tr");
    const ligne = rangee?.querySelector("[data-ligne]");
    if (!ligne) return;
    const rang = lignes.indexOf(ligne);
    const touche = evenement.key.toUpperCase();
    const reponse = choix(ligne, touche);
    // L'autonomie se dit après la réponse : elle vaut pour la ligne que l'on vient de quitter.
    const autonomie = choix((remplie ?? rangee)?.querySelector("[data-autonomie]"), touche);
    if (touche.length === 1 && ligne.getAttribute("data-tenue")?.includes(touche)) {
      remplie = rangee;
      aller(rang + 1);
    } else if (reponse) {
      reponse.checked = true;
      remplie = rangee;
      aller(rang + 1);
    } else if (autonomie) {
      autonomie.checked = true;
    } else if (touche === "ENTER") {
      remplie = null;
      aller(rang + 1);
    } else {
      if (touche === "TAB" || touche.startsWith("ARROW")) remplie = null;
      return;
    }
    evenement.preventDefault();
  });
  aller(Math.max(0, lignes.findIndex((ligne) => !ligne.querySelector(":checked"))));
}

if (form) suivre(form);
