// Pose l'apparence avant le premier affichage : classique et bloquant, sinon la page clignote.
(() => {
  let choix = "auto";
  try {
    choix = localStorage.getItem("trpm.apparence") ?? "auto";
  } catch {
    // Stockage refusé : l'apparence du système s'applique.
  }
  const sombre = choix === "dark" || (choix === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.bsTheme = sombre ? "dark" : "light";
})();
