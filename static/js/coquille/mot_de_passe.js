// Bouton « Afficher » d'un mot de passe : absent du HTML utile tant que ce module n'est pas chargé.

export function brancherMotsDePasse() {
  for (const bouton of document.querySelectorAll("button[data-affiche]")) {
    const champ = document.getElementById(bouton.getAttribute("data-affiche") ?? "");
    if (!(champ instanceof HTMLInputElement) || !(bouton instanceof HTMLButtonElement)) continue;
    bouton.hidden = false;
    bouton.addEventListener("click", () => {
      const montre = champ.type === "password";
      champ.type = montre ? "text" : "password";
      bouton.setAttribute("aria-pressed", String(montre));
      champ.focus();
    });
  }
}
