// Clés d'accès (WebAuthn) : créer, présenter en second facteur, ou se connecter avec une clé seule.

const ANNULEE = "Aucune clé n'a été présentée. Réessayez, ou employez un autre moyen.";

/** Les adresses numériques n'ont pas droit aux clés d'accès ; ni les vieux navigateurs. */
function estPossible() {
  const parNumero = /^[\d.]+$/.test(location.hostname) || location.hostname.startsWith("[");
  return window.isSecureContext && "PublicKeyCredential" in window && !parNumero;
}

/** @param {ArrayBuffer} octets */
function enBase64(octets) {
  const texte = String.fromCharCode(...new Uint8Array(octets));
  return btoa(texte).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {string} texte */
function enOctets(texte) {
  const clair = atob(texte.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(clair, (c) => c.charCodeAt(0));
}

/** @param {any[]} [liste] */
function descripteurs(liste) {
  return (liste ?? []).map((cle) => ({ ...cle, id: enOctets(cle.id) }));
}

/** @param {any} options @param {boolean} seule la clé suffira à se connecter */
async function creer(options, seule) {
  const cle = options.publicKey;
  const choix = { ...cle.authenticatorSelection };
  choix.residentKey = seule ? "required" : "discouraged";
  choix.requireResidentKey = seule;
  if (seule) choix.userVerification = "required";
  const creee = await navigator.credentials.create({
    publicKey: {
      ...cle,
      challenge: enOctets(cle.challenge),
      user: { ...cle.user, id: enOctets(cle.user.id) },
      excludeCredentials: descripteurs(cle.excludeCredentials),
      authenticatorSelection: choix,
    },
  });
  const { response: reponse } = /** @type {any} */ (creee);
  return enJson(creee, {
    clientDataJSON: enBase64(reponse.clientDataJSON),
    attestationObject: enBase64(reponse.attestationObject),
    transports: reponse.getTransports?.() ?? [],
  });
}

/** @param {any} options */
async function presenter(options) {
  const cle = options.publicKey;
  const presentee = await navigator.credentials.get({
    publicKey: { ...cle, challenge: enOctets(cle.challenge), allowCredentials: descripteurs(cle.allowCredentials) },
  });
  const { response: reponse } = /** @type {any} */ (presentee);
  return enJson(presentee, {
    clientDataJSON: enBase64(reponse.clientDataJSON),
    authenticatorData: enBase64(reponse.authenticatorData),
    signature: enBase64(reponse.signature),
    userHandle: reponse.userHandle ? enBase64(reponse.userHandle) : null,
  });
}

/** @param {any} cle @param {object} response */
function enJson(cle, response) {
  return {
    type: cle.type,
    id: cle.id,
    rawId: enBase64(cle.rawId),
    authenticatorAttachment: cle.authenticatorAttachment,
    clientExtensionResults: cle.getClientExtensionResults(),
    response,
  };
}

/** Les options sont dans la page, sauf à la connexion : elles se demandent au moment du geste. @param {HTMLFormElement} formulaire */
async function options(formulaire) {
  const donnees = document.getElementById("options-cle");
  if (donnees) {
    const lues = JSON.parse(donnees.textContent ?? "{}");
    return lues.creation_options ?? lues.request_options;
  }
  const reponse = await fetch(formulaire.action, { headers: { Accept: "application/json" } });
  return (await reponse.json()).request_options;
}

/** @param {HTMLFormElement} formulaire */
async function accomplir(formulaire) {
  const champ = /** @type {HTMLInputElement} */ (formulaire.elements.namedItem("credential"));
  const seule = formulaire.elements.namedItem("passwordless");
  const recues = await options(formulaire);
  const cle =
    formulaire.dataset.cle === "creer"
      ? await creer(recues, seule instanceof HTMLInputElement && seule.checked)
      : await presenter(recues);
  champ.value = JSON.stringify(cle);
  formulaire.submit();
}

if (estPossible()) {
  for (const formulaire of document.querySelectorAll("form[data-cle]")) {
    if (!(formulaire instanceof HTMLFormElement)) continue;
    formulaire.hidden = false;
    formulaire.addEventListener("submit", (evenement) => {
      evenement.preventDefault();
      const erreur = formulaire.querySelector("[data-cle-erreur]");
      accomplir(formulaire).catch(() => {
        if (!(erreur instanceof HTMLElement)) return;
        erreur.textContent = ANNULEE;
        erreur.hidden = false;
      });
    });
  }
}
