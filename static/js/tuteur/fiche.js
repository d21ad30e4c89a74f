// La fiche pas à pas : chaque réponse part dès qu'elle est donnée, et attend sur le téléphone si le réseau manque.
// Sans ce module la page reste un formulaire ordinaire, avec un bouton par question.

/** @typedef {{ v: string, champs: Record<string, string> }} Attente une réponse pas encore reçue, et la version lue */

const RETENTER = 5_000;
// Un réseau d'atelier ne coupe pas toujours franchement : passé ce délai, l'envoi est tenu pour perdu et sera refait.
const PATIENCE = 12_000;
const TAPER = 800;
const SANS_RESEAU = "Pas de réseau : vos réponses sont gardées sur ce téléphone et partiront toutes seules.";
const PAS_FERMEE =
  "La fiche n'est pas fermée : il n'y a pas de réseau. Ce qui n'est pas parti est gardé sur ce téléphone ; fermez-la quand le réseau revient.";
const FERMEE =
  "La fiche n'est plus ouverte. Rouvrez le lien reçu : ce qui n'est pas parti est gardé sur ce téléphone. Si le lien ne s'ouvre plus, demandez-en un nouveau à l'enseignant.";

const form = /** @type {HTMLFormElement} */ (document.getElementById("fiche"));
const etat = /** @type {HTMLElement} */ (document.getElementById("etat"));
const etapes = /** @type {HTMLElement[]} */ ([...form.querySelectorAll(".etape")]);
const close = !form.querySelector("[value=terminer]");
const rangement = `tuteur-${form.dataset.fiche}`;

/** @param {string} cle */
const partie = (cle) => /** @type {HTMLElement} */ (form.querySelector(`[data-cle="${cle}"]`));
/** @param {string} cle */
const version = (cle) => /** @type {HTMLInputElement} */ (form.elements.namedItem(`v${cle}`));

/** @param {string} texte @param {boolean} [alerte] */
function dire(texte, alerte = false) {
  etat.textContent = texte;
  etat.classList.toggle("alerte", alerte);
}

// --- La file : dans le téléphone, jusqu'à ce que le serveur ait répondu. ---

/** @type {Record<string, Attente>} */
let file = {};
let terminer = false;
// « Fermer » attend que tout soit parti ; hors ligne, la fiche reste ouverte et le dit.
let fermer = false;
let retenue = false;
let envoi = false;
let minuteur = 0;
let coupure = new AbortController();

function ranger() {
  try {
    if (Object.keys(file).length || terminer) localStorage.setItem(rangement, JSON.stringify({ file, terminer }));
    else localStorage.removeItem(rangement);
  } catch {
    // Stockage refusé (navigation privée) : la file vit le temps de la page.
  }
}

function reprendre() {
  try {
    ({ file, terminer } = JSON.parse(localStorage.getItem(rangement) ?? '{"file":{},"terminer":false}'));
  } catch {
    file = {};
  }
  for (const [cle, { champs }] of Object.entries(file)) {
    if (partie(cle)) remplir(cle, champs);
    else delete file[cle];
  }
}

/** @param {string} cle @param {Record<string, string>} champs */
function remplir(cle, champs) {
  for (const champ of /** @type {NodeListOf<HTMLInputElement>} */ (partie(cle).querySelectorAll("[name]"))) {
    if (champ.type === "radio") champ.checked = champs[champ.name] === champ.value;
    else if (champ.type !== "hidden" && champ.name in champs) champ.value = champs[champ.name];
  }
}

/** @param {string} cle */
function lire(cle) {
  /** @type {Record<string, string>} */
  const champs = {};
  for (const champ of /** @type {NodeListOf<HTMLInputElement>} */ (partie(cle).querySelectorAll("[name]"))) {
    const compte = champ.type === "radio" ? champ.checked : champ.matches("textarea");
    if (compte) champs[champ.name] = champ.value;
  }
  return champs;
}

/** @param {string} cle */
function noter(cle) {
  file[cle] = { v: file[cle]?.v ?? version(cle).value, champs: lire(cle) };
  ranger();
  montrerReste();
}

