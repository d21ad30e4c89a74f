"""La part des périodes en entreprise dans les données remises à une personne."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import QuerySet

from centres.models import Apprenant, Inscription, Utilisateur
from evaluations.models import BilanPfmp, FicheTuteur, LigneBilan, Placement, ReponseAttitude, ReponseTuteur, Visite
from evaluations.queries.provenance import LIENS, provenance

Lignes = list[dict[str, Any]]


def periodes_en_entreprise(lecteur: Utilisateur, apprenant: Apprenant) -> Lignes:
    """Où, quand, avec qui, et les absences : l'apprenant le sait déjà."""
    placements = _placements(lecteur, apprenant).select_related("periode", "entreprise", "tuteur")
    return [
        {
            "periode": str(un.periode),
            "debut": un.debut,
            "fin": un.fin,
            "entreprise": str(un.entreprise or ""),
            "tuteur": str(un.tuteur or ""),
            "demi_journees_d_absence": sum(absence.demi_journees for absence in un.absences.all()),
            "attestation_recue_le": un.attestation_le,
        }
        for un in placements.prefetch_related("absences")
    ]


def reponses_des_tuteurs(lecteur: Utilisateur, apprenant: Apprenant) -> Lignes:
    """Les réponses telles que le tuteur les a données, et qui les a données."""
    placements = _placements(lecteur, apprenant)
    reponses = ReponseTuteur.objects.filter(question__placement__in=placements).order_by("question")
    attitudes = ReponseAttitude.objects.filter(placement__in=placements).order_by("placement", "attitude")
    lignes = [
        {
            "periode": str(une.question.placement.periode),
            "question": une.question.texte,
            "reponse": une.get_valeur_display(),
            "autonomie": une.get_autonomie_display(),
            "par": provenance(une),
        }
        for une in reponses.select_related("question__placement__periode", *LIENS)
    ]
    return lignes + [
        {
            "periode": str(une.placement.periode),
            "question": une.get_attitude_display(),
            "reponse": "" if une.degre is None else str(une.degre),
            "autonomie": "",
            "par": provenance(une),
        }
        for une in attitudes.select_related("placement__periode", *LIENS)
    ]


def textes_des_pfmp(lecteur: Utilisateur, apprenant: Apprenant) -> Lignes:
    """Activités, comptes rendus, remarques et bilans écrits, dans la forme des observations."""
    return [
        {
            "situation": f"PFMP {placement.periode}",
            "date": jour,
            "competence": nature,
            "texte": texte,
            "par": par,
            "enregistre_le": "",
        }
        for placement, jour, nature, texte, par in _textes(_placements(lecteur, apprenant))
        if texte
    ]


def _textes(placements: QuerySet[Placement]) -> Iterator[tuple[Placement, date, str, str, str]]:
    liens = "placement__periode"
    for placement in placements.select_related("periode"):
        yield placement, placement.debut, "activités prévues", placement.activites_prevues, ""
    for visite in Visite.objects.filter(placement__in=placements).select_related(liens, "auteur"):
        jour = visite.faite_le or visite.prevue_le
        yield visite.placement, jour, "visite", visite.compte_rendu, str(visite.auteur)
    for fiche in FicheTuteur.objects.filter(placement__in=placements).select_related(liens, *LIENS):
        par = provenance(fiche)
        yield fiche.placement, fiche.placement.fin, "activités réalisées", fiche.activites_realisees, par
        yield fiche.placement, fiche.placement.fin, "remarque du tuteur", fiche.remarque, par
    for bilan in BilanPfmp.objects.filter(placement__in=placements).select_related(liens):
        yield bilan.placement, bilan.tenu_le or bilan.placement.fin, "bilan", bilan.synthese, ""
    lignes = LigneBilan.objects.filter(bilan__placement__in=placements)
    for ligne in lignes.select_related("bilan__placement__periode", "detaillee"):
        placement = ligne.bilan.placement
        yield placement, ligne.bilan.tenu_le or placement.fin, ligne.detaillee.code, ligne.motif, ""


def _placements(lecteur: Utilisateur, apprenant: Apprenant) -> QuerySet[Placement]:
    visibles = Inscription.objects.visibles_par(lecteur).filter(apprenant=apprenant)
    return Placement.objects.filter(inscription__in=visibles).order_by("debut", "pk")
