"""La note recalculée naïvement depuis DOMAINE §5, sans rien importer du projet, et comparée à `manage.py noter`.

À la main : `python tests/certification/calcul_independant.py --nombre 50000 --graine 7`
"""

import argparse
import json
import random
import subprocess
import sys
from pathlib import Path

import yaml

RACINE = Path(__file__).resolve().parents[2]
REFERENTIEL = yaml.safe_load((RACINE / "fixtures/referentiel/trpm.yaml").read_text(encoding="utf-8"))
ETATS = ["NE", "ABJ", "ABN", "DISP"]
NOMBRES = ["0", "1/2", "1.25", "2", "7/3", "3", "10/3", "4", "5.5"]


def pgcd(a, b):
    while b:
        a, b = b, a % b
    return a


def simplifier(n, d):
    diviseur = pgcd(n, d)
    return n // diviseur, d // diviseur


def en_couple(valeur):
    """Numérateur et dénominateur d'un nombre du contrat, sans passer par `fractions`."""
    texte = str(valeur)
    if "/" in texte:
        n, d = texte.split("/")
        return simplifier(int(n), int(d))
    if "." in texte:
        entier, decimales = texte.split(".")
        return simplifier(int(entier + decimales), 10 ** len(decimales))
    return int(texte), 1


def ajouter(a, b):
    return simplifier(a[0] * b[1] + b[0] * a[1], a[1] * b[1])


def multiplier(a, b):
    return simplifier(a[0] * b[0], a[1] * b[1])


def diviser(a, b):
    return simplifier(a[0] * b[1], a[1] * b[0])


def superieur(a, b):
    return a[0] * b[1] > b[0] * a[1]


def moyenne(couples):
    total = (0, 1)
    for couple in couples:
        total = ajouter(total, couple)
    return diviser(total, (len(couples), 1))


def ecrire(couple):
    return str(couple[0]) if couple[1] == 1 else f"{couple[0]}/{couple[1]}"


def competences_de(option, epreuve):
    """Les compétences de l'épreuve dans l'ordre, chacune avec ses détaillées de l'option."""
    for bloc in REFERENTIEL["blocs"]:
        if bloc["epreuve"] == epreuve:
            codes = bloc["competences"]
    detaillees = {}
    for competence in REFERENTIEL["competences"]:
        detaillees[competence["code"]] = [
            d["code"] for d in competence["detaillees"] if "option" not in d or d["option"] == option
        ]
    return [(code, detaillees[code]) for code in codes]


def meilleur_par_detaillee(situations, detaillees):
    """Parcourt les situations de la plus ancienne à la plus récente et ne remplace que pour un niveau plus haut."""
    retenus = {}
    for situation in situations:
        for detaillee in detaillees:
            niveau = situation["positionnements"].get(detaillee)
            if isinstance(niveau, int) and (detaillee not in retenus or niveau > retenus[detaillee]["niveau"]):
                retenus[detaillee] = {"niveau": niveau, "situation": situation["code"]}
    return {d: retenus[d] for d in detaillees if d in retenus}


def meilleure_situation(situations, detaillees, points):
    meilleure, retenus = None, {}
    for situation in situations:
        niveaux = {}
        for detaillee in detaillees:
            if situation["positionnements"].get(detaillee) in (1, 2, 3, 4):
                niveaux[detaillee] = situation["positionnements"][detaillee]
        if niveaux:
            valeur = moyenne([points[n] for n in niveaux.values()])
            if meilleure is None or superieur(valeur, meilleure):
                meilleure = valeur
                retenus = {d: {"niveau": n, "situation": situation["code"]} for d, n in niveaux.items()}
    return meilleure, retenus


def calculer(dossier):
    grille = dossier.get("grille", {})
    points = {n: en_couple(grille.get("points", {}).get(str(n), n - 1)) for n in (1, 2, 3, 4)}
    poids_defaut = REFERENTIEL["ponderations"][dossier["option"]]
    certificatives = [s for s in dossier["situations"] if s["certificative"]]
    certificatives.sort(key=lambda s: s["date"] + " " + s["code"])
    lignes, somme, poids_evalue, trou = [], (0, 1), (0, 1), False
    for code, detaillees in competences_de(dossier["option"], dossier["epreuve"]):
        poids = en_couple(grille["poids"][code] if "poids" in grille else poids_defaut[code])
        meilleurs = meilleur_par_detaillee(certificatives, detaillees)
        if grille.get("granularite", "competence_detaillee") == "competence":
            valeur, retenus = meilleure_situation(certificatives, detaillees, points)
        else:
            retenus = meilleurs
            valeur = moyenne([points[r["niveau"]] for r in retenus.values()]) if retenus else None
        origine = "non_evaluee" if valeur is None else "situations"
        if code in dossier.get("positions_commission", {}):
            valeur, origine = points[dossier["positions_commission"][code]], "commission"
        if valeur is None:
            trou = True
        else:
            somme = ajouter(somme, multiplier(poids, valeur))
            poids_evalue = ajouter(poids_evalue, poids)
        lignes.append(
            {
                "code": code,
                "poids": poids[0] if poids[1] == 1 else ecrire(poids),
                "points": None if valeur is None else ecrire(valeur),
                "points_max": ecrire(points[4]),
                "origine": origine,
                "retenus": retenus,
                "couverture": f"{len(meilleurs)}/{len(detaillees)}",
            }
        )
    bloquee = poids_evalue[0] == 0 or (trou and grille.get("non_evalue", "bloque") == "bloque")
    note = None
    if not bloquee:
        note = diviser(multiplier(diviser(somme, poids_evalue), (20, 1)), points[4])
        note = ajouter(note, en_couple(dossier.get("bonus", 0)))
        if superieur(note, (20, 1)):
            note = (20, 1)
    return {"lignes": lignes, **ecrire_note(note, grille.get("arrondi", "demi_point_superieur"))}


