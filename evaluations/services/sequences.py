"""Les actes sur une séquence ou un projet : créer, modifier, déplacer, reprendre, supprimer."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from centres.journal import journaliser
from centres.models import Centre, Classe, Utilisateur
from centres.permissions import PREPARER, a_un_role
from centres.services.autorisation import autoriser
from evaluations.models import Sequence, Situation
from evaluations.queries.progression import Cohorte, cohorte_de_la_sequence, rangs_possibles
from evaluations.queries.situations import code_suivant
from evaluations.services.donnees import donnees_de
from evaluations.services.situations import creer_situation
from referentiel.models import Periode

ENCORE_DES_SITUATIONS = "Des situations sont dans cette séquence : retirez-les d'abord, elles ne partent pas avec elle."
FIN_AVANT_DEBUT = "La dernière période précède la première."
DEJA_CE_NOM = "Une séquence de cette cohorte porte déjà ce nom."
AUTRE_COHORTE = "Cette situation n'est pas de la cohorte, ou elle est verrouillée."


class SequenceModifiee(ValidationError):
    """Quelqu'un a écrit ou déplacé entre-temps ; rien n'est écrasé."""

    def __init__(self, sequence: Sequence) -> None:
        super().__init__(
            f"« {sequence.intitule} » a été modifiée ou déplacée par quelqu'un d'autre entre-temps : rien n'est "
            f"changé. Elle commence en {sequence.periode_debut}."
        )


@dataclass(frozen=True, kw_only=True)
class DonneesSequence:
    """Tous les champs d'une séquence. `situations` : les clés de celles qu'elle regroupe, hors des verrouillées."""

    intitule: str
    nature: str
    periode_debut: Periode
    periode_fin: Periode
    classe: Classe | None = None
    problematique: str = ""
    objectifs: str = ""
    deroulement: str = ""
    ressources: str = ""
    duree_heures: int | None = None
    est_modele: bool = False
    situations: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Reprise:
    """La séquence reprise, les situations refaites, et celles qui n'ont pas encore de classe où l'être."""

    sequence: Sequence
    situations: tuple[Situation, ...]
    sans_classe: tuple[str, ...]


@transaction.atomic
def creer_sequence(*, utilisateur: Utilisateur, cohorte: Cohorte, donnees: DonneesSequence) -> Sequence:
    sequence = Sequence(centre=cohorte.centre, cohorte=cohorte.annee, auteur=utilisateur)
    return _creer(utilisateur, cohorte, sequence, donnees, acte="sequence.creee")


@transaction.atomic
def modifier_sequence(
    *, utilisateur: Utilisateur, sequence: Sequence, donnees: DonneesSequence, version: int
) -> Sequence:
    """`version` est celle montrée à la personne ; si elle a changé depuis, rien n'est écrasé."""
    actuelle = _relire(utilisateur, sequence, version)
    cohorte = cohorte_de_la_sequence(actuelle)
    _verifier(cohorte, actuelle, donnees)
    avant = _etat(actuelle)
    _ecrire(actuelle, donnees)
    _rattacher(cohorte, actuelle, donnees.situations)
    apres = _etat(actuelle)
    if apres != avant:
        _enregistrer(actuelle)
        _journaliser("sequence.modifiee", utilisateur, actuelle, avant, apres)
    return actuelle


@transaction.atomic
def deplacer_sequence(*, utilisateur: Utilisateur, sequence: Sequence, rang: int, version: int) -> Sequence:
    """Elle commence à la période de ce rang et garde sa longueur."""
    actuelle = _relire(utilisateur, sequence, version)
    periodes = {une.ordre: une for une in actuelle.periode_debut.version.periodes.all()}
    if rang not in rangs_possibles(actuelle, periodes.values()):
        raise ValidationError(f"« {actuelle.intitule} » ne tient pas dans le cycle si elle commence là.")
    if rang == actuelle.periode_debut.ordre:
        return actuelle
    avant = _periodes(actuelle)
    longueur = actuelle.periode_fin.ordre - actuelle.periode_debut.ordre
    actuelle.periode_debut, actuelle.periode_fin = periodes[rang], periodes[rang + longueur]
    _enregistrer(actuelle)
    _journaliser("sequence.deplacee", utilisateur, actuelle, avant, _periodes(actuelle))
    return actuelle


