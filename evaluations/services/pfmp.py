"""Organiser les PFMP : réglages du centre, périodes d'une classe, placement de chacun."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from centres.enums import ROLES_EQUIPE
from centres.journal import journaliser
from centres.models import Affectation, Centre, Classe, Entreprise, Inscription, Tuteur, Utilisateur
from centres.services.autorisation import autoriser
from centres.services.entreprises import creer_entreprise, creer_tuteur
from centres.services.fiches import corriger, supprimer_si_libre, verrouiller
from evaluations.models import BilanPfmp, PeriodePfmp, Placement, ReglagePfmp
from evaluations.permissions import peut_organiser_pfmp, peut_regler_les_pfmp
from referentiel.models import CompetenceDetaillee

CHAMPS_PERIODE = ("code", "intitule", "debut", "fin", "semaines")
CHAMPS_REGLAGE = (
    "semaines_scolaire",
    "semaines_apprenti",
    "semaines_formation_continue",
    "niveau_non_acquis",
    "niveau_en_cours",
    "niveau_acquis",
    "validite_lien_jours",
)
CHAMPS_PLACEMENT = ("entreprise_id", "tuteur_id", "enseignant_id", "debut", "fin")
BILAN_CONFIRME = "Le bilan de cette PFMP est confirmé : plus rien n'y change. Le chef de centre peut le rouvrir."


class PlacementModifie(Exception):
    """Quelqu'un a écrit entre-temps. `actuel` : ce qui est enregistré, `None` si la ligne n'existe plus."""

    def __init__(self, actuel: Placement | None) -> None:
        super().__init__("Cette ligne a été modifiée entre-temps.")
        self.actuel = actuel


@dataclass(frozen=True, kw_only=True)
class SaisiePlacement:
    """Une ligne du tableau ; `version` 0 : jamais enregistrée. Un nom nouveau crée la fiche dans le même acte."""

    inscription_id: int
    version: int
    debut: date
    fin: date
    entreprise_id: int | None = None
    tuteur_id: int | None = None
    enseignant_id: int | None = None
    entreprise_nouvelle: tuple[str, str] | None = None
    tuteur_nouveau: tuple[str, str] | None = None


@transaction.atomic
def regler_les_pfmp(
    *, utilisateur: Utilisateur, centre: Centre, valeurs: dict[str, Any], attendue: str | None = None
) -> ReglagePfmp:
    autoriser(peut_regler_les_pfmp(utilisateur, centre))
    ReglagePfmp.objects.get_or_create(centre=centre)
    fiche = ReglagePfmp.objects.select_for_update().get(centre=centre)
    corriger(
        auteur=utilisateur,
        fiche=fiche,
        valeurs={champ: valeurs[champ] for champ in CHAMPS_REGLAGE},
        attendue=attendue,
        chaine=f"pfmp-centre:{centre.pk}",
        acte="pfmp.reglee",
    )
    return fiche


@transaction.atomic
def creer_periode(
    *, utilisateur: Utilisateur, classe: Classe, code: str, debut: date, fin: date, semaines: int, intitule: str = ""
) -> PeriodePfmp:
    autoriser(peut_organiser_pfmp(utilisateur, classe.centre_id))
    periode = PeriodePfmp(
        classe=classe, code=code.strip(), intitule=intitule.strip(), debut=debut, fin=fin, semaines=semaines
    )
    periode.full_clean()
    periode.save(force_insert=True)
    apres = {"classe": classe.pk, **{champ: getattr(periode, champ) for champ in CHAMPS_PERIODE}}
    journaliser(chaine=f"pfmp:{periode.pk}", acte="pfmp.periode_creee", auteur=utilisateur, objet=periode, apres=apres)
    return periode


@transaction.atomic
def modifier_periode(
    *, utilisateur: Utilisateur, periode: PeriodePfmp, valeurs: dict[str, Any], attendue: str | None = None
) -> PeriodePfmp:
    """Les placements aux dates de la période la suivent, sauf ceux dont le bilan est confirmé."""
    autoriser(peut_organiser_pfmp(utilisateur, periode.classe.centre_id))
    fiche = verrouiller(periode)
    anciennes = {"debut": fiche.debut, "fin": fiche.fin}
    corriger(
        auteur=utilisateur,
        fiche=fiche,
        valeurs={champ: valeurs[champ] for champ in CHAMPS_PERIODE},
        attendue=attendue,
        chaine=f"pfmp:{fiche.pk}",
        acte="pfmp.periode_modifiee",
    )
    for suivi in fiche.placements.filter(**anciennes, bilan__confirme_le=None).order_by("pk"):
        if (suivi.debut, suivi.fin) != (fiche.debut, fiche.fin):
            suivi.debut, suivi.fin, suivi.version = fiche.debut, fiche.fin, suivi.version + 1
            suivi.save(update_fields=["debut", "fin", "version"])
            _journaliser("placement.modifie", utilisateur, suivi, anciennes, {"debut": suivi.debut, "fin": suivi.fin})
    return fiche


@transaction.atomic
def supprimer_periode(*, utilisateur: Utilisateur, periode: PeriodePfmp) -> None:
    """Seulement tant que personne n'y est placé."""
    autoriser(peut_organiser_pfmp(utilisateur, periode.classe.centre_id))
    fiche = verrouiller(periode)
    pk, avant = fiche.pk, {champ: getattr(fiche, champ) for champ in CHAMPS_PERIODE}
    supprimer_si_libre(fiche)
    journaliser(
        chaine=f"pfmp:{pk}",
        acte="pfmp.periode_supprimee",
        auteur=utilisateur,
        objet=f"{PeriodePfmp._meta.label_lower}:{pk}",
        avant=avant,
    )


