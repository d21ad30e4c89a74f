# Ce que ./run et ./test partagent : paquets du système, environnement Python, messages. Se lit depuis bash.
# shellcheck shell=bash
# Codes de sortie : 1 échec, 2 mauvais usage, 3 il manque quelque chose que la personne doit installer ou ouvrir.

# shellcheck disable=SC2034  # lue par run et test
PAQUETS_POUR_SERVIR=(python3 python3-venv ca-certificates libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core)
VENV="$PWD/.venv"
PYTHON="$VENV/bin/python"
JOURNAL="$(mktemp "${TMPDIR:-/tmp}/trpm.XXXXXX" 2>/dev/null)" || JOURNAL=/dev/null

export DEBIAN_FRONTEND=noninteractive UV_PYTHON_DOWNLOADS=never UV_NO_PROGRESS=1 PIP_DISABLE_PIP_VERSION_CHECK=1
export UV_PROJECT_ENVIRONMENT="$VENV" PYTHONUNBUFFERED=1
unset VIRTUAL_ENV PYTHONHOME
# dire PHRASE… : une par ligne.
dire() { printf '%s\n' "$@"; }

# arreter CODE PHRASE… : une phrase par ligne sur la sortie d'erreur.
arreter() {
  local code=$1
  shift
  [ -s "$JOURNAL" ] || rm -f "$JOURNAL"
  printf '%s\n' "$@" >&2
  exit "$code"
}

# Dit pourquoi un téléchargement ou une commande a échoué, d'après ce qu'elle a écrit.
expliquer_echec() {
  local quoi=$1
  if grep -Eqi 'UnknownIssuer|CERTIFICATE_VERIFY_FAILED' "$JOURNAL"; then
    arreter 3 "$quoi : le certificat du dépôt n'est pas reconnu (pare-feu de l'établissement ?)." \
      "Déposez son autorité dans /usr/local/share/ca-certificates/, tapez update-ca-certificates, puis relancez."
  fi
  if grep -Eqi 'resolv|Name or service not known|No address associated|dns error|unreachable|Connection (refused|timed out)|error sending request|Failed to fetch|Could not connect|client error \(Connect\)|Unable to locate package|NewConnectionError|No matching distribution' "$JOURNAL"; then
    arreter 3 "$quoi : pas de réseau, ou un dépôt de paquets injoignable." \
      "Vérifiez la connexion (et le mandataire : https_proxy), puis relancez. Détail : $JOURNAL"
  fi
  if grep -qi 'no space left' "$JOURNAL"; then
    arreter 3 "$quoi : le disque est plein." "Libérez environ 1 Go, puis relancez."
  fi
  tail -n 25 "$JOURNAL" >&2
  arreter 1 "$quoi : échec. Journal complet : $JOURNAL"
}

exiger_dossier_inscriptible() {
  local dossier=$1 role=$2
  if ! mkdir -p "$dossier" 2>/dev/null || ! (: >"$dossier/.essai") 2>/dev/null; then
    arreter 3 "$role ($dossier) n'est pas accessible en écriture : disque en lecture seule ou droits insuffisants." \
      "Rendez-le inscriptible pour $(id -un), ou copiez TRPM dans un dossier à vous."
  fi
  rm -f "$dossier/.essai"
}

paquets_manquants() {
  local paquet
  for paquet in "$@"; do
    if [ "$paquet" = python3-venv ] && chercher_python && "$PYTHON_SYSTEME" -c 'import ensurepip, venv' 2>/dev/null; then
      continue
    fi
    [ "$paquet" = python3 ] && command -v python3 >/dev/null && continue
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$paquet" 2>/dev/null)" = installed ] || printf '%s\n' "$paquet"
  done
}

