"""La durée de conservation, les gels, et l'effacement de ce que les centres savent d'une personne."""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from centres.enums import Role
from centres.journal import journaliser
from centres.models import (
    Affectation,
    Apprenant,
    Centre,
    Conservation,
    Evenement,
    Gel,
    ImportListe,
    Inscription,
    Invitation,
    Partage,
    Utilisateur,
)
from centres.permissions import a_un_role, roles_de
from centres.queries.conservation import duree_de
from centres.services.autorisation import autoriser
from centres.services.sessions import fermer_sessions
from referentiel.models import SessionExamen

CONSERVER = frozenset({Role.CHEF})
NOM_ANONYME = "Anonymisé"


def chaine_de_conservation(centre: Centre) -> str:
    return f"conservation:{centre.pk}"


@transaction.atomic
def regler_conservation(*, auteur: Utilisateur, centre: Centre, mois: int) -> None:
    autoriser(a_un_role(auteur, centre, CONSERVER))
    centre = Centre.objects.select_for_update().get(pk=centre.pk)
    avant = duree_de(centre)
    if avant == mois:
        return
    conservation = Conservation.objects.filter(centre=centre).first() or Conservation(centre=centre)
    conservation.mois = mois
    conservation.full_clean()
    conservation.save()
    journaliser(
        chaine=chaine_de_conservation(centre),
        acte="conservation.reglee",
        auteur=auteur,
        objet=conservation,
        avant={"mois": avant},
        apres={"mois": mois},
    )


@transaction.atomic
def dater_les_resultats(*, auteur: Utilisateur, session: SessionExamen, le: date | None) -> None:
    """L'administrateur seul : la date d'une session vaut pour tous les centres. Le délai de conservation en part."""
    autoriser(roles_de(auteur).est_administrateur)
    session = SessionExamen.objects.select_for_update().get(pk=session.pk)
    if le and le > timezone.localdate():
        raise ValidationError({"resultats_le": "Les résultats ne peuvent pas avoir été publiés dans l'avenir."})
    if le and le.year != session.annee:
        raise ValidationError({"resultats_le": f"Une date de {session.annee} : l'année de la session."})
    avant = session.resultats_le
    if avant == le:
        return
    session.resultats_le = le
    session.save(update_fields=["resultats_le"])
    journaliser(
        chaine=f"session:{session.pk}",
        acte="resultats.dates",
        auteur=auteur,
        objet=session,
        avant={"resultats_le": avant},
        apres={"resultats_le": le},
    )


@transaction.atomic
def poser_gel(*, auteur: Utilisateur, apprenant: Apprenant, motif: str) -> Gel:
    """Un recours, une enquête : rien de cette personne ne s'efface avant la levée."""
    autoriser(_repond_de(auteur, apprenant))
    apprenant = Apprenant.objects.select_for_update().get(pk=apprenant.pk)
    if not motif.strip():
        raise ValidationError({"motif": "Dites pourquoi ces données doivent être gardées."})
    if apprenant.anonymise_le:
        raise ValidationError("Ces données sont déjà anonymisées.")
    if apprenant.gels.filter(leve_le=None).exists():
        raise ValidationError("Un gel est déjà en cours pour cette personne.")
    gel = Gel.objects.create(apprenant=apprenant, motif=motif.strip(), pose_par=auteur, pose_le=timezone.now())
    journaliser(chaine=f"apprenant:{apprenant.pk}", acte="gel.pose", auteur=auteur, objet=gel, motif=motif.strip())
    return gel


@transaction.atomic
def lever_gel(*, auteur: Utilisateur, gel: Gel, motif: str) -> None:
    autoriser(_repond_de(auteur, gel.apprenant))
    if not motif.strip():
        raise ValidationError({"motif": "Dites pourquoi ces données n'ont plus à être gardées."})
    if not Gel.objects.filter(pk=gel.pk, leve_le=None).update(leve_le=timezone.now()):
        raise ValidationError("Ce gel est déjà levé.")
    journaliser(chaine=f"apprenant:{gel.apprenant_id}", acte="gel.leve", auteur=auteur, objet=gel, motif=motif.strip())


