// Ce qui n'est pas encore envoyé survit à la fermeture de l'onglet, et n'est proposé qu'à qui l'avait écrit.

const PREFIXE = "trpm.seance.";

/** @param {string} seance @param {HTMLFormElement} formulaire */
export const cleDe = (seance, formulaire) => `${PREFIXE}${seance}.${formulaire.dataset.geste}`;

/** Le stockage peut être refusé par le poste : rien n'est alors gardé. @template T @param {() => T} acte @returns {T | null} */
function essayer(acte) {
  try {
    return acte();
  } catch {
    return null;
  }
}

/** @param {HTMLFormElement} formulaire */
function valeursDe(formulaire) {
  const valeurs = Object.fromEntries([...new FormData(formulaire)].map(([nom, valeur]) => [nom, String(valeur)]));
  delete valeurs.csrfmiddlewaretoken;
  return valeurs;
}

/** @param {HTMLFormElement} formulaire @param {Record<string, string>} valeurs */
function remettre(formulaire, valeurs) {
  for (const champ of formulaire.elements) {
    if (champ instanceof HTMLInputElement && champ.type === "radio") champ.checked = valeurs[champ.name] === champ.value;
    else if ("value" in champ && "name" in champ && String(champ.name) in valeurs) champ.value = valeurs[String(champ.name)];
  }
  const plie = formulaire.closest("details") ?? formulaire.querySelector("details");
  if (plie instanceof HTMLDetailsElement) plie.open = true;
}

/**
 * @param {string} seance qui, quelle commission, quel candidat, quelle épreuve
 * @param {HTMLFormElement[]} formulaires
 * @param {(formulaire: HTMLFormElement) => void} commencer
 * @returns {(formulaire: HTMLFormElement) => void} jette le brouillon d'un formulaire enregistré
 */
export function brancherBrouillons(seance, formulaires, commencer) {
  /** @param {HTMLFormElement} formulaire */
  const jeter = (formulaire) => {
    essayer(() => localStorage.removeItem(cleDe(seance, formulaire)));
    formulaire.querySelector("[data-brouillon]")?.remove();
  };
  for (const formulaire of formulaires) {
    const garde = essayer(() => JSON.parse(localStorage.getItem(cleDe(seance, formulaire)) ?? "null"));
    if (garde) {
      remettre(formulaire, garde);
      annoncer(formulaire, () => jeter(formulaire));
      commencer(formulaire);
    }
    formulaire.addEventListener("input", () =>
      essayer(() => localStorage.setItem(cleDe(seance, formulaire), JSON.stringify(valeursDe(formulaire)))),
    );
  }
  return jeter;
}

/** @param {HTMLFormElement} formulaire @param {() => void} abandonner */
function annoncer(formulaire, abandonner) {
  const bandeau = document.createElement("p");
  bandeau.dataset.brouillon = "";
  bandeau.className = "brouillon";
  const bouton = document.createElement("button");
  bouton.type = "button";
  bouton.className = "btn btn-sm btn-discret";
  bouton.textContent = "Abandonner";
  bouton.addEventListener("click", () => {
    abandonner();
    location.reload();
  });
  bandeau.append("Saisie reprise : elle n'était pas enregistrée. ", bouton);
  formulaire.prepend(bandeau);
}
