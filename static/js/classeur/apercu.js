// Le bouton de l'aperçu dit combien de cases sont cochées ; sans ce module il dit le nombre de départ.

const formulaire = /** @type {HTMLFormElement | null} */ (document.getElementById("apercu"));

/** @param {HTMLFormElement} form */
function suivre(form) {
  const bouton = /** @type {HTMLButtonElement} */ (form.querySelector("[data-appliquer]"));
  const cases = /** @type {NodeListOf<HTMLInputElement>} */ (form.querySelectorAll("input[name=case]"));
  const compter = () => {
    const nombre = [...cases].filter((une) => une.checked).length;
    bouton.textContent = `Appliquer ${nombre} changement${nombre > 1 ? "s" : ""}`;
    bouton.disabled = nombre === 0;
  };
  for (const bascule of form.querySelectorAll("[data-section]")) {
    bascule.removeAttribute("hidden");
    bascule.addEventListener("click", () => {
      const siennes = [...cases].filter((une) => une.closest("section") === bascule.closest("section"));
      const cocher = siennes.some((une) => !une.checked);
      for (const une of siennes) une.checked = cocher;
      compter();
    });
  }
  form.addEventListener("change", compter);
  compter();
}

// L'aperçu répond à un envoi : « Précédent » le redemanderait au serveur, et échouerait. L'adresse de l'envoi le remplace.
const retour = /** @type {HTMLElement | null} */ (document.querySelector("[data-retour]"))?.dataset.retour;
if (retour) history.replaceState(null, "", retour);
if (formulaire) suivre(formulaire);
