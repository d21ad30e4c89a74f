"""`python -m mesures` : toutes les mesures, en tableau ou en JSON, dans une base et un dossier jetables.

SQLite d'abord ; les huit enseignants recommencent sur PostgreSQL quand pg_virtualenv est installé.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import django

RACINE = Path(__file__).resolve().parent.parent
Lues = dict[str, dict[str, Any]]


def main() -> int:
    lecteur = argparse.ArgumentParser(prog="./bench", description=__doc__)
    lecteur.add_argument("--json", action="store_true", help="le contrat, et rien d'autre, sur la sortie standard")
    lecteur.add_argument("--paires", type=int, default=40, help="nombre de paires alternées (40)")
    lecteur.add_argument("--sans-postgresql", action="store_true", help="SQLite seulement")
    lecteur.add_argument("--editeurs-seuls", metavar="BASE", help=argparse.SUPPRESS)
    options = lecteur.parse_args()
    with tempfile.TemporaryDirectory(prefix="trpm-mesures-") as dossier:
        _regler(dossier, sur_postgresql=bool(options.editeurs_seuls))
        mesures = _mesurer(options.paires, options.editeurs_seuls)
    if not options.editeurs_seuls and not options.sans_postgresql:
        mesures.update(_sur_postgresql())
    if options.json or options.editeurs_seuls:
        print(json.dumps({"mesures": {nom: lu["mesure"] for nom, lu in mesures.items()}}, ensure_ascii=False))
    else:
        _tableau(mesures)
    return 0


def _regler(dossier: str, *, sur_postgresql: bool) -> None:
    for nom in ("DATABASE_URL", "TRPM_DEMO", "TRPM_DEBUG", "TRPM_HOTES", "TRPM_ORIGINES", "TRPM_SECRET_KEY"):
        os.environ.pop(nom, None)
    os.environ.update(TRPM_DATA=dossier, TRPM_LOCAL="1", DJANGO_SETTINGS_MODULE="mesures.reglages")
    if sur_postgresql:
        acces = {cle: os.environ[f"PG{cle}"] for cle in ("USER", "PASSWORD", "HOST", "PORT", "DATABASE")}
        os.environ["DATABASE_URL"] = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{DATABASE}".format(**acces)
    django.setup()


def _mesurer(paires: int, editeurs_seuls: str | None) -> Lues:
    # Django n'est prêt qu'après _regler : les modules qui importent des modèles attendent jusque-là.
    from mesures import classeurs, editeurs, grille  # noqa: PLC0415
    from mesures.banc import dresser  # noqa: PLC0415
    from mesures.donnees import fabriquer_grille, preparer_base  # noqa: PLC0415

    preparer_base()
    if editeurs_seuls:
        mesures = editeurs.mesurer_editeurs(fabriquer_grille(30), editeurs_seuls)
    else:
        banc = dresser(paires)
        # Une famille, un module, une fonction `mesurer(banc)` ; les éditeurs écrivent en masse, ils passent en dernier.
        mesures = [mesure for famille in (grille, classeurs, editeurs) for mesure in famille.mesurer(banc)]
    return {mesure.nom: {"mesure": mesure.en_json(), "budget": mesure.budget} for mesure in mesures}


def _sur_postgresql() -> Lues:
    """La même épreuve dans une base jetable ; sans PostgreSQL, la mesure manque et le tableau le dit."""
    if not shutil.which("pg_virtualenv"):
        print("pg_virtualenv absent : rien sur PostgreSQL.", file=sys.stderr)
        return {}
    from mesures.editeurs import BUDGETS  # noqa: PLC0415

    commande = ["pg_virtualenv", sys.executable, "-m", "mesures", "--editeurs-seuls", "postgresql"]
    fini = subprocess.run(commande, cwd=RACINE, capture_output=True, text=True)  # noqa: S603
    lignes = [ligne for ligne in fini.stdout.splitlines() if ligne.startswith('{"mesures"')]
    if fini.returncode or not lignes:
        print(f"PostgreSQL : mesure impossible.\n{fini.stderr[-1500:]}", file=sys.stderr)
        return {}
    lues = json.loads(lignes[0])["mesures"]
    return {nom: {"mesure": mesure, "budget": BUDGETS.get(nom.rpartition(".")[2], "")} for nom, mesure in lues.items()}


def _tableau(mesures: Lues) -> None:
    print(f"{'mesure':<44}{'valeur':>11} {'unité':<18}{'plancher':>10}{'ratio':>8}  attendu")
    for nom, lu in mesures.items():
        mesure = lu["mesure"]
        plancher, ratio = ("" if mesure[cle] is None else f"{mesure[cle]:.2f}" for cle in ("plancher", "ratio"))
        valeur = mesure["valeur"] if isinstance(mesure["valeur"], int) else f"{mesure['valeur']:.2f}"
        print(f"{nom:<44}{valeur:>11} {mesure['unite']:<18}{plancher:>10}{ratio:>8}  {lu['budget']}")


if __name__ == "__main__":
    sys.exit(main())
