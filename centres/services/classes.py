"""Les actes sur les classes : créer, modifier, supprimer."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from centres.journal import journaliser
from centres.models import Centre, Classe, Utilisateur
from centres.permissions import peut_gerer_les_classes
from centres.services.autorisation import autoriser
from centres.services.fiches import corriger, empreinte, supprimer_si_libre, verifier_inchangee, verrouiller
from referentiel.models import SessionExamen, VersionReferentiel

CHAMPS_CLASSE = ("nom", "annee_scolaire", "annee_cycle", "session")


@transaction.atomic
def creer_classe(
    *,
    auteur: Utilisateur | None,
    centre: Centre,
    nom: str,
    annee_scolaire: int,
    annee_cycle: int,
    version: VersionReferentiel,
    session: SessionExamen | int,
) -> Classe:
    """La cohorte garde la version du référentiel et la session avec lesquelles elle est entrée.

    Une session donnée par son année est ouverte au besoin : la première classe d'une session la fait exister.
    """
    autoriser(auteur is None or peut_gerer_les_classes(auteur, centre))
    session = _session(version, session, auteur)
    _verifier_cycle(version, annee_cycle, session)
    _verifier_session(version, annee_scolaire, annee_cycle, session.annee)
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
        chaine=f"classe:{classe.pk}", acte="classe.creee", auteur=auteur, objet=classe, apres=_resume_classe(classe)
    )
    return classe


@transaction.atomic
def modifier_classe(
    *,
    auteur: Utilisateur,
    classe: Classe,
    nom: str,
    annee_scolaire: int,
    annee_cycle: int,
    session: int,
    attendue: str | None = None,
) -> Classe:
    """`attendue` : l'empreinte des valeurs que la page montrait (`empreinte_classe`)."""
    autoriser(peut_gerer_les_classes(auteur, classe.centre_id))
    fiche = verrouiller(classe)
    verifier_inchangee(empreinte_classe(fiche), attendue)
    _verifier_cycle(fiche.version, annee_cycle, None)
    # Une classe d'avant cette règle garde sa session tant qu'on n'y touche pas.
    if (annee_scolaire, annee_cycle, session) != (fiche.annee_scolaire, fiche.annee_cycle, fiche.session.annee):
        _verifier_session(fiche.version, annee_scolaire, annee_cycle, session)
    ouverte = _session(fiche.version, session, auteur)
    valeurs = {
        "nom": nom.strip(),
        "annee_scolaire": annee_scolaire,
        "annee_cycle": annee_cycle,
        "session": ouverte,
    }
    corriger(
        auteur=auteur,
        fiche=fiche,
        valeurs=valeurs,
        attendue=None,
        chaine=f"classe:{fiche.pk}",
        acte="classe.modifiee",
    )
    return fiche


@transaction.atomic
def supprimer_classe(*, auteur: Utilisateur, classe: Classe) -> None:
    """Seule une classe vide s'efface ; le journal garde ce qu'elle était."""
    autoriser(peut_gerer_les_classes(auteur, classe.centre_id))
    fiche = verrouiller(classe)
    pk, avant = fiche.pk, _resume_classe(fiche)
    supprimer_si_libre(fiche)
    journaliser(
        chaine=f"classe:{pk}", acte="classe.supprimee", auteur=auteur, objet=f"centres.classe:{pk}", avant=avant
    )


def empreinte_classe(classe: Classe) -> str:
    return empreinte(classe, CHAMPS_CLASSE)


def _session(version: VersionReferentiel, session: SessionExamen | int, auteur: Utilisateur | None) -> SessionExamen:
    if isinstance(session, SessionExamen):
        return session
    ouverte, nouvelle = SessionExamen.objects.get_or_create(diplome_id=version.diplome_id, annee=session)
    if nouvelle:
        journaliser(
            chaine=f"session:{ouverte.pk}",
            acte="session.ouverte",
            auteur=auteur,
            objet=ouverte,
            apres={"diplome": version.diplome_id, "annee": session},
        )
    return ouverte


def _verifier_cycle(version: VersionReferentiel, annee_cycle: int, session: SessionExamen | None) -> None:
    if annee_cycle > version.duree_cycle_annees:
        raise ValidationError({"annee_cycle": f"Le cycle dure {version.duree_cycle_annees} ans."})
    if session and session.diplome_id != version.diplome_id:
        raise ValidationError({"session": "Cette session n'est pas celle du diplôme préparé."})


def _verifier_session(version: VersionReferentiel, annee_scolaire: int, annee_cycle: int, session: int) -> None:
    attendue = annee_scolaire + 1 + version.duree_cycle_annees - annee_cycle
    if session != attendue:
        dit = f"L'année {annee_cycle} du cycle, en {annee_scolaire}-{annee_scolaire + 1}, mène à la session {attendue}."
        raise ValidationError({"session": dit})


def _resume_classe(classe: Classe) -> dict[str, Any]:
    return {
        "centre": classe.centre_id,
        "nom": classe.nom,
        "annee_scolaire": classe.annee_scolaire,
        "annee_cycle": classe.annee_cycle,
        "version": str(classe.version),
        "session": classe.session.annee,
    }
