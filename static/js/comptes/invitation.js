// Le jeton est dans le fragment de l'adresse, que le navigateur n'envoie à personne : le champ le reçoit, l'adresse l'oublie.

const champ = document.getElementById("id_jeton");
const jeton = decodeURIComponent(location.hash.slice(1));

if (champ instanceof HTMLInputElement && jeton) {
  champ.value = jeton;
  champ.readOnly = true;
  document.getElementById("id_nouveau")?.focus();
}
if (location.hash) history.replaceState(null, "", location.pathname);
