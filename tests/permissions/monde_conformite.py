"""Les dossiers et l'inspection dans le monde de la matrice : pièces jointes, fichiers séparés, situations."""

from collections.abc import Mapping
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from centres.models import Classe, Inscription, Utilisateur
from certification.enums import FormatTravail, NaturePiece
from certification.models import PieceDossier, Travail
from tests.fabriques import fabriquer_classe

Argument = tuple[str, tuple[Any, ...], str | None, str]


def contenu_conformite(auteur: Utilisateur, ines: Inscription, figee: Inscription, lettre: str) -> dict[str, Any]:
    classe = ines.classe
    return {
        # Sans candidat : la demande de tous les dossiers n'imprime rien.
        "classe_nue": fabriquer_classe(classe.centre, classe.version, nom=f"CNUE{lettre}"),
        "piece_jointe": _piece(ines, auteur),
        "piece_figee": _piece(figee, auteur),
        "zip_fini": _zip(classe, auteur, "fini"),
        "zip_en_cours": _zip(classe, auteur, "en_cours"),
    }


def arguments_conformite(a: Mapping[str, Any], b: Mapping[str, Any], absent: int) -> dict[str, list[Argument]]:
    """Par sorte d'objet : le nom, les arguments de l'adresse, le centre (aucun : l'objet n'existe pas), l'état."""
    annee = a["classe"].session.annee

    def paires(cle: str, nom: str, etat: str = "") -> list[Argument]:
        return [(f"{nom} {lettre}", (vu[cle].pk,), lettre, etat) for lettre, vu in (("A", a), ("B", b))]

    return {
        "classe_nue": [*paires("classe_nue", "classe"), ("classe absente", (absent,), None, "")],
        "piece_dossier": [
            *paires("piece_jointe", "pièce"),
            *paires("piece_figee", "pièce d'une commission close", "figee"),
            ("pièce absente", (absent,), None, ""),
        ],
        "travail_zip": [
            *paires("zip_fini", "fichiers prêts", "fini"),
            *paires("zip_en_cours", "fichiers en cours", "en_cours"),
            ("un seul PDF", (a["fini"].pk,), None, ""),
        ],
        "situation_certificative": [*paires("ouverte", "situation"), ("situation absente", (absent,), None, "")],
        "centre_inspecte": [
            ("centre A", (a["centre"].pk, annee), "A", ""),
            ("centre B", (b["centre"].pk, annee), "B", ""),
            ("session absente", (a["centre"].pk, 1999), None, ""),
        ],
    }


def _piece(inscription: Inscription, auteur: Utilisateur) -> PieceDossier:
    contenu = b"%PDF note 14,48 %%EOF"
    piece = PieceDossier(
        inscription=inscription,
        epreuve=inscription.classe.version.epreuves.get(code="E2"),
        nature=NaturePiece.SITUATION,
        titre="Plan du mors",
        type_mime="application/pdf",
        octets=len(contenu),
        sha256="0" * 64,
        deposee_le=timezone.now(),
        auteur=auteur,
    )
    piece.fichier.save(f"matrice-piece-{inscription.pk}.pdf", ContentFile(contenu), save=False)
    piece.save()
    return piece


def _zip(classe: Classe, auteur: Utilisateur, etat: str) -> Travail:
    maintenant = timezone.now()
    travail = Travail(
        classe=classe,
        format=FormatTravail.ZIP,
        epreuve=classe.version.epreuves.get(code="E2" if etat == "fini" else "E31"),
        auteur=auteur,
        etat=etat,
        total=2,
        demande_le=maintenant,
        avance_le=maintenant,
    )
    if etat == "fini":
        travail.fichier.save(f"matrice-dossiers-{classe.pk}.zip", ContentFile(b"PK note 14,48"), save=False)
    travail.save()
    return travail