@transaction.atomic
def enregistrer_placement(*, utilisateur: Utilisateur, periode: PeriodePfmp, saisie: SaisiePlacement) -> Placement:
    """Crée ou modifie la ligne d'un apprenant si elle en est encore à `version` ; lève PlacementModifie sinon.

    Changer de tuteur ou d'entreprise révoque le lien déjà remis : il ne désigne plus la bonne personne.
    """
    autoriser(peut_organiser_pfmp(utilisateur, periode.classe.centre_id))
    ligne = _ligne_tenue(periode, saisie)
    valeurs = _valeurs(utilisateur, periode.classe, saisie, ligne)
    avant = {champ: getattr(ligne, champ) for champ in CHAMPS_PLACEMENT} if ligne.pk else {}
    if avant == valeurs:
        return ligne
    for champ, valeur in valeurs.items():
        setattr(ligne, champ, valeur)
    ligne.version = saisie.version + 1
    # La contrainte d'unicité départage deux premières saisies simultanées ; la base la vérifie elle-même.
    ligne.full_clean(validate_unique=False, validate_constraints=False)
    _verifier_dates(ligne)
    ligne.save()
    revoques = _revoquer_les_liens(ligne) if avant and avant["tuteur_id"] != valeurs["tuteur_id"] else 0
    apres = {champ: valeur for champ, valeur in valeurs.items() if avant.get(champ) != valeur}
    if revoques:
        apres["liens_revoques"] = revoques
    acte = "placement.modifie" if avant else "placement.cree"
    _journaliser(acte, utilisateur, ligne, {champ: avant[champ] for champ in apres if champ in avant}, apres)
    return ligne


@transaction.atomic
def preparer_placement(
    *,
    utilisateur: Utilisateur,
    placement: Placement,
    codes: Iterable[str],
    activites_prevues: str,
    version: int,
) -> Placement:
    """Ce qui est prévu et ce qui pourra être évalué en entreprise, par codes de compétences détaillées."""
    autoriser(peut_organiser_pfmp(utilisateur, placement.periode.classe.centre_id))
    ligne = verrouiller(placement)
    _refuser_si_confirme(ligne)
    if ligne.version != version:
        raise PlacementModifie(ligne)
    admises = {
        une.code: une
        for une in CompetenceDetaillee.objects.filter(competence__version=placement.periode.classe.version).de_l_option(
            placement.inscription.option
        )
    }
    voulues = set(codes)
    if inconnus := sorted(voulues - set(admises)):
        raise ValidationError({"codes": [f"Ne concerne pas l'option de l'apprenant : {', '.join(inconnus)}."]})
    avant = sorted(ligne.detaillees.values_list("code", flat=True))
    texte = activites_prevues.replace("\r\n", "\n").strip()
    if (avant, ligne.activites_prevues) == (sorted(voulues), texte):
        return ligne
    apres: dict[str, Any] = {"codes": sorted(voulues)}
    if texte != ligne.activites_prevues:
        # Un texte libre n'entre pas au journal.
        apres["champs"] = ["activites_prevues"]
    ligne.activites_prevues, ligne.version = texte, version + 1
    ligne.save(update_fields=["activites_prevues", "version"])
    ligne.detaillees.set(une for code, une in admises.items() if code in voulues)
    _journaliser("placement.prepare", utilisateur, ligne, {"codes": avant}, apres)
    return ligne


