"""De quoi éprouver les trois ans : une échelle, une séquence, un bilan, une pièce, écrits directement."""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from centres.models import Classe, Inscription, Utilisateur
from evaluations.enums import EtatBilan, NatureBilan, NaturePiece, NatureSequence
from evaluations.models import (
    AutoEvaluation,
    BilanPeriode,
    CampagneBilans,
    Echelle,
    NiveauAttendu,
    PiecePortfolio,
    Sequence,
)
from referentiel.models import CompetenceDetaillee, Periode


def cohorte_de(classe: Classe) -> int:
    return classe.annee_scolaire - classe.annee_cycle + 1


def fabriquer_echelle(
    classe: Classe, auteur: Utilisateur, attendus: Mapping[tuple[str, int], int] | None = None, **champs: Any
) -> Echelle:
    """`attendus` : (code de la détaillée, rang de la période) → niveau ; publiée, sauf `publiee_le=None`."""
    valeurs: dict[str, Any] = {
        "centre": classe.centre,
        "version_referentiel": classe.version,
        "cohorte": cohorte_de(classe),
        "intitule": f"Échelle de la cohorte {cohorte_de(classe)}",
        "auteur": auteur,
        "publiee_le": timezone.now(),
    }
    echelle = Echelle.objects.create(**{**valeurs, **champs})
    periodes = {une.ordre: une for une in echelle.version_referentiel.periodes.all()}
    detaillees = CompetenceDetaillee.objects.filter(competence__version=echelle.version_referentiel)
    NiveauAttendu.objects.bulk_create(
        NiveauAttendu(echelle=echelle, detaillee=detaillee, periode=periodes[ordre], niveau=niveau)
        for (code, ordre), niveau in (attendus or {}).items()
        for detaillee in detaillees.filter(code=code)
    )
    return echelle


def fabriquer_sequence(classe: Classe, auteur: Utilisateur, debut: int = 1, fin: int = 1, **champs: Any) -> Sequence:
    """Du semestre de rang `debut` à celui de rang `fin`."""
    valeurs: dict[str, Any] = {
        "centre": classe.centre,
        "cohorte": cohorte_de(classe),
        "intitule": "Étau de modélisme",
        "nature": NatureSequence.PROJET,
        "periode_debut": _periode(classe, debut),
        "periode_fin": _periode(classe, fin),
        "auteur": auteur,
    }
    return Sequence.objects.create(**{**valeurs, **champs})


def fabriquer_campagne(classe: Classe, auteur: Utilisateur, jour: date, **champs: Any) -> CampagneBilans:
    valeurs: dict[str, Any] = {
        "classe": classe,
        "nature": NatureBilan.INTERMEDIAIRE,
        "periode": _periode(classe, 2 * classe.annee_cycle - 1),
        "arrete_le": jour,
        "intitule": f"Bilan intermédiaire du {jour:%d/%m/%Y}",
        "auteur": auteur,
    }
    return CampagneBilans.objects.create(**{**valeurs, **champs})


def fabriquer_bilan(campagne: CampagneBilans, inscription: Inscription, **champs: Any) -> BilanPeriode:
    """Préparé ; donner `etat=EtatBilan.FORMALISE` le date."""
    valeurs: dict[str, Any] = {"etat": EtatBilan.PREPARE, "arrete_le": campagne.arrete_le}
    valeurs |= champs
    if valeurs["etat"] == EtatBilan.FORMALISE:
        valeurs.setdefault("formalise_le", timezone.now())
    return BilanPeriode.objects.create(campagne=campagne, inscription=inscription, **valeurs)


def fabriquer_piece(inscription: Inscription, auteur: Utilisateur, contenu: bytes, **champs: Any) -> PiecePortfolio:
    valeurs: dict[str, Any] = {
        "titre": "Programme du corps d'étau",
        "nature": NaturePiece.PROGRAMME,
        "type_mime": "text/plain",
    }
    piece = PiecePortfolio(
        apprenant=inscription.apprenant,
        deposee_par=auteur,
        octets=len(contenu),
        sha256=sha256(contenu).hexdigest(),
        **{**valeurs, **champs},
    )
    piece.fichier.save("piece.txt", ContentFile(contenu))
    return piece


def fabriquer_auto_evaluation(inscription: Inscription, code: str, niveau: int, **champs: Any) -> AutoEvaluation:
    """Sur la compétence de ce code, pour le premier semestre de l'année de la classe."""
    classe = inscription.classe
    valeurs: dict[str, Any] = {
        "competence": classe.version.competences.get(code=code),
        "periode": _periode(classe, 2 * classe.annee_cycle - 1),
        "le": timezone.now(),
    }
    return AutoEvaluation.objects.create(inscription=inscription, niveau=niveau, **{**valeurs, **champs})


def _periode(classe: Classe, ordre: int) -> Periode:
    return Periode.objects.get(version=classe.version, ordre=ordre)
