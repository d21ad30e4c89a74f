"""Une situation à remplir et les identifiants de ses cases, écrits en clair dans les tests de la grille."""

from collections.abc import Iterable
from datetime import date

from centres.models import Classe, Inscription, Utilisateur
from evaluations.models import Situation
from referentiel.models import CompetenceDetaillee, Option
from tests.fabriques import fabriquer_inscription


def fabriquer_situation(classe: Classe, auteur: Utilisateur, codes: Iterable[str] = (), code: str = "S4") -> Situation:
    """Étau de montage, E31, mars 2026 ; sans codes, toutes les compétences détaillées du diplôme."""
    situation = Situation.objects.create(
        classe=classe,
        code=code,
        titre="Étau de montage",
        nature="certificative",
        debut=date(2026, 3, 12),
        periode=classe.version.periodes.order_by("-ordre").first(),
        auteur=auteur,
    )
    situation.epreuves.add(classe.version.epreuves.get(code="E31"))
    detaillees = CompetenceDetaillee.objects.filter(competence__version=classe.version)
    if codes := list(codes):
        detaillees = detaillees.filter(code__in=codes)
    situation.evaluees.set(detaillees)
    return situation


def detail(code: str, option: Option | None = None) -> CompetenceDetaillee:
    """La ligne du code pour cette option ; sans option, la ligne commune."""
    return CompetenceDetaillee.objects.get(code=code, option=option)


def remplir_la_classe(classe: Classe, options: list[Option], nombre: int) -> list[Inscription]:
    """`nombre` inscrits de plus, une option sur deux."""
    return [
        fabriquer_inscription(classe, options[rang % len(options)], f"Élève{rang:03}", "Alix") for rang in range(nombre)
    ]
