"""Les actes sur les centres et les personnes : créer une classe, inscrire, affecter.

`auteur` vide est réservé aux commandes d'administration (`manage.py`), qui agissent au nom du système ; une vue
transmet toujours `request.user`, et un visiteur anonyme n'a aucun droit. Le journal ne s'efface pas : il désigne les
personnes par leur clé, jamais par leur nom.
"""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from centres.enums import Role, StatutApprenant
from centres.journal import journaliser
from centres.models import Affectation, Apprenant, Centre, Classe, Inscription, Utilisateur
from centres.permissions import oublier_roles, peut_affecter, peut_gerer_les_classes, roles_de
from referentiel.models import Option, SessionExamen, VersionReferentiel


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
    _autoriser(auteur is None or peut_gerer_les_classes(auteur, centre))
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


@transaction.atomic
def creer_utilisateur(
    *, auteur: Utilisateur | None, identifiant: str, prenom: str, nom: str, email: str = ""
) -> Utilisateur:
    """Un compte sans mot de passe : il n'ouvre rien tant que la personne n'en a pas choisi un."""
    _autoriser(auteur is None or roles_de(auteur).est_administrateur)
    utilisateur = Utilisateur(username=identifiant, first_name=prenom, last_name=nom, email=email)
    utilisateur.set_unusable_password()
    utilisateur.full_clean()
    utilisateur.save(force_insert=True)
    journaliser(
        chaine=f"utilisateur:{utilisateur.pk}",
        acte="utilisateur.cree",
        auteur=auteur,
        objet=utilisateur,
    )
    return utilisateur


@transaction.atomic
def creer_apprenant(
    *,
    auteur: Utilisateur | None,
    centre: Centre,
    nom: str,
    prenom: str,
    ine: str = "",
    utilisateur: Utilisateur | None = None,
) -> Apprenant:
    """`centre` est celui qui l'accueille : il autorise l'acte, l'inscription fera le lien."""
    _autoriser(auteur is None or peut_gerer_les_classes(auteur, centre))
    apprenant = Apprenant(nom=nom.strip(), prenom=prenom.strip(), ine=ine.strip().upper(), utilisateur=utilisateur)
    apprenant.full_clean()
    apprenant.save(force_insert=True)
    journaliser(
        chaine=f"apprenant:{apprenant.pk}",
        acte="apprenant.cree",
        auteur=auteur,
        objet=apprenant,
        apres={"centre": centre.pk, "compte": utilisateur.pk if utilisateur else None},
    )
    return apprenant


@transaction.atomic
def inscrire_apprenant(
    *,
    auteur: Utilisateur | None,
    classe: Classe,
    apprenant: Apprenant,
    option: Option | None,
    statut: StatutApprenant,
    debut: date,
    fin: date | None = None,
) -> Inscription:
    """Ouvre une inscription et ferme la veille celle qui courait : option ou statut changent, l'histoire reste."""
    _autoriser(auteur is None or peut_gerer_les_classes(auteur, classe.centre_id))
    # Deux inscriptions simultanées du même apprenant se suivent.
    apprenant = Apprenant.objects.select_for_update().get(pk=apprenant.pk)
    anciennes = list(apprenant.inscriptions.order_by("debut"))
    _autoriser(auteur is None or not anciennes or _connait(auteur, apprenant))
    inscription = Inscription(apprenant=apprenant, classe=classe, option=option, statut=statut, debut=debut, fin=fin)
    _verifier_option(inscription)
    en_cours = _en_cours(anciennes, inscription)
    if en_cours:
        en_cours.fin = debut - timedelta(days=1)
        en_cours.save(update_fields=["fin"])
    inscription.full_clean()
    inscription.save(force_insert=True)
    journaliser(
        chaine=f"apprenant:{apprenant.pk}",
        acte="inscription.creee",
        auteur=auteur,
        objet=inscription,
        avant=_resume(en_cours) if en_cours else None,
        apres=_resume(inscription),
    )
    return inscription


@transaction.atomic
def affecter(
    *,
    auteur: Utilisateur | None,
    utilisateur: Utilisateur,
    role: Role,
    centre: Centre | None,
    debut: date,
    fin: date | None = None,
) -> Affectation:
    _autoriser(auteur is None or peut_affecter(auteur, centre, role))
    affectation = Affectation(utilisateur=utilisateur, centre=centre, role=role, debut=debut, fin=fin)
    affectation.full_clean()
    affectation.save(force_insert=True)
    oublier_roles(utilisateur)
    journaliser(
        chaine=f"utilisateur:{utilisateur.pk}",
        acte="affectation.creee",
        auteur=auteur,
        objet=affectation,
        apres={"role": role, "centre": centre.pk if centre else None, "debut": debut, "fin": fin},
    )
    return affectation


def _autoriser(permis: bool) -> None:
    if not permis:
        raise PermissionDenied


def _connait(auteur: Utilisateur, apprenant: Apprenant) -> bool:
    """Un apprenant déjà inscrit ailleurs n'entre pas dans une classe par la seule connaissance de son numéro."""
    visible = Apprenant.objects.visibles_par(auteur).filter(pk=apprenant.pk).exists()
    return visible or roles_de(auteur).est_administrateur


def _verifier_option(inscription: Inscription) -> None:
    """L'élève de seconde commune n'a pas d'option ; l'apprenti en a une dès l'entrée (DOMAINE §1)."""
    classe, option = inscription.classe, inscription.option
    version = classe.version
    if option and option.version_id != version.pk:
        raise ValidationError({"option": "Cette option n'est pas de la version du référentiel que suit la classe."})
    commune = bool(version.famille_code) and classe.annee_cycle == 1
    seconde_commune = commune and inscription.statut == StatutApprenant.SCOLAIRE
    if seconde_commune and option:
        raise ValidationError({"option": "Un élève de seconde commune n'a pas encore d'option."})
    if not seconde_commune and not option and version.options.exists():
        raise ValidationError({"option": "Choisir l'option suivie."})


def _en_cours(anciennes: list[Inscription], nouvelle: Inscription) -> Inscription | None:
    """L'inscription que la nouvelle remplace ; refuse les chevauchements et les redites."""
    for ancienne in anciennes:
        if ancienne.debut >= nouvelle.debut and (nouvelle.fin is None or ancienne.debut <= nouvelle.fin):
            raise ValidationError({"debut": f"Une inscription commence déjà le {ancienne.debut:%d/%m/%Y}."})
    courante = next((a for a in reversed(anciennes) if a.debut < nouvelle.debut), None)
    if courante is None or (courante.fin and courante.fin < nouvelle.debut):
        return None
    if (courante.classe_id, courante.option_id, courante.statut) == (
        nouvelle.classe_id,
        nouvelle.option_id,
        nouvelle.statut,
    ):
        raise ValidationError("Cet apprenant est déjà inscrit dans cette classe avec cette option et ce statut.")
    return courante


def _resume(inscription: Inscription) -> dict[str, Any]:
    return {
        "inscription": inscription.pk,
        "classe": inscription.classe_id,
        "option": inscription.option.code if inscription.option else None,
        "statut": inscription.statut,
        "debut": inscription.debut,
        "fin": inscription.fin,
    }