# Installe ce qui manque si l'on peut ; sinon nomme exactement la commande à taper et s'arrête.
exiger_paquets() {
  local manquants elever=()
  if ! command -v dpkg-query >/dev/null; then
    dire "Ce système n'est ni Debian ni Ubuntu : TRPM suppose présents Python ≥ 3.11 (avec venv), Pango et HarfBuzz."
    return
  fi
  # Un Python trop ancien (Ubuntu 22.04) se dit avant d'installer quoi que ce soit.
  if command -v "${TRPM_PYTHON:-python3}" >/dev/null; then exiger_python; fi
  mapfile -t manquants < <(paquets_manquants "$@")
  [ ${#manquants[@]} -eq 0 ] && return
  if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && { sudo -n true 2>/dev/null || { [ -t 0 ] && sudo -v; }; }; then
      elever=(sudo -n)
    else
      arreter 3 "Il manque des paquets du système. Demandez à une personne administratrice de taper :" \
        "  apt install ${manquants[*]}" "puis relancez $0."
    fi
  fi
  dire "Installation des paquets du système : ${manquants[*]}…"
  "${elever[@]}" apt-get update -q >"$JOURNAL" 2>&1 || expliquer_echec "Mise à jour de la liste des paquets"
  "${elever[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${manquants[@]}" \
    >>"$JOURNAL" 2>&1 </dev/null || expliquer_echec "Installation de : ${manquants[*]}"
}

# Trouve un Python assez récent, dans PYTHON_SYSTEME ; TRPM_PYTHON, s'il est donné, est le seul essayé.
chercher_python() {
  local candidat candidats=(python3 python3.14 python3.13 python3.12 python3.11)
  [ -n "${TRPM_PYTHON:-}" ] && candidats=("$TRPM_PYTHON")
  for candidat in "${candidats[@]}"; do
    if "$candidat" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      PYTHON_SYSTEME=$candidat
      return 0
    fi
  done
  return 1
}

exiger_python() {
  local version
  chercher_python && return
  command -v "${TRPM_PYTHON:-python3}" >/dev/null || arreter 3 "${TRPM_PYTHON:-python3} est introuvable." \
    "Tapez : apt install python3 python3-venv"
  version="$("${TRPM_PYTHON:-python3}" -c 'import platform; print(platform.python_version())' 2>/dev/null || echo illisible)"
  arreter 3 "TRPM demande Python 3.11 ou plus récent ; celui de cette machine est $version." \
    "Debian 12 et 13 et Ubuntu 24.04 conviennent. Sur Ubuntu 22.04, installez un Python plus récent avec son module venv" \
    "(par exemple python3.12 et python3.12-venv, du dépôt « deadsnakes »), puis : TRPM_PYTHON=python3.12 $0"
}

empreinte() { cat "$@" 2>/dev/null | sha256sum | cut -c1-32; }

creer_venv() {
  if [ -d "$VENV" ] && ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    dire "L'environnement .venv ne marche plus ici (autre Python, dossier déplacé) : il est refait."
    rm -rf "$VENV"
  fi
  [ -x "$PYTHON" ] && return
  if [ "$(df -Pk . | awk 'NR == 2 { print $4 }')" -lt 800000 ]; then
    arreter 3 "Il reste moins de 800 Mo sur ce disque : pas assez pour installer TRPM." "Libérez de la place, puis relancez."
  fi
  "$PYTHON_SYSTEME" -c 'import ensurepip, venv' 2>/dev/null || arreter 3 \
    "Le module venv de $("$PYTHON_SYSTEME" --version) manque." \
    "Tapez : apt install $("$PYTHON_SYSTEME" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
  "$PYTHON_SYSTEME" -m venv "$VENV" >"$JOURNAL" 2>&1 || { rm -rf "$VENV"; expliquer_echec "Création de .venv"; }
}

# Un établissement derrière un pare-feu a son certificat dans le magasin du système, pas dans celui de pip ou de uv.
employer_certificats_du_systeme() {
  local magasin=/etc/ssl/certs/ca-certificates.crt
  [ -r "$magasin" ] || return 0
  export SSL_CERT_FILE="${SSL_CERT_FILE:-$magasin}"
  export PIP_CERT="${PIP_CERT:-$SSL_CERT_FILE}"
}

# installer_python MARQUE OPTIONS… : uv à la version de uv.lock, puis ce que uv.lock demande, une fois par uv.lock.
installer_python() {
  local marque="$VENV/.trpm-$1" attendu version
  shift
  exiger_dossier_inscriptible "$PWD" "Le dossier de TRPM"
  creer_venv
  attendu="$(empreinte uv.lock pyproject.toml)"
  [ "$(cat "$marque" 2>/dev/null)" = "$attendu" ] && return
  version="$(awk '/^name = "uv"$/ { getline; gsub(/"/, "", $3); print $3 }' uv.lock)"
  employer_certificats_du_systeme
  dire "Installation des bibliothèques Python dans .venv…"
  if [ "$("$VENV/bin/uv" --version 2>/dev/null | awk '{ print $2 }')" != "$version" ]; then
    "$PYTHON" -m ensurepip >/dev/null 2>&1 || true
    "$PYTHON" -m pip install --quiet "uv==$version" >"$JOURNAL" 2>&1 || expliquer_echec "Téléchargement de uv $version"
  fi
  "$VENV/bin/uv" sync --frozen --quiet --python "$PYTHON" "$@" >"$JOURNAL" 2>&1 ||
    expliquer_echec "Téléchargement des bibliothèques Python"
  printf '%s\n' "$attendu" >"$marque"
}