def ecrire_note(note, arrondi):
    if note is None:
        return {"note_exacte": None, "note_calculee": None, "note_arrondie": None}
    n, d = note
    centiemes = (200 * n + d) // (2 * d)
    calculee = f"{centiemes // 100}.{centiemes % 100:02d}"
    if arrondi == "aucun":
        arrondie = calculee
    else:
        demis = (2 * n) // d
        reste = 2 * n - demis * d
        if (arrondi == "demi_point_superieur" and reste > 0) or (arrondi == "demi_point_proche" and 2 * reste >= d):
            demis += 1
        arrondie = f"{demis // 2}.{'5' if demis % 2 else '0'}"
    return {"note_exacte": ecrire(note), "note_calculee": calculee, "note_arrondie": arrondie}


def dossier_au_hasard(hasard):
    """Un dossier conforme au contrat, avec des trous, des ex æquo, des absences et des grilles inhabituelles."""
    option = hasard.choice(["RSP", "RMO"])
    epreuve = hasard.choice(["E2", "E31", "E32"])
    competences = competences_de(option, epreuve)
    toutes = [d for _, detaillees in competences for d in detaillees]
    dossier = {"format": "trpm-dossier/1", "option": option, "epreuve": epreuve, "situations": []}
    part = hasard.choice([0.1, 0.3, 0.7, 1.0])
    part_etats = hasard.choice([0, 0, 0.2, 0.9])
    for rang in hasard.sample(range(1, 13), hasard.choice([0, 1, 2, 2, 3, 3, 4, 6])):
        positionnements = {}
        for detaillee in hasard.sample(toutes, len(toutes)):
            if hasard.random() < part:
                etat = hasard.random() < part_etats
                positionnements[detaillee] = hasard.choice(ETATS) if etat else hasard.randint(1, 4)
        dossier["situations"].append(
            {
                "code": f"S{rang}",
                "date": f"2026-0{hasard.randint(1, 3)}-1{hasard.randint(0, 2)}",
                "certificative": hasard.random() < 0.8,
                "positionnements": positionnements,
            }
        )
    grille = grille_au_hasard(hasard, [code for code, _ in competences])
    if grille or hasard.random() < 0.5:
        dossier["grille"] = grille
    if hasard.random() < 0.4:
        choisies = [code for code, _ in competences if hasard.random() < 0.4]
        dossier["positions_commission"] = {code: hasard.randint(1, 4) for code in choisies}
    if "bonus_max" in grille and hasard.random() < 0.7:
        dossier["bonus"] = hasard.choice(["0", grille["bonus_max"]])
    return dossier


def grille_au_hasard(hasard, codes):
    grille = {}
    if hasard.random() < 0.4:
        points = sorted(hasard.choices(NOMBRES, k=4), key=lambda v: en_couple(v)[0] / en_couple(v)[1])
        if en_couple(points[3])[0]:
            grille["points"] = dict(zip("1234", points, strict=True))
    if hasard.random() < 0.4:
        poids = {code: hasard.choice([0, 0, 1, 5, 9, 16, "1/3", "2.5"]) for code in codes}
        if any(poids.values()):
            grille["poids"] = poids
    if hasard.random() < 0.6:
        grille["granularite"] = hasard.choice(["competence_detaillee", "competence"])
    if hasard.random() < 0.6:
        grille["non_evalue"] = hasard.choice(["bloque", "renormalise"])
    if hasard.random() < 0.8:
        grille["arrondi"] = hasard.choice(["demi_point_superieur", "demi_point_proche", "aucun"])
    if hasard.random() < 0.4:
        grille["bonus_max"] = hasard.choice(["0", "1/2", "1.5", 2, "20"])
    return grille


def ecarts(dossiers, notes):
    """Les dossiers dont `noter` et le calcul naïf ne disent pas la même chose."""
    trouves = []
    for dossier, note in zip(dossiers, notes, strict=True):
        attendu = calculer(dossier)
        dit = {cle: note[cle] for cle in ("note_exacte", "note_calculee", "note_arrondie")}
        if {"lignes": note["competences"], **dit} != attendu or bool(note["motifs"]) == bool(note["note_exacte"]):
            trouves.append({"dossier": dossier, "noter": note, "attendu": attendu})
    return trouves


def noter(dossiers):
    commande = [sys.executable, str(RACINE / "manage.py"), "noter", "-"]
    entree = json.dumps(dossiers).encode()
    return json.loads(subprocess.run(commande, input=entree, stdout=subprocess.PIPE, check=True, cwd=RACINE).stdout)


def comparer(nombre, graine):
    hasard = random.Random(graine)  # noqa: S311 (une graine, pas un secret)
    dossiers = [dossier_au_hasard(hasard) for _ in range(nombre)]
    notes = noter(dossiers)
    return ecarts(dossiers, notes), sum(note["note_exacte"] is not None for note in notes)


def main():
    analyseur = argparse.ArgumentParser(description=__doc__)
    analyseur.add_argument("--nombre", type=int, default=20000)
    analyseur.add_argument("--graine", type=int, default=1)
    arguments = analyseur.parse_args()
    trouves, notees = comparer(arguments.nombre, arguments.graine)
    for ecart in trouves[:3]:
        print(json.dumps(ecart, ensure_ascii=False, indent=1))
    print(f"{arguments.nombre} dossiers, {notees} avec une note, {len(trouves)} écart(s)")
    return 1 if trouves else 0


if __name__ == "__main__":
    sys.exit(main())
