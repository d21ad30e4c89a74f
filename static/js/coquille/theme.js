// Choix de l'apparence : claire, sombre ou celle du système, mémorisé dans ce navigateur.

const CLE = "trpm.apparence";
const systemeSombre = matchMedia("(prefers-color-scheme: dark)");

/** @returns {string} */
function choixEnregistre() {
  try {
    return localStorage.getItem(CLE) ?? "auto";
  } catch {
    return "auto";
  }
}

/** @param {string} choix */
function enregistrer(choix) {
  try {
    localStorage.setItem(CLE, choix);
  } catch {
    // Stockage refusé : le choix vaut pour cette page.
  }
}

/** @param {string} choix */
function appliquer(choix) {
  const sombre = choix === "dark" || (choix === "auto" && systemeSombre.matches);
  document.documentElement.dataset.bsTheme = sombre ? "dark" : "light";
}

export function brancherTheme() {
  systemeSombre.addEventListener("change", () => appliquer(choixEnregistre()));
  const groupe = document.querySelector("[data-choix-theme]");
  if (!(groupe instanceof HTMLFieldSetElement)) return;
  groupe.hidden = false;
  for (const champ of groupe.querySelectorAll("input")) {
    champ.checked = champ.value === choixEnregistre();
    champ.addEventListener("change", () => {
      enregistrer(champ.value);
      appliquer(champ.value);
    });
  }
}
