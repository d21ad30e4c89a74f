// Mode démonstration : toucher un compte d'essai remplit le formulaire de connexion.

const commun = document.querySelector("[data-mot-de-passe]")?.textContent ?? "";

for (const bouton of document.querySelectorAll("button[data-compte]")) {
  bouton.addEventListener("click", () => {
    const identifiant = document.getElementById("id_username");
    const motDePasse = document.getElementById("id_password");
    if (!(identifiant instanceof HTMLInputElement) || !(motDePasse instanceof HTMLInputElement)) return;
    identifiant.value = bouton.getAttribute("data-compte") ?? "";
    motDePasse.value = commun;
    document.querySelector(".seuil-formulaire button[type=submit]")?.focus();
  });
}
