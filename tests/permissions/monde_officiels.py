"""Les grilles officielles du monde de la matrice : une publiée et une en préparation, et ce qui en est rempli."""

from collections.abc import Mapping
from typing import Any

from django.core.files.base import ContentFile
from django.utils import timezone

from centres.models import Classe, Utilisateur
from certification.enums import FormatTravail, NatureTravail
from certification.models import Travail
from certification.services.grilles import nouvelle_version_de_grille, publier_grilles_par_defaut
from tests.certification.fabrique_officiels import deposer, publier

Argument = tuple[str, tuple[Any, ...], str | None, str]


def arguments_officiels(
    a: Mapping[str, Any], b: Mapping[str, Any], comptes: Mapping[str, Utilisateur], absent: int
) -> dict[str, list[Argument]]:
    """Par sorte d'objet : le nom, les arguments de l'adresse, le centre (aucun : l'objet n'existe pas), l'état."""
    classe: Classe = a["classe"]
    option, epreuve, ddfpt = a["ines"].option, classe.version.epreuves.get(code="E2"), comptes["ddfpt"]
    publiee = publier_grilles_par_defaut(classe.version)[0]
    brouillon = nouvelle_version_de_grille(utilisateur=comptes["administrateur"], grille=publiee)
    return {
        "grille": [
            ("grille publiée", (publiee.pk,), "*", "publiee"),
            ("brouillon de grille", (brouillon.pk,), "*", "brouillon"),
            ("grille absente", (absent,), None, ""),
        ],
        "officiel": [
            ("grille officielle publiée", (publier(ddfpt, option, epreuve, classe.session).pk,), "*", "publie"),
            ("grille officielle préparée", (deposer(ddfpt, option, epreuve, classe.session).pk,), "*", "brouillon"),
            ("grille officielle absente", (absent,), None, ""),
        ],
        "candidat_grille": [
            ("candidat A", (a["ines"].pk, "E2"), "A", ""),
            ("candidat B", (b["ines"].pk, "E2"), "B", ""),
            ("candidat sans grille", (a["lucas"].pk, "E2"), None, ""),
            ("candidat absent", (absent, "E2"), None, ""),
        ],
        "travail_classeurs": [
            ("grilles A prêtes", (_travail(classe, ddfpt, "fini").pk,), "A", "fini"),
            ("grilles A en cours", (_travail(classe, ddfpt, "en_cours").pk,), "A", "en_cours"),
            ("grilles B prêtes", (_travail(b["classe"], ddfpt, "fini").pk,), "B", "fini"),
            ("travail d'une autre nature", (a["fini"].pk,), None, ""),
            ("travail absent", (absent,), None, ""),
        ],
    }


def _travail(classe: Classe, auteur: Utilisateur, etat: str) -> Travail:
    maintenant = timezone.now()
    travail = Travail(
        classe=classe,
        nature=NatureTravail.CLASSEURS,
        format=FormatTravail.ZIP,
        epreuve=classe.version.epreuves.get(code="E2" if etat == "fini" else "E31"),
        auteur=auteur,
        etat=etat,
        total=2,
        demande_le=maintenant,
        avance_le=maintenant,
    )
    if etat == "fini":
        travail.fichier.save(f"matrice-classeurs-{classe.pk}.zip", ContentFile(b"PK note 14,48"), save=False)
    travail.save()
    return travail
