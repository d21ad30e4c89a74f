"""Les actes sur les classes : créer, modifier, supprimer."""

from django.core.exceptions import ValidationError
from django.db import transaction

from centres.journal import journaliser
from centres.models import Centre, Classe, Utilisateur
from centres.permissions import peut_gerer_les_classes
from centres.services.autorisation import autoriser
from referentiel.models import SessionExamen, VersionReferentiel


@transaction.atomic
def creer_classe(
    *,
    auteur: Utilisateur | None,
    centre: Centre,
    nom: str,
    annee_scolaire: int,
    annee_cycle: int,
    version: VersionReferentiel,
    session: SessionExamen,
) -> Classe:
    """La cohorte garde la version du référentiel et la session avec lesquelles elle est entrée."""
    autoriser(auteur is None or peut_gerer_les_classes(auteur, centre))
    if annee_cycle > version.duree_cycle_annees:
        raise ValidationError({"annee_cycle": f"Le cycle dure {version.duree_cycle_annees} ans."})
    if session.diplome_id != version.diplome_id:
        raise ValidationError({"session": "Cette session n'est pas celle du diplôme préparé."})
    classe = Classe(
        centre=centre,
        nom=nom.strip(),
        annee_scolaire=annee_scolaire,
        annee_cycle=annee_cycle,
        version=version,
        session=session,
    )
    classe.full_clean()
    classe.save(force_insert=True)
    journaliser(
        chaine=f"classe:{classe.pk}",
        acte="classe.creee",
        auteur=auteur,
        objet=classe,
        apres={
            "centre": centre.pk,
            "nom": classe.nom,
            "annee_scolaire": annee_scolaire,
            "annee_cycle": annee_cycle,
            "version": str(version),
            "session": session.annee,
        },
    )
    return classe