@transaction.atomic
def preparer_periode(
    *, utilisateur: Utilisateur, periode: PeriodePfmp, codes: Iterable[str], activites_prevues: str
) -> int:
    """La même préparation pour tous ceux qui n'en ont pas encore ; chacun ne reçoit que les codes de son option."""
    autoriser(peut_organiser_pfmp(utilisateur, periode.classe.centre_id))
    voulus, nombre = list(codes), 0
    vierges = Placement.objects.filter(periode=periode, detaillees=None, activites_prevues="")
    for placement in vierges.filter(bilan__confirme_le=None).select_related("inscription__option").order_by("pk"):
        placement.periode = periode
        siens = CompetenceDetaillee.objects.filter(competence__version=periode.classe.version, code__in=voulus)
        admis = siens.de_l_option(placement.inscription.option).values_list("code", flat=True)
        preparer_placement(
            utilisateur=utilisateur,
            placement=placement,
            codes=admis,
            activites_prevues=activites_prevues,
            version=placement.version,
        )
        nombre += 1
    return nombre


def _ligne_tenue(periode: PeriodePfmp, saisie: SaisiePlacement) -> Placement:
    ligne = Placement.objects.select_for_update().filter(periode=periode, inscription=saisie.inscription_id).first()
    if (ligne.version if ligne else 0) != saisie.version:
        raise PlacementModifie(ligne)
    if ligne is None:
        if not Inscription.objects.filter(pk=saisie.inscription_id, classe=periode.classe_id).exists():
            raise ValidationError("Cet apprenant n'est pas inscrit dans la classe.")
        return Placement(periode=periode, inscription_id=saisie.inscription_id, debut=saisie.debut, fin=saisie.fin)
    ligne.periode = periode
    _refuser_si_confirme(ligne)
    return ligne


def _valeurs(utilisateur: Utilisateur, classe: Classe, saisie: SaisiePlacement, ligne: Placement) -> dict[str, Any]:
    """Les valeurs à écrire, fiches nouvelles créées ; tout appartient au centre de la classe."""
    entreprise_id, tuteur_id = saisie.entreprise_id, saisie.tuteur_id
    if saisie.entreprise_nouvelle:
        nom, commune = saisie.entreprise_nouvelle
        entreprise_id = creer_entreprise(auteur=utilisateur, centre=classe.centre, nom=nom, commune=commune).pk
    elif entreprise_id and not Entreprise.objects.filter(pk=entreprise_id, centre=classe.centre_id).exists():
        raise ValidationError({"entreprise": ["Cette entreprise n'est pas connue du centre."]})
    if saisie.tuteur_nouveau:
        if entreprise_id is None:
            raise ValidationError({"tuteur": ["Choisissez d'abord l'entreprise."]})
        prenom, nom = saisie.tuteur_nouveau
        entreprise = Entreprise.objects.get(pk=entreprise_id)
        tuteur_id = creer_tuteur(auteur=utilisateur, entreprise=entreprise, nom=nom, prenom=prenom).pk
    elif tuteur_id and not Tuteur.objects.filter(pk=tuteur_id, entreprise=entreprise_id).exists():
        raise ValidationError({"tuteur": ["Ce tuteur n'est pas dans cette entreprise."]})
    if saisie.enseignant_id and saisie.enseignant_id != ligne.enseignant_id:
        equipe = Affectation.objects.non_finies().filter(centre=classe.centre_id, role__in=ROLES_EQUIPE)
        if not equipe.filter(utilisateur=saisie.enseignant_id).exists():
            raise ValidationError({"enseignant": ["Cette personne n'est pas de l'équipe du centre."]})
    return {
        "entreprise_id": entreprise_id,
        "tuteur_id": tuteur_id,
        "enseignant_id": saisie.enseignant_id,
        "debut": saisie.debut,
        "fin": saisie.fin,
    }


def _verifier_dates(ligne: Placement) -> None:
    if ligne.fin < ligne.debut:
        raise ValidationError({"fin": ["La date de fin précède la date de début."]})


def _revoquer_les_liens(ligne: Placement) -> int:
    return ligne.liens.filter(revoque_le=None).update(revoque_le=timezone.now())


def _refuser_si_confirme(ligne: Placement) -> None:
    if BilanPfmp.objects.filter(placement=ligne, confirme_le__isnull=False).exists():
        raise ValidationError(BILAN_CONFIRME)


def _journaliser(acte: str, utilisateur: Utilisateur, ligne: Placement, avant: object, apres: object) -> None:
    journaliser(chaine=f"placement:{ligne.pk}", acte=acte, auteur=utilisateur, objet=ligne, avant=avant, apres=apres)