@transaction.atomic
def copier_sequence(
    *, utilisateur: Utilisateur, sequence: Sequence, cohorte: Cohorte, intitule: str, avec_situations: bool
) -> Reprise:
    """Pour une autre cohorte ou un autre centre : le texte, les périodes, et au choix les situations, grilles vides.

    Les dates sont décalées d'autant d'années que les cohortes ; une année dont la classe n'existe pas encore est dite.
    """
    autoriser(Sequence.objects.lisibles_par(utilisateur).filter(pk=sequence.pk).exists())
    if cohorte.version != sequence.periode_debut.version:
        raise ValidationError("Cette cohorte suit une autre version du référentiel : la séquence ne s'y copie pas.")
    donnees = replace(_donnees(sequence), intitule=intitule)
    neuve = _creer(
        utilisateur,
        cohorte,
        Sequence(centre=cohorte.centre, cohorte=cohorte.annee, auteur=utilisateur),
        donnees,
        acte="sequence.copiee",
    )
    faites, sans_classe = _copier_les_situations(utilisateur, sequence, neuve, cohorte) if avec_situations else ([], [])
    return Reprise(neuve, tuple(faites), tuple(sans_classe))


@transaction.atomic
def supprimer_sequence(*, utilisateur: Utilisateur, sequence: Sequence) -> None:
    """Vide seulement : une situation ne disparaît jamais avec elle."""
    actuelle = _relire(utilisateur, sequence, None)
    if obstacle := obstacle_a_la_suppression(actuelle):
        raise ValidationError(obstacle)
    objet, avant = f"{Sequence._meta.label_lower}:{actuelle.pk}", _etat(actuelle)
    actuelle.delete()
    journaliser(
        chaine=f"sequence:{sequence.pk}", acte="sequence.supprimee", auteur=utilisateur, objet=objet, avant=avant
    )


def obstacle_a_la_suppression(sequence: Sequence) -> str:
    return ENCORE_DES_SITUATIONS if Situation.objects.filter(sequence=sequence).exists() else ""


def _creer(
    utilisateur: Utilisateur, cohorte: Cohorte, sequence: Sequence, donnees: DonneesSequence, *, acte: str
) -> Sequence:
    autoriser(a_un_role(utilisateur, cohorte.centre, PREPARER))
    _tenir_les_noms(cohorte.centre.pk)
    _verifier(cohorte, sequence, donnees)
    _ecrire(sequence, donnees)
    sequence.save()
    _rattacher(cohorte, sequence, donnees.situations)
    _journaliser(acte, utilisateur, sequence, None, _etat(sequence))
    return sequence


def _verifier(cohorte: Cohorte, sequence: Sequence, donnees: DonneesSequence) -> None:
    if donnees.periode_fin.ordre < donnees.periode_debut.ordre:
        raise ValidationError({"periode_fin": [FIN_AVANT_DEBUT]})
    # Le nom désigne la séquence dans une situation : il est seul dans la cohorte.
    homonymes = Sequence.objects.filter(centre=cohorte.centre, cohorte=cohorte.annee).exclude(pk=sequence.pk)
    pris = {nom.casefold() for nom in homonymes.order_by().values_list("intitule", flat=True)}
    if donnees.intitule.strip().casefold() in pris:
        raise ValidationError({"intitule": [DEJA_CE_NOM]})
    etrangeres = {donnees.periode_debut.version_id, donnees.periode_fin.version_id} != {cohorte.version.pk}
    if etrangeres or (donnees.classe and not cohorte.classes.filter(pk=donnees.classe.pk).exists()):
        raise ValidationError("Cette période ou cette classe n'est pas de la cohorte.")


def _ecrire(sequence: Sequence, donnees: DonneesSequence) -> None:
    for champ in ("intitule", "problematique", "objectifs", "deroulement", "ressources"):
        setattr(sequence, champ, getattr(donnees, champ).strip())
    for champ in ("nature", "periode_debut", "periode_fin", "classe", "duree_heures", "est_modele"):
        setattr(sequence, champ, getattr(donnees, champ))
    sequence.clean_fields(exclude={"auteur", "centre", "classe", "periode_debut", "periode_fin"})


def _rattacher(cohorte: Cohorte, sequence: Sequence, voulues: frozenset[int]) -> None:
    """Les situations figées restent où elles sont : elles ne sont ni prises, ni rendues."""
    libres = Situation.objects.filter(
        classe__in=cohorte.classes.order_by(), verrouillee_le=None, scellee_le=None
    ).select_for_update(of=("self",))
    connues = {une.pk: une for une in libres.order_by("pk")}
    if not voulues <= connues.keys():
        raise ValidationError({"situations": [AUTRE_COHORTE]})
    prises = [pk for pk in voulues if connues[pk].sequence_id != sequence.pk]
    rendues = [pk for pk, une in connues.items() if une.sequence_id == sequence.pk and pk not in voulues]
    Situation.objects.filter(pk__in=prises).update(sequence=sequence)
    Situation.objects.filter(pk__in=rendues).update(sequence=None)


