"""Les actes sur les entreprises d'accueil et leurs tuteurs."""

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction

from centres.enums import ROLES_EQUIPE
from centres.journal import journaliser
from centres.models import Centre, Entreprise, Tuteur, Utilisateur
from centres.permissions import GERER_LES_CLASSES, a_un_role
from centres.services.autorisation import autoriser
from centres.services.fiches import (
    corriger,
    empreinte_de_lignes,
    relations_vers,
    supprimer_si_libre,
    verifier_inchangee,
    verrouiller,
)
from trpm.socle.tri import cle_de_tri

CHAMPS_ENTREPRISE = ("nom", "commune", "siret")
CHAMPS_TUTEUR = ("nom", "prenom", "email", "fonction")


@transaction.atomic
def creer_entreprise(
    *, auteur: Utilisateur, centre: Centre, nom: str, commune: str = "", siret: str = ""
) -> Entreprise:
    _autoriser_l_equipe(auteur, centre.pk)
    entreprise = Entreprise(centre=centre, nom=nom.strip(), commune=commune.strip(), siret=normaliser_siret(siret))
    entreprise.full_clean()
    entreprise.save(force_insert=True)
    journaliser(
        chaine=f"entreprise:{entreprise.pk}",
        acte="entreprise.creee",
        auteur=auteur,
        objet=entreprise,
        apres={"centre": centre.pk, **_resume(entreprise)},
    )
    return entreprise


@transaction.atomic
def modifier_entreprise(
    *, auteur: Utilisateur, entreprise: Entreprise, nom: str, commune: str, siret: str, attendue: str | None = None
) -> Entreprise:
    _autoriser_dans(auteur, entreprise.centre_id)
    fiche = verrouiller(entreprise)
    corriger(
        auteur=auteur,
        fiche=fiche,
        valeurs={"nom": nom.strip(), "commune": commune.strip(), "siret": normaliser_siret(siret)},
        attendue=attendue,
        chaine=f"entreprise:{fiche.pk}",
        acte="entreprise.modifiee",
    )
    return fiche


@transaction.atomic
def supprimer_entreprise(*, auteur: Utilisateur, entreprise: Entreprise) -> None:
    _autoriser_dans(auteur, entreprise.centre_id)
    fiche = verrouiller(entreprise)
    pk, avant = fiche.pk, _resume(fiche)
    supprimer_si_libre(fiche)
    journaliser(
        chaine=f"entreprise:{pk}",
        acte="entreprise.supprimee",
        auteur=auteur,
        objet=f"centres.entreprise:{pk}",
        avant=avant,
    )


@transaction.atomic
def fusionner_entreprises(
    *, auteur: Utilisateur, gardee: Entreprise, doublons: Sequence[Entreprise], attendue: str | None = None
) -> Entreprise:
    """Tout ce qui désignait les doublons désigne la fiche gardée ; un tuteur présent deux fois n'en fait plus qu'un."""
    _autoriser_dans(auteur, gardee.centre_id)
    toutes = _verrouiller_ensemble([gardee, *doublons])
    if {une.centre_id for une in toutes} != {gardee.centre_id}:
        raise ValidationError("On ne réunit que des entreprises du même centre.")
    verifier_inchangee(empreinte_entreprises(toutes), attendue)
    avant = {str(une.pk): _resume(une) for une in toutes}
    fiche = next(une for une in toutes if une.pk == gardee.pk)
    autres = [une for une in toutes if une.pk != gardee.pk]
    tuteurs = _reunir_les_tuteurs(fiche, autres)
    siret = fiche.siret or next((une.siret for une in autres if une.siret), "")
    for une in autres:
        _rattacher(une, fiche)
        une.delete()
    if fiche.siret != siret:
        fiche.siret = siret
        fiche.save(update_fields=["siret"])
    journaliser(
        chaine=f"entreprise:{fiche.pk}",
        acte="entreprise.fusionnee",
        auteur=auteur,
        objet=fiche,
        avant=avant,
        apres={**_resume(fiche), "tuteurs_reunis": tuteurs},
    )
    return fiche


@transaction.atomic
def creer_tuteur(
    *, auteur: Utilisateur, entreprise: Entreprise, nom: str, prenom: str = "", email: str = "", fonction: str = ""
) -> Tuteur:
    """Il n'a pas de compte : un lien lui suffit, envoyé à son adresse professionnelle."""
    _autoriser_l_equipe(auteur, entreprise.centre_id)
    tuteur = Tuteur(
        entreprise=entreprise,
        nom=nom.strip(),
        prenom=prenom.strip(),
        email=email.strip().lower(),
        fonction=fonction.strip(),
    )
    tuteur.full_clean()
    tuteur.save(force_insert=True)
    journaliser(
        chaine=f"entreprise:{entreprise.pk}",
        acte="tuteur.cree",
        auteur=auteur,
        objet=tuteur,
        apres={"entreprise": entreprise.pk},
    )
    return tuteur


