"""Des archives de commission fabriquées par les fonctions pures, sans base : un dossier de vrais PDF par archive."""

import hashlib
import json
import random
from pathlib import Path
from typing import Any

from certification.archive_json import (
    NOM_JOINT,
    NOM_MANIFESTE,
    NOM_SCEAU,
    Cadre,
    DossierClos,
    PieceDecrite,
    canonique,
    empreinte,
    manifeste_en_json,
    nom_de_piece,
    sceau_du_manifeste,
)
from certification.dossier_json import lire_dossier, note_en_json
from certification.json_strict import lire_json
from referentiel.faits import lire_faits
from tests.certification import calcul_independant
from trpm.socle.pdf import PieceJointe, pdf

FAITS = lire_faits(Path(__file__).parents[2] / "fixtures/referentiel/trpm.yaml")
CANDIDATS = {"I1": ("MARTIN", "Léa"), "I2": ("D'ALMEIDA", "Zoé Ève")}


def grille_ecrite(parametres: Any) -> dict[str, Any]:
    """Tous les réglages, écrits : le vérificateur ne suppose rien."""
    return {
        "points": {str(niveau): str(points) for niveau, points in parametres.points.items()},
        "poids": {code: str(poids) for code, poids in parametres.poids.items()},
        "granularite": parametres.granularite.value,
        "non_evalue": parametres.non_evalue.value,
        "arrondi": parametres.arrondi.value,
        "bonus_max": str(parametres.bonus_max),
    }


def dossier_clos(entrees: dict[str, Any], cle: str = "I1") -> DossierClos:
    """Le dossier que la commission aurait clos sur ces entrées : proposé tel quel s'il y a une note, absent sinon."""
    lu = lire_dossier(lire_json(json.dumps(entrees).encode()), FAITS)
    entrees = {**entrees, "grille": grille_ecrite(lu.parametres)}
    resultat = note_en_json(lu.noter(), lu.option)
    proposee = resultat["note_arrondie"]
    nom, prenom = CANDIDATS.get(cle, (cle, ""))
    return DossierClos(
        candidat={"cle": cle, "numero": "", "nom": nom, "prenom": prenom, "option": lu.option},
        epreuve={"code": lu.epreuve.code, "intitule": "Épreuve"},
        grille={"nom": "grille v1", "seuil_commentaire": "10"},
        competences=lu.epreuve.competences,
        situations=[],
        entrees=entrees,
        resultat=resultat,
        positions=[
            {"competence": code, "niveau": niveau, "motif": "Vu à l'oral."}
            for code, niveau in lu.positions_commission.items()
        ],
        proposition={
            "etat": "ABSENT" if proposee is None else "PROPOSEE",
            "bonus": str(lu.bonus),
            "note_calculee": resultat["note_calculee"],
            "note_arrondie": proposee,
            "note_proposee": proposee,
            "motif_ecart": "",
            "commentaire": "Des bases à reprendre.",
            "appreciation": "",
        },
    )


def cadre(uai: str = "0690001A", version: int = 1) -> Cadre:
    membres = ({"nom": "Mme Chair", "qualite": "Présidente", "est_president": True, "est_present": True},)
    return Cadre(
        uai, "Lycée d'essai", "TRPM", "Bac pro", 2026, "TTRPM", "2026-05-20T09:00:00+02:00", "B12", version, membres
    )


def dossiers_d_essai(graine: int) -> list[DossierClos]:
    hasard = random.Random(graine)  # noqa: S311 (une graine, pas un secret)
    clos = []
    for cle in CANDIDATS:
        for epreuve in ("E2", "E31"):
            entrees = {"format": "trpm-dossier/1", "option": "RSP", "epreuve": epreuve, "situations": []}
            toutes = [d for _, detaillees in calcul_independant.competences_de("RSP", epreuve) for d in detaillees]
            for rang in (1, 2):
                niveaux = {
                    code: hasard.choice([1, 2, 3, 4, "NE"]) for code in toutes if rang == 1 or hasard.random() < 0.5
                }
                entrees["situations"].append(
                    {"code": f"S{rang}", "date": f"2026-02-0{rang}", "certificative": True, "positionnements": niveaux}
                )
            entrees["positions_commission"] = {hasard.choice(["C1", "C4"] if epreuve == "E2" else ["C6", "C9"]): 3}
            clos.append(dossier_clos(entrees, cle))
    return clos


def imprimer(titre: str, joint: bytes | None = None) -> bytes:
    pieces = [PieceJointe(NOM_JOINT, joint, "Données du dossier")] if joint else []
    html = f"<html lang='fr'><head><title>{titre}</title></head><body><h1>{titre}</h1></body></html>"
    return pdf(html, titre=titre, pieces=pieces)


def ecrire_archive(
    dossier: Path, clos: list[DossierClos], *, numero: int = 1, precedent: str = "", uai: str = "0690001A"
) -> str:
    """Écrit l'archive et rend son empreinte ; son numéro sert aussi de version de la commission."""
    dossier.mkdir()
    fichiers = [("PV", (), imprimer("PV"), None), ("RECAPITULATIF", (), imprimer("Récapitulatif"), None)]
    lignes = []
    for un in clos:
        joint = canonique(un.en_json(cadre(uai, numero)))
        lignes.append(un.ligne(empreinte(joint)))
        for nature in ("GRILLE", "DOSSIER"):
            cles = (un.candidat["cle"], un.epreuve["code"])
            fichiers.append((nature, (cles[1], un.candidat["nom"]), imprimer(nature, joint), cles))
    pieces = []
    for ordre, (nature, precisions, contenu, cles) in enumerate(fichiers, start=1):
        nom = nom_de_piece(ordre, nature, *precisions)
        (dossier / nom).write_bytes(contenu)
        candidat, epreuve = cles or (None, None)
        pieces.append(PieceDecrite(ordre, nature, nom, empreinte(contenu), len(contenu), candidat, epreuve))
    contenu = manifeste_en_json(
        cadre(uai, numero),
        numero=numero,
        precedent=precedent,
        cree_le="2026-05-20T12:00:00+00:00",
        motif="Erreur de report." if numero > 1 else "",
        pieces=pieces,
        propositions=lignes,
    )
    return sceller(dossier, contenu)


def sceller(dossier: Path, manifeste: dict[str, Any]) -> str:
    """Écrit le manifeste et son empreinte, comme le ferait qui voudrait cacher une retouche."""
    octets = canonique(manifeste)
    (dossier / NOM_MANIFESTE).write_bytes(octets)
    (dossier / NOM_SCEAU).write_bytes(sceau_du_manifeste(octets))
    return empreinte(octets)


def manifeste_de(dossier: Path) -> dict[str, Any]:
    return json.loads((dossier / NOM_MANIFESTE).read_bytes())


def remplacer_piece(dossier: Path, ordre: int, contenu: bytes, *, refaire: bool) -> str:
    """Remplace un fichier ; `refaire` recalcule aussi toutes les empreintes."""
    manifeste = manifeste_de(dossier)
    piece = manifeste["pieces"][ordre - 1]
    (dossier / piece["nom"]).write_bytes(contenu)
    if refaire:
        piece.update(sha256=hashlib.sha256(contenu).hexdigest(), octets=len(contenu))
        return sceller(dossier, manifeste)
    return ""