/** @param {boolean} [part] la page se ferme : la requête doit lui survivre */
async function vider(part = false) {
  clearTimeout(minuteur);
  const partis = structuredClone(file);
  const finit = terminer;
  if (envoi || !(Object.keys(partis).length || finit)) return;
  envoi = true;
  const corps = new FormData();
  corps.set("cle", /** @type {HTMLInputElement} */ (form.elements.namedItem("cle")).value);
  if (finit) corps.set("acte", "terminer");
  for (const [cle, { v, champs }] of Object.entries(partis)) {
    corps.set(`v${cle}`, v);
    for (const [nom, valeur] of Object.entries(champs)) corps.set(nom, valeur);
  }
  let encore = false;
  try {
    if (!navigator.onLine) throw new Error("hors ligne");
    coupure = new AbortController();
    const delai = setTimeout(() => coupure.abort(), PATIENCE);
    const options = { method: "POST", body: corps, headers: { Accept: "application/json" }, signal: coupure.signal };
    const reponse = await fetch(location.pathname, { ...options, redirect: "error", keepalive: part });
    clearTimeout(delai);
    retenue = false;
    if (reponse.status === 200 || reponse.status === 409) encore = recevoir(await reponse.json(), partis, finit);
    else if (reponse.status === 422) refuser((await reponse.json()).message);
    else if (reponse.status >= 500) throw new Error(String(reponse.status));
    else refuser(FERMEE);
  } catch {
    retenir();
    minuteur = setTimeout(() => vider(), RETENTER);
  } finally {
    envoi = false;
  }
  if (encore) vider();
  else if (fermer) /** @type {HTMLButtonElement} */ (form.querySelector("[value=quitter]")).click();
}

/** @param {string} texte */
function refuser(texte) {
  fermer = false;
  dire(texte, true);
}

/** Le réseau manque : on le dit, et une fermeture demandée n'a pas lieu. */
function retenir() {
  retenue ||= fermer;
  fermer = false;
  dire(retenue ? PAS_FERMEE : SANS_RESEAU, true);
}

/**
 * @param {{ versions: Record<string, number>, conflits: Array<Record<string, any>>, termine: boolean }} recu
 * @param {Record<string, Attente>} partis @param {boolean} finit
 * @returns {boolean} il reste à envoyer : une réponse a changé pendant l'envoi
 */
function recevoir({ versions, conflits, termine }, partis, finit) {
  for (const [cle, numero] of Object.entries(versions)) {
    if (!version(cle)) continue;
    version(cle).value = String(numero);
    const change = file[cle] && JSON.stringify(file[cle].champs) !== JSON.stringify(partis[cle]?.champs);
    if (change) file[cle].v = String(numero);
    else delete file[cle];
  }
  for (const conflit of conflits) ceder(conflit);
  if (finit) terminer = false;
  ranger();
  const heure = new Date().toLocaleTimeString("fr-FR", { hour: "2-digit", minute: "2-digit" });
  if (conflits.length) refuser("Une autre personne a répondu en même temps : regardez la question marquée.");
  else dire(`Enregistré à ${heure}`);
  if (termine) remercier();
  montrerReste();
  return Object.keys(file).length > 0 || terminer;
}

/** La réponse de l'autre reste ; on la montre, et l'on peut choisir de nouveau. @param {Record<string, any>} conflit */
function ceder(conflit) {
  const { cle } = conflit;
  delete file[cle];
  version(cle).value = conflit.version;
  const texte = { activites: conflit.activites_realisees, remarque: conflit.remarque };
  remplir(cle, cle === "f" ? texte : { [cle]: String(conflit.valeur ?? conflit.degre ?? ""), [`a${cle}`]: conflit.autonomie });
  partie(cle).querySelector("[data-conflit]")?.removeAttribute("hidden");
  const rang = etapes.findIndex((etape) => etape.contains(partie(cle)));
  aller(rang);
}

function remercier() {
  const merci = /** @type {HTMLElement} */ (document.getElementById("merci"));
  merci.hidden = false;
  merci.scrollIntoView({ block: "center" });
  merci.focus();
}