def _copier_les_situations(
    utilisateur: Utilisateur, source: Sequence, neuve: Sequence, cohorte: Cohorte
) -> tuple[list[Situation], list[str]]:
    par_annee: dict[int, list[Classe]] = {}
    for classe in cohorte.classes.select_related("version", "session", "centre"):
        if classe.version_id == cohorte.version.pk:
            par_annee.setdefault(classe.annee_cycle, []).append(classe)
    faites: list[Situation] = []
    sans_classe: list[str] = []
    decalage = cohorte.annee - source.cohorte
    for situation in _une_par_code(source):
        classes = par_annee.get(situation.classe.annee_cycle, [])
        if not classes:
            sans_classe.append(situation.code)
        faites += [_refaire(utilisateur, situation, classe, neuve, decalage) for classe in classes]
    return faites, sans_classe


def _une_par_code(sequence: Sequence) -> Iterable[Situation]:
    """La même situation tenue dans deux classes parallèles ne se copie qu'une fois."""
    lues = Situation.objects.filter(sequence=sequence).select_related("classe", "periode", "sequence")
    uniques: dict[tuple[int, str], Situation] = {}
    for une in lues.order_by("debut", "code", "pk"):
        uniques.setdefault((une.classe.annee_cycle, une.code.casefold()), une)
    return uniques.values()


def _refaire(
    utilisateur: Utilisateur, situation: Situation, classe: Classe, sequence: Sequence, decalage: int
) -> Situation:
    donnees = donnees_de(situation)
    pris = classe.situations.filter(code__iexact=donnees.code).exists()
    return creer_situation(
        utilisateur=utilisateur,
        classe=classe,
        donnees=replace(
            donnees,
            code=code_suivant(classe) if pris else donnees.code,
            debut=_decaler(donnees.debut, decalage),
            fin=_decaler(donnees.fin, decalage) if donnees.fin else None,
            # Une entreprise est celle d'un centre.
            entreprise=donnees.entreprise if classe.centre_id == situation.classe.centre_id else "",
            sequence=sequence.intitule,
        ),
    )


def _decaler(jour: date, annees: int) -> date:
    try:
        return jour.replace(year=jour.year + annees)
    except ValueError:
        return jour.replace(year=jour.year + annees, day=28)


def _relire(utilisateur: Utilisateur, sequence: Sequence, version: int | None) -> Sequence:
    """La ligne telle qu'elle est, tenue jusqu'à la fin de la transaction."""
    _tenir_les_noms(sequence.centre_id)
    lues = Sequence.objects.select_for_update(of=("self",)).select_related(
        "centre", "periode_debut__version__diplome", "periode_fin", "classe"
    )
    actuelle = lues.get(pk=sequence.pk)
    autoriser(a_un_role(utilisateur, actuelle.centre_id, PREPARER))
    if version is not None and actuelle.version != version:
        raise SequenceModifiee(actuelle)
    return actuelle


def _tenir_les_noms(centre: int) -> None:
    """Un nom est seul dans sa cohorte : deux créations simultanées se suivent."""
    Centre.objects.select_for_update(no_key=True).get(pk=centre)


def _enregistrer(sequence: Sequence) -> None:
    sequence.version += 1
    sequence.save()


def _donnees(sequence: Sequence) -> DonneesSequence:
    """De quoi refaire la même ailleurs : ni sa classe, ni ses situations, ni sa qualité de modèle."""
    return DonneesSequence(
        intitule=sequence.intitule,
        nature=str(sequence.nature),
        periode_debut=sequence.periode_debut,
        periode_fin=sequence.periode_fin,
        problematique=sequence.problematique,
        objectifs=sequence.objectifs,
        deroulement=sequence.deroulement,
        ressources=sequence.ressources,
        duree_heures=sequence.duree_heures,
    )


def _periodes(sequence: Sequence) -> dict[str, Any]:
    return {"periode_debut": sequence.periode_debut.intitule, "periode_fin": sequence.periode_fin.intitule}


def _etat(sequence: Sequence) -> dict[str, Any]:
    champs = ("intitule", "problematique", "objectifs", "deroulement", "ressources", "duree_heures", "est_modele")
    situations = Situation.objects.filter(sequence=sequence).order_by("debut", "code")
    return {
        **{champ: getattr(sequence, champ) for champ in champs},
        **_periodes(sequence),
        "nature": str(sequence.nature),
        "classe": str(sequence.classe or ""),
        "situations": list(situations.values_list("code", flat=True)),
    }


def _journaliser(acte: str, utilisateur: Utilisateur, sequence: Sequence, avant: object, apres: object) -> None:
    journaliser(
        chaine=f"sequence:{sequence.pk}", acte=acte, auteur=utilisateur, objet=sequence, avant=avant, apres=apres
    )