@transaction.atomic
def modifier_tuteur(
    *,
    auteur: Utilisateur,
    tuteur: Tuteur,
    nom: str,
    prenom: str,
    email: str,
    fonction: str,
    attendue: str | None = None,
) -> Tuteur:
    _autoriser_l_equipe(auteur, tuteur.entreprise.centre_id)
    fiche = verrouiller(tuteur)
    corriger(
        auteur=auteur,
        fiche=fiche,
        valeurs={
            "nom": nom.strip(),
            "prenom": prenom.strip(),
            "email": email.strip().lower(),
            "fonction": fonction.strip(),
        },
        attendue=attendue,
        chaine=f"entreprise:{fiche.entreprise_id}",
        acte="tuteur.modifie",
        tus=CHAMPS_TUTEUR,
    )
    return fiche


@transaction.atomic
def supprimer_tuteur(*, auteur: Utilisateur, tuteur: Tuteur) -> None:
    _autoriser_dans(auteur, tuteur.entreprise.centre_id)
    fiche = verrouiller(tuteur)
    pk, entreprise = fiche.pk, fiche.entreprise_id
    supprimer_si_libre(fiche)
    journaliser(
        chaine=f"entreprise:{entreprise}",
        acte="tuteur.supprime",
        auteur=auteur,
        objet=f"centres.tuteur:{pk}",
        avant={"entreprise": entreprise},
    )


def normaliser_siret(siret: str) -> str:
    """Les espaces du papier à en-tête tombent ; quatorze chiffres ou rien."""
    serre = "".join(siret.split())
    if serre and not (serre.isascii() and serre.isdigit() and len(serre) == 14):
        raise ValidationError({"siret": "Un numéro SIRET compte quatorze chiffres."})
    return serre


def empreinte_entreprises(entreprises: Sequence[Entreprise]) -> str:
    return empreinte_de_lignes(sorted(entreprises, key=lambda une: une.pk), CHAMPS_ENTREPRISE)


def _autoriser_dans(auteur: Utilisateur, centre: int) -> None:
    autoriser(a_un_role(auteur, centre, GERER_LES_CLASSES))


def _autoriser_l_equipe(auteur: Utilisateur, centre: int) -> None:
    """Un enseignant qui place un apprenant ajoute l'entreprise et le tuteur, et corrige l'adresse du tuteur."""
    autoriser(a_un_role(auteur, centre, ROLES_EQUIPE))


def _verrouiller_ensemble(entreprises: Sequence[Entreprise]) -> list[Entreprise]:
    cles = {une.pk for une in entreprises}
    if len(cles) < 2:
        raise ValidationError("Choisir au moins deux entreprises à réunir.")
    lues = list(Entreprise.objects.select_for_update().filter(pk__in=cles).order_by("pk"))
    if len(lues) != len(cles):
        raise ValidationError("L'une de ces entreprises a été supprimée entre-temps.")
    return lues


def _reunir_les_tuteurs(gardee: Entreprise, autres: Sequence[Entreprise]) -> dict[str, int]:
    """{clé du tuteur retiré : clé du tuteur gardé}, pour ceux qui portent le même nom aux accents près."""
    connus = {_identite(tuteur): tuteur for tuteur in gardee.tuteurs.all()}
    reunis: dict[str, int] = {}
    for tuteur in Tuteur.objects.filter(entreprise__in=autres).order_by("pk"):
        garde = connus.setdefault(_identite(tuteur), tuteur)
        if garde is not tuteur:
            reunis[str(tuteur.pk)] = garde.pk
            _rattacher(tuteur, garde)
            _completer(garde, tuteur)
            tuteur.delete()
    return reunis


def _identite(tuteur: Tuteur) -> tuple[str, str]:
    return cle_de_tri(tuteur.nom)[0], cle_de_tri(tuteur.prenom)[0]


def _completer(garde: Tuteur, retire: Tuteur) -> None:
    manquants = [champ for champ in ("email", "fonction") if not getattr(garde, champ) and getattr(retire, champ)]
    for champ in manquants:
        setattr(garde, champ, getattr(retire, champ))
    if manquants:
        garde.save(update_fields=manquants)


def _rattacher(ancien: models.Model, nouveau: models.Model) -> None:
    """Toute clé étrangère qui désignait l'un désigne l'autre, dans toutes les applications."""
    for relation in relations_vers(ancien):
        champ = relation.field.name
        try:
            with transaction.atomic():
                relation.related_model._base_manager.filter(**{champ: ancien.pk}).update(**{champ: nouveau.pk})
        except IntegrityError as refus:
            quoi = relation.related_model._meta.verbose_name_plural
            raise ValidationError(f"Les deux fiches ont des {quoi} en double : corrigez-les d'abord.") from refus


def _resume(entreprise: Entreprise) -> dict[str, str]:
    return {champ: getattr(entreprise, champ) for champ in CHAMPS_ENTREPRISE}
