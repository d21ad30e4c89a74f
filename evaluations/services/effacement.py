"""Effacer ce que les enseignants ont écrit d'un apprenant ; les niveaux restent, pour les statistiques."""

from collections.abc import Collection

from evaluations.models import ObservationApprenant, Positionnement


def objets_au_journal(apprenants: Collection[int]) -> dict[str, list[int]]:
    """Les cases et les observations dont le journal parle : type d'objet → clés."""
    return {
        modele._meta.label_lower: list(
            modele._default_manager.filter(inscription__apprenant__in=apprenants)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        for modele in (Positionnement, ObservationApprenant)
    }


def compter_textes(apprenants: Collection[int]) -> int:
    cases = Positionnement.objects.filter(inscription__apprenant__in=apprenants).exclude(observation="")
    return (
        cases.count()
        + ObservationApprenant.objects.filter(inscription__apprenant__in=apprenants).exclude(texte="").count()
    )


def effacer_textes(*, apprenants: Collection[int]) -> int:
    """À appeler dans la transaction de la purge. Un verrou de situation n'y fait rien : la loi passe avant lui."""
    cases = Positionnement.objects.filter(inscription__apprenant__in=apprenants).exclude(observation="")
    observations = ObservationApprenant.objects.filter(inscription__apprenant__in=apprenants).exclude(texte="")
    return cases.update(observation="") + observations.update(texte="")
