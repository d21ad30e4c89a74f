"""Convoquer la commission, corriger la convocation, l'ouvrir, noter qui est là."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from centres.enums import Modalite
from centres.journal import journaliser
from centres.models import Classe, Utilisateur
from certification.enums import EtatCommission, EtatProposition
from certification.models import BeneficeNote, Candidat, Commission, MembreCommission, Proposition
from certification.permissions import peut_convoquer, peut_presider, peut_sieger_dans

MODIFIEE = "La convocation a été modifiée pendant votre saisie : relisez-la, puis enregistrez de nouveau."
CLOSE = "La commission est close : plus rien ne change."


@dataclass(frozen=True, kw_only=True)
class DonneesMembre:
    """Un membre, avec un compte ou par son nom ; `pk` : celui d'un membre déjà convoqué."""

    qualite: str
    utilisateur: Utilisateur | None = None
    nom: str = ""
    est_president: bool = False
    est_professionnel: bool = False
    pk: int | None = None


@dataclass(frozen=True, kw_only=True)
class DonneesConvocation:
    date: datetime
    lieu: str
    membres: tuple[DonneesMembre, ...]


@transaction.atomic
def convoquer(*, utilisateur: Utilisateur, classe: Classe, donnees: DonneesConvocation) -> Commission:
    """Le chef de centre convoque la commission d'une classe de dernière année ; une seule par classe."""
    if not peut_convoquer(utilisateur, classe.centre_id):
        raise PermissionDenied
    # La classe sert de verrou : deux convocations au même instant n'en font qu'une.
    classe = Classe.objects.select_for_update(of=("self",)).select_related("centre", "version").get(pk=classe.pk)
    _verifier_la_classe(classe)
    membres = _verifier(classe, donnees)
    commission = Commission(classe=classe, date=donnees.date, lieu=donnees.lieu.strip(), convoquee_par=utilisateur)
    commission.full_clean()
    commission.save(force_insert=True)
    _ecrire_les_membres(commission, membres)
    _journaliser("commission.convoquee", utilisateur, commission, None, _contenu(commission))
    return commission


@transaction.atomic
def modifier_convocation(
    *, utilisateur: Utilisateur, commission: Commission, donnees: DonneesConvocation, version: int
) -> Commission:
    """Jusqu'à la clôture : un membre remplacé le jour même s'inscrit ; la présence déjà notée des autres reste."""
    tenue = tenir(commission)
    if not peut_convoquer(utilisateur, tenue.classe.centre_id):
        raise PermissionDenied
    if tenue.est_close:
        raise ValidationError(CLOSE, code="close")
    if tenue.version != version:
        raise ValidationError(MODIFIEE, code="modifiee")
    membres = _verifier(tenue.classe, donnees)
    avant = _contenu(tenue)
    tenue.date, tenue.lieu = donnees.date, donnees.lieu.strip()
    tenue.full_clean()
    _ecrire_les_membres(tenue, membres)
    apres = _contenu(tenue)
    if apres != avant:
        tenue.version = version + 1
        tenue.save(update_fields=["date", "lieu", "version"])
        _journaliser("commission.modifiee", utilisateur, tenue, avant, apres)
    return tenue


@transaction.atomic
def ouvrir(*, utilisateur: Utilisateur, commission: Commission, maintenant: datetime | None = None) -> Commission:
    """La séance commence : chaque candidat × épreuve y a sa ligne, une note conservée y est déjà dite."""
    tenue = tenir(commission)
    if not peut_presider(utilisateur, tenue):
        raise PermissionDenied
    if tenue.etat != EtatCommission.CONVOQUEE:
        raise ValidationError("Cette commission est déjà ouverte, ou close.")
    tenue.etat, tenue.ouverte_le = EtatCommission.OUVERTE, maintenant or timezone.now()
    tenue.save(update_fields=["etat", "ouverte_le"])
    creees = completer_propositions(utilisateur=utilisateur, commission=tenue)
    etudier = sum(une.etat == EtatProposition.A_ETUDIER for une in creees)
    apres = {"etat": tenue.etat, "propositions": len(creees), "a_etudier": etudier}
    _journaliser("commission.ouverte", utilisateur, tenue, {"etat": EtatCommission.CONVOQUEE}, apres)
    return tenue


@transaction.atomic
def noter_presence(
    *, utilisateur: Utilisateur, commission: Commission, presences: Mapping[int, bool | None]
) -> Commission:
    """Qui est là, membre par membre. L'absence du professionnel s'inscrit et n'empêche rien (DOMAINE §4)."""
    tenue = tenir(commission)
    if not peut_presider(utilisateur, tenue):
        raise PermissionDenied
    if not tenue.est_ouverte:
        raise ValidationError("La présence se note pendant la séance.")
    membres = {membre.pk: membre for membre in tenue.membres.select_related("utilisateur")}
    if presences.keys() - membres.keys():
        raise ValidationError("Une personne notée n'est pas membre de cette commission.")
    changes = {pk: present for pk, present in presences.items() if membres[pk].est_present != present}
    if not changes:
        return tenue
    avant = {str(pk): membres[pk].est_present for pk in changes}
    for pk, present in changes.items():
        MembreCommission.objects.filter(pk=pk).update(est_present=present)
    apres = {str(pk): present for pk, present in changes.items()}
    _journaliser("commission.presence", utilisateur, tenue, {"presences": avant}, {"presences": apres})
    return tenue