def comptes_a_effacer(apprenants: Collection[int]) -> list[Utilisateur]:
    """Les comptes qui ne servaient qu'à l'apprenant : un ancien élève devenu enseignant garde le sien."""
    comptes = Utilisateur.objects.filter(apprenant__in=apprenants)
    return list(comptes.exclude(pk__in=Affectation.objects.values("utilisateur")).order_by("pk"))


def objets_au_journal(apprenants: Collection[int], comptes: Sequence[Utilisateur]) -> dict[str, list[int]]:
    """Les fiches d'ici dont le journal parle : type d'objet → clés."""
    return {
        "centres.apprenant": sorted(apprenants),
        "centres.inscription": _cles(Inscription.objects.filter(apprenant__in=apprenants)),
        "centres.gel": _cles(Gel.objects.filter(apprenant__in=apprenants)),
        "centres.partage": _cles(Partage.objects.filter(apprenant__in=apprenants)),
        "centres.utilisateur": [compte.pk for compte in comptes],
        "centres.invitation": _cles(Invitation.objects.filter(utilisateur__in=comptes)),
    }


def chaines_au_journal(apprenants: Collection[int], comptes: Sequence[Utilisateur]) -> list[str]:
    """Les chaînes entières qui ne racontent qu'eux."""
    return [*(f"apprenant:{pk}" for pk in apprenants), *(f"utilisateur:{compte.pk}" for compte in comptes)]


def anonymiser_apprenants(
    *, apprenants: Collection[int], comptes: Sequence[Utilisateur], maintenant: datetime
) -> dict[str, int]:
    """À appeler dans la transaction de la purge, qui journalise ; rend le nombre de lignes touchées par nature."""
    centres = Centre.objects.filter(classes__inscriptions__apprenant__in=apprenants)
    imports = ImportListe.objects.filter(centre__in=centres, genre=ImportListe.Genre.APPRENANTS)
    faits = {
        "comptes": len(comptes),
        "gels": Gel.objects.filter(apprenant__in=apprenants).exclude(motif="").update(motif=""),
        "imports": imports.delete()[0],
    }
    Partage.objects.filter(apprenant__in=apprenants).delete()
    for compte in comptes:
        _anonymiser_compte(compte)
    for apprenant in Apprenant.objects.filter(pk__in=apprenants):
        apprenant.nom, apprenant.prenom, apprenant.ine = NOM_ANONYME, f"n° {apprenant.pk}", ""
        apprenant.utilisateur, apprenant.ecritures, apprenant.anonymise_le = None, [], maintenant
        apprenant.save(update_fields=["nom", "prenom", "ine", "utilisateur", "ecritures", "anonymise_le"])
    return {"apprenants": len(apprenants), **faits}


def _anonymiser_compte(compte: Utilisateur) -> None:
    """Le journal désigne ce compte par sa clé : la ligne reste, vide et fermée."""
    fermer_sessions(compte)
    for modele in (EmailAddress, Authenticator, SocialAccount):
        modele.objects.filter(user=compte).delete()
    Invitation.objects.filter(utilisateur=compte).delete()
    compte.username, compte.email = f"anonyme-{compte.pk}", ""
    compte.first_name = compte.last_name = ""
    compte.last_login, compte.is_active = None, False
    compte.set_unusable_password()
    compte.save()


def evenements_concernes(objets: dict[str, list[int]], chaines: Sequence[str]) -> set[int]:
    """Les événements dont le contenu parle d'eux, par leurs clés."""
    voulus = [f"{nom}:{cle}" for nom, cles in objets.items() for cle in cles]
    trouves: set[int] = set()
    for debut in range(0, len(voulus), 500):
        trouves.update(Evenement.objects.filter(objet__in=voulus[debut : debut + 500]).values_list("pk", flat=True))
    for debut in range(0, len(chaines), 500):
        trouves.update(Evenement.objects.filter(chaine__in=chaines[debut : debut + 500]).values_list("pk", flat=True))
    return trouves


def _cles(lignes: QuerySet[Any]) -> list[int]:
    return list(lignes.order_by("pk").values_list("pk", flat=True))


def _repond_de(auteur: Utilisateur, apprenant: Apprenant) -> bool:
    """Le chef d'un centre où l'apprenant est, ou a été, inscrit."""
    diriges = roles_de(auteur).centres_ou(CONSERVER)
    return apprenant.inscriptions.filter(classe__centre__in=diriges).exists()