// --- Une étape à la fois. ---

let rang = 0;

/** @param {number} voulu @param {boolean} [foyer] */
function aller(voulu, foyer = true) {
  rang = Math.max(0, Math.min(etapes.length - 1, voulu));
  for (const [numero, etape] of etapes.entries()) etape.hidden = numero !== rang;
  const avance = /** @type {HTMLElement} */ (document.getElementById("avance"));
  const barre = /** @type {HTMLProgressElement} */ (avance.querySelector("progress"));
  avance.hidden = false;
  /** @type {HTMLElement} */ (avance.firstElementChild).textContent = etapes[rang].dataset.nom ?? "";
  barre.max = etapes.length;
  barre.value = rang + 1;
  bouton("avant").disabled = rang === 0;
  bouton("apres").hidden = rang === etapes.length - 1;
  montrerReste();
  if (!foyer) return;
  scrollTo(0, 0);
  /** @type {HTMLElement | null} */ (etapes[rang].querySelector("[tabindex]"))?.focus({ preventScroll: true });
}

/** @param {string} id */
const bouton = (id) => /** @type {HTMLButtonElement} */ (document.getElementById(id));

function montrerReste() {
  const reste = document.getElementById("reste");
  if (!reste) return;
  const vides = etapes.filter((etape) => /^q/.test(etape.dataset.cle ?? "") && !form.querySelector(`[name="${etape.dataset.cle}"]:checked`));
  reste.hidden = vides.length === 0;
  const liens = vides.map((etape) => {
    const lien = document.createElement("a");
    lien.href = `#${etape.id}`;
    lien.textContent = etape.querySelector(".numero")?.textContent ?? "";
    return lien;
  });
  reste.replaceChildren("Sans réponse : ", ...liens);
}

/** La première question sans réponse : c'est là qu'on s'était arrêté. */
function premiere() {
  const ancre = etapes.findIndex((etape) => etape.id && `#${etape.id}` === location.hash);
  if (ancre >= 0) return ancre;
  const vide = etapes.findIndex((etape) => etape.dataset.cle && !etape.querySelector(":checked, textarea"));
  return vide < 0 ? etapes.length - 1 : vide;
}

let frappe = 0;

/** @param {Event} evenement */
function change({ target }) {
  const cle = /** @type {HTMLElement} */ (target).closest("[data-cle]")?.getAttribute("data-cle");
  if (!cle) return;
  partie(cle).querySelector("[data-conflit]")?.setAttribute("hidden", "");
  noter(cle);
  clearTimeout(frappe);
  if (/** @type {HTMLElement} */ (target).matches("textarea")) frappe = setTimeout(() => vider(), TAPER);
  else vider();
}

for (const inutile of form.querySelectorAll(".garder")) inutile.remove();
bouton("avant").parentElement?.removeAttribute("hidden");
bouton("avant").addEventListener("click", () => aller(rang - 1));
bouton("apres").addEventListener("click", () => aller(rang + 1));
form.addEventListener("click", (evenement) => {
  const vers = /** @type {HTMLElement} */ (evenement.target).closest("#reste a")?.getAttribute("href");
  if (!vers) return;
  evenement.preventDefault();
  aller(etapes.findIndex((etape) => `#${etape.id}` === vers));
});
if (close) {
  aller(0, false);
} else {
  form.addEventListener("input", change);
  form.addEventListener("submit", (evenement) => {
    const acte = /** @type {HTMLButtonElement | null} */ (evenement.submitter)?.value;
    const attend = Object.keys(file).length > 0;
    if (acte === "quitter" && !attend && !envoi && navigator.onLine) return;
    evenement.preventDefault();
    if (acte === "terminer") terminer = true;
    else if (acte === "quitter") fermer = true;
    if (fermer && !attend && !navigator.onLine) retenir();
    ranger();
    vider();
  });
  addEventListener("offline", () => coupure.abort());
  addEventListener("online", () => vider());
  addEventListener("pagehide", () => vider(true));
  reprendre();
  aller(premiere(), false);
  vider();
}