def completer_propositions(*, utilisateur: Utilisateur, commission: Commission) -> list[Proposition]:
    """La ligne de chaque candidat × épreuve évaluée en CCF qui n'en a pas encore ; dans la transaction de l'acte."""
    classe = commission.classe
    candidats = list(Candidat.objects.de_la_classe(classe))
    epreuves = list(classe.version.epreuves.filter(bloc__isnull=False, a_ccf=True).order_by("ordre"))
    lues = commission.propositions.values_list("inscription__apprenant", "epreuve")
    existantes = set(lues)
    benefices = _benefices(classe, candidats)
    maintenant = timezone.now()
    creees = []
    for candidat in candidats:
        for epreuve in epreuves:
            if (candidat.apprenant_id, epreuve.pk) in existantes:
                continue
            ligne = Proposition(commission=commission, inscription_id=candidat.pk, epreuve=epreuve)
            ligne.auteur, ligne.modifie_le = utilisateur, maintenant
            if benefice := benefices.get((candidat.apprenant_id, epreuve.code)):
                reprendre_le_benefice(ligne, benefice)
            creees.append(ligne)
    return Proposition.objects.bulk_create(creees)


def reprendre_le_benefice(ligne: Proposition, benefice: BeneficeNote) -> None:
    ligne.etat = EtatProposition.BENEFICE
    ligne.note_conservee, ligne.session_conservee = benefice.note, benefice.session_obtention


def tenir(commission: Commission) -> Commission:
    """La commission telle qu'elle est, tenue jusqu'à la fin : une clôture attend, ou nous l'attendons."""
    lignes = Commission.objects.select_for_update(of=("self",), no_key=True)
    return lignes.select_related("classe__centre", "classe__version", "classe__session").get(pk=commission.pk)


def _verifier_la_classe(classe: Classe) -> None:
    if not classe.est_derniere_annee:
        raise ValidationError("Une commission se réunit pour une classe de dernière année.")
    if classe.centre.modalite == Modalite.PONCTUEL:
        raise ValidationError("Ce centre est en épreuves ponctuelles : il n'y a pas de commission de CCF.")
    if Commission.objects.filter(classe=classe).exists():
        raise ValidationError("La commission de cette classe est déjà convoquée.", code="existe")


def _verifier(classe: Classe, donnees: DonneesConvocation) -> Sequence[DonneesMembre]:
    """Un président, et des comptes qui peuvent voir les notes du centre ; le professionnel n'est pas exigé."""
    refus: list[str] = []
    if sum(membre.est_president for membre in donnees.membres) != 1:
        refus.append("Désignez un président, et un seul.")
    for membre in donnees.membres:
        if membre.utilisateur is not None and not peut_sieger_dans(membre.utilisateur, classe):
            refus.append(f"{membre.utilisateur} n'a pas de rôle dans ce centre, ou est inscrit dans cette classe.")
        if membre.utilisateur is None and not membre.nom.strip():
            refus.append("Nommez chaque membre.")
        if not membre.qualite.strip():
            refus.append("Dites à quel titre siège chaque membre.")
    if refus:
        raise ValidationError({"membres": list(dict.fromkeys(refus))})
    return donnees.membres


def _ecrire_les_membres(commission: Commission, membres: Sequence[DonneesMembre]) -> None:
    actuels = {membre.pk: membre for membre in commission.membres.all()}
    comptes = {membre.utilisateur_id: membre.pk for membre in actuels.values() if membre.utilisateur_id}
    # Un compte renvoyé sans sa clé est le même membre : sa présence reste.
    cles = [un.pk or (comptes.get(un.utilisateur.pk) if un.utilisateur else None) for un in membres]
    gardes = {cle for cle in cles if cle is not None}
    if gardes - actuels.keys():
        raise ValidationError({"membres": ["Un membre envoyé n'est plus dans cette commission."]})
    commission.membres.exclude(pk__in=gardes).delete()
    # Le président change parfois de main : personne ne préside pendant l'écriture.
    commission.membres.update(est_president=False)
    for cle, donnees in zip(cles, membres, strict=True):
        membre = actuels.get(cle or 0, MembreCommission(commission=commission))
        membre.utilisateur, membre.qualite = donnees.utilisateur, donnees.qualite.strip()
        membre.nom = "" if donnees.utilisateur else donnees.nom.strip()
        membre.est_president, membre.est_professionnel = donnees.est_president, donnees.est_professionnel
        membre.full_clean()
        membre.save()


def _benefices(classe: Classe, candidats: Sequence[Candidat]) -> dict[tuple[int, str], BeneficeNote]:
    valables = BeneficeNote.objects.valables_pour(classe.session).select_related("epreuve")
    lus = valables.filter(apprenant__in=[candidat.apprenant_id for candidat in candidats])
    return {(lu.apprenant_id, lu.epreuve.code): lu for lu in lus.order_by("session_obtention", "pk")}


def _contenu(commission: Commission) -> dict[str, Any]:
    """Ce que le journal garde d'une convocation ; `str(membre)` : des adultes qui siègent, jamais un apprenant."""
    membres = commission.membres.select_related("utilisateur").order_by("pk")
    return {
        "date": commission.date,
        "lieu": commission.lieu,
        "membres": [
            [str(membre), membre.qualite, membre.est_president, membre.est_professionnel] for membre in membres
        ],
    }


def _journaliser(acte: str, utilisateur: Utilisateur, commission: Commission, avant: object, apres: object) -> None:
    journaliser(
        chaine=f"certification:classe:{commission.classe_id}",
        acte=acte,
        auteur=utilisateur,
        objet=commission,
        avant=avant,
        apres=apres,
    )
