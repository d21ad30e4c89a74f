"""Le bilan conjoint : enregistrer, confirmer, rouvrir. Confirmé, il devient des positionnements en entreprise.

Ces positionnements vont dans une situation formative propre à la période. Elle naît verrouillée : seule la
confirmation d'un bilan y écrit, jamais la grille.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from centres.journal import Acte, journaliser, journaliser_lot
from centres.models import Utilisateur
from centres.services.autorisation import autoriser
from evaluations.models import BilanPfmp, LigneBilan, PeriodePfmp, Placement, Positionnement, Situation
from evaluations.permissions import peut_confirmer_un_bilan, peut_rouvrir_un_bilan
from evaluations.queries.bilans_pfmp import LigneDuBilan, bilan_de
from evaluations.services.donnees import DonneesSituation, donnees_de
from evaluations.services.positionnements import ACTE_CELLULE
from evaluations.services.situations import SCELLEE, creer_situation
from referentiel.models import CompetenceDetaillee

DEJA_CONFIRME = "Ce bilan est confirmé : il ne change plus. Le chef de centre peut le rouvrir."
REPONSE_CHANGEE = "Le tuteur a changé une réponse pendant votre saisie : relisez la ligne, puis confirmez."
MODIFIE_DEPUIS = (
    "Ce bilan a été enregistré par quelqu'un d'autre pendant votre saisie : rien n'est écrasé. "
    "Rouvrez la page pour comparer."
)
NIVEAUX = range(1, 5)
LONGUEUR_CODE = 12


@dataclass(frozen=True, kw_only=True)
class ChoixLigne:
    """Ce que l'enseignant retient d'une compétence ; `valeur` : la réponse du tuteur qu'il avait sous les yeux."""

    detaillee_id: int
    niveau: int | None
    valeur: str = ""
    motif: str = ""


@dataclass(frozen=True, kw_only=True)
class DonneesBilan:
    tenu_le: date | None
    a_tuteur: bool = False
    a_apprenant: bool = False
    synthese: str = ""
    choix: tuple[ChoixLigne, ...] = ()


@transaction.atomic
def enregistrer_bilan(
    *, utilisateur: Utilisateur, placement: Placement, donnees: DonneesBilan, version: int
) -> BilanPfmp:
    """Garde le brouillon : rien n'entre encore dans le parcours."""
    tenu = _tenir(utilisateur, placement)
    bilan, lignes = _ecrire(tenu, donnees, version)
    _journaliser("bilan_pfmp.enregistre", utilisateur, tenu, bilan, None, _dits(bilan, lignes))
    return bilan


@transaction.atomic
def confirmer_bilan(
    *,
    utilisateur: Utilisateur,
    placement: Placement,
    donnees: DonneesBilan,
    version: int,
    maintenant: datetime | None = None,
) -> BilanPfmp:
    """Ce qui est retenu devient une preuve en entreprise, formative ; le bilan ne change plus."""
    tenu = _tenir(utilisateur, placement)
    bilan, lignes = _ecrire(tenu, donnees, version, exige_le_jour=True)
    bilan.confirme_le, bilan.confirme_par = maintenant or timezone.now(), utilisateur
    bilan.save(update_fields=["confirme_le", "confirme_par"])
    retenus = {ligne.detaillee_id: ligne.niveau_retenu for ligne in lignes if ligne.niveau_retenu is not None}
    if retenus:
        situation = _situation_de(utilisateur, tenu.periode, retenus)
        _positionner(utilisateur, situation, tenu, retenus, bilan.confirme_le)
    _journaliser("bilan_pfmp.confirme", utilisateur, tenu, bilan, None, _dits(bilan, lignes))
    return bilan


@transaction.atomic
def rouvrir_bilan(*, utilisateur: Utilisateur, placement: Placement, motif: str) -> BilanPfmp:
    """Le chef de centre, avec une raison : les positionnements quittent le parcours jusqu'à une confirmation."""
    autoriser(peut_rouvrir_un_bilan(utilisateur, placement.periode.classe))
    bilan = BilanPfmp.objects.select_for_update().filter(placement=placement).first()
    if bilan is None or not bilan.est_confirme:
        raise ValidationError("Ce bilan n'est pas confirmé.")
    if not motif.strip():
        raise ValidationError({"motif": ["Dites pourquoi le bilan est rouvert."]})
    avant = {"confirme_le": bilan.confirme_le, "confirme_par": bilan.confirme_par_id}
    bilan.confirme_le, bilan.confirme_par, bilan.version = None, None, bilan.version + 1
    bilan.save(update_fields=["confirme_le", "confirme_par", "version"])
    situation = placement.periode.situation
    if situation is not None:
        _refuser_si_scellee(situation)
        siens = Positionnement.objects.filter(situation=situation, inscription=placement.inscription_id)
        vides = dict.fromkeys(siens.filter(niveau__isnull=False).values_list("detaillee", flat=True))
        _positionner(utilisateur, situation, placement, vides, timezone.now())
    _journaliser("bilan_pfmp.rouvert", utilisateur, placement, bilan, avant, None, motif.strip())
    return bilan


def _tenir(utilisateur: Utilisateur, placement: Placement) -> Placement:
    """Le placement verrouillé jusqu'à la fin : le tuteur qui répond au même instant attend, ou nous l'attendons."""
    autoriser(peut_confirmer_un_bilan(utilisateur, placement.periode.classe))
    lignes = Placement.objects.select_for_update(of=("self",))
    return lignes.select_related(
        "periode__classe__centre", "periode__classe__version", "periode__classe__session", "inscription"
    ).get(pk=placement.pk)


def _ecrire(
    placement: Placement, donnees: DonneesBilan, version: int, exige_le_jour: bool = False
) -> tuple[BilanPfmp, list[LigneBilan]]:
    vue = bilan_de(placement)
    if vue.est_confirme:
        raise ValidationError(DEJA_CONFIRME)
    if vue.version != version:
        raise ValidationError(MODIFIE_DEPUIS, code="modifie")
    lignes, refus = _lignes(vue.lignes, donnees.choix)
    sans_jour = ["Dites quel jour le bilan a eu lieu."] if exige_le_jour and donnees.tenu_le is None else []
    if refus or sans_jour:
        # Tout ce qui manque, en une fois.
        champs: dict[str, list[Any]] = {"tenu_le": sans_jour, NON_FIELD_ERRORS: refus}
        raise ValidationError({champ: textes for champ, textes in champs.items() if textes})
    bilan = vue.bilan or BilanPfmp(placement=placement)
    bilan.tenu_le, bilan.a_tuteur, bilan.a_apprenant = donnees.tenu_le, donnees.a_tuteur, donnees.a_apprenant
    bilan.synthese = donnees.synthese.replace("\r\n", "\n").strip()
    bilan.version = version + 1
    bilan.clean_fields(exclude={"placement", "confirme_par"})
    try:
        with transaction.atomic():
            bilan.save()
    except IntegrityError as double:
        raise ValidationError(MODIFIE_DEPUIS, code="modifie") from double
    bilan.lignes.all().delete()
    for ligne in lignes:
        ligne.bilan = bilan
    return bilan, LigneBilan.objects.bulk_create(lignes)


def _lignes(
    vues: Sequence[LigneDuBilan], choix: Iterable[ChoixLigne]
) -> tuple[list[LigneBilan], list[ValidationError]]:
    """Une ligne par compétence du bilan, et ce qui s'y oppose : un niveau qui n'est pas celui proposé porte sa raison.

    Le code d'un refus, `ligne` suivi de la clé de la compétence, dit où le montrer.
    """
    choisis = {un.detaillee_id: un for un in choix}
    if choisis.keys() - {vue.detaillee.pk for vue in vues}:
        raise ValidationError("Une compétence envoyée n'est pas dans ce bilan.")
    lignes: list[LigneBilan] = []
    refus: list[ValidationError] = []
    for vue in vues:
        un = choisis.get(vue.detaillee.pk, ChoixLigne(detaillee_id=vue.detaillee.pk, niveau=None, valeur=vue.valeur))
        motif, code = " ".join(un.motif.split()), f"ligne{vue.detaillee.pk}"
        if un.valeur != vue.valeur:
            refus.append(ValidationError(f"{vue.detaillee.code} : {REPONSE_CHANGEE}", code=code))
        if un.niveau is not None and un.niveau not in NIVEAUX:
            refus.append(ValidationError(f"{vue.detaillee.code} : un niveau va de 1 à 4.", code=code))
        if un.niveau is not None and un.niveau != vue.propose and not motif:
            texte = f"{vue.detaillee.code} : le niveau retenu n'est pas celui proposé, dites pourquoi."
            refus.append(ValidationError(texte, code=code))
        lignes.append(
            LigneBilan(
                detaillee=vue.detaillee,
                valeur=vue.valeur,
                autonomie=vue.autonomie,
                niveau_propose=vue.propose,
                niveau_retenu=un.niveau,
                motif=motif[:300],
            )
        )
    return lignes, refus


def _situation_de(utilisateur: Utilisateur, periode: PeriodePfmp, detaillees: Iterable[int]) -> Situation:
    """La situation de la période, créée à la première confirmation, étendue aux compétences nouvelles."""
    tenue = PeriodePfmp.objects.select_for_update(of=("self",)).select_related("situation__periode").get(pk=periode.pk)
    voulues = CompetenceDetaillee.objects.filter(pk__in=list(detaillees)).select_related("competence__bloc")
    codes = {une.code for une in voulues}
    if tenue.situation is None:
        tenue.situation = _creer_situation(utilisateur, periode, codes)
        tenue.save(update_fields=["situation"])
        return tenue.situation
    situation = tenue.situation
    _refuser_si_scellee(situation)
    avant = donnees_de(situation)
    if not codes <= set(avant.evaluees):
        # Un code vaut pour ses libellés dans toutes les options.
        version = periode.classe.version
        situation.evaluees.add(*CompetenceDetaillee.objects.filter(competence__version=version, code__in=codes))
        situation.epreuves.add(*version.epreuves.filter(bloc__in={une.competence.bloc_id for une in voulues}))
        apres = donnees_de(situation).en_json()
        _au_journal_de(situation, "situation.modifiee", utilisateur, avant.en_json(), apres)
    return situation


def _creer_situation(utilisateur: Utilisateur, periode: PeriodePfmp, codes: Iterable[str]) -> Situation:
    version = periode.classe.version
    voulus = set(codes)
    epreuves = version.epreuves.filter(bloc__competences__detaillees__code__in=voulus).distinct().order_by("pk")
    situation = creer_situation(
        utilisateur=utilisateur,
        classe=periode.classe,
        donnees=DonneesSituation(
            code=_code_libre(periode),
            titre=f"PFMP {periode.intitule or periode.code}"[:120],
            debut=periode.debut,
            fin=periode.fin,
            lieu="entreprise",
            epreuves=tuple(epreuve.code for epreuve in epreuves),
            evaluees=tuple(sorted(voulus)),
            description="Positionnements issus des bilans de PFMP confirmés avec les tuteurs.",
        ),
    )
    situation.verrouillee_le = timezone.now()
    situation.save(update_fields=["verrouillee_le"])
    _au_journal_de(situation, "situation.verrouillee", utilisateur, {"verrouillee": False}, {"verrouillee": True})
    return situation


def _refuser_si_scellee(situation: Situation) -> None:
    """Le verrou d'une situation de PFMP cède devant un bilan ; un scellement, non."""
    if situation.est_scellee:
        raise ValidationError(SCELLEE)


def _code_libre(periode: PeriodePfmp) -> str:
    """Le code de la période, suivi d'un numéro si une situation de la classe le porte déjà."""
    pris = {code.casefold() for code in periode.classe.situations.values_list("code", flat=True)}
    code, rang = periode.code, 2
    while code.casefold() in pris:
        code, rang = f"{periode.code[: LONGUEUR_CODE - 2]}-{rang}", rang + 1
    return code


def _positionner(
    utilisateur: Utilisateur,
    situation: Situation,
    placement: Placement,
    niveaux: Mapping[int, int | None],
    quand: datetime,
) -> None:
    """Écrit ces niveaux, ou les retire (None), avec un événement par case, comme la grille."""
    existants = {
        ligne.detaillee_id: ligne
        for ligne in Positionnement.objects.select_for_update().filter(
            situation=situation, inscription=placement.inscription_id, detaillee__in=niveaux
        )
    }
    actes = []
    for detaillee, niveau in niveaux.items():
        ligne = existants.get(detaillee) or Positionnement(
            situation=situation, inscription_id=placement.inscription_id, detaillee_id=detaillee, version=0
        )
        avant = {"valeur": ligne.valeur, "observation": ligne.observation, "version": ligne.version}
        ligne.niveau, ligne.etat, ligne.auteur, ligne.modifie_le = niveau, "", utilisateur, quand
        ligne.version += 1
        ligne.save()
        apres = {"inscription": placement.inscription_id, "detaillee": detaillee, "valeur": ligne.valeur}
        suite = {"observation": ligne.observation, "version": ligne.version, "modifie_le": quand.isoformat()}
        actes.append(Acte(acte=ACTE_CELLULE, objet=ligne, avant=avant, apres={**apres, **suite}))
    if actes:
        journaliser_lot(chaine=f"situation:{situation.pk}", auteur=utilisateur, actes=actes)


def _dits(bilan: BilanPfmp, lignes: Sequence[LigneBilan]) -> dict[str, Any]:
    """Ce que le journal garde : des niveaux et des dates ; ni synthèse, ni raison écrite."""
    return {
        "tenu_le": bilan.tenu_le,
        "a_tuteur": bilan.a_tuteur,
        "a_apprenant": bilan.a_apprenant,
        "version": bilan.version,
        "lignes": [[ligne.detaillee.code, ligne.valeur, ligne.niveau_propose, ligne.niveau_retenu] for ligne in lignes],
    }


def _au_journal_de(situation: Situation, acte: str, auteur: Utilisateur, avant: object, apres: object) -> None:
    chaine = f"situation:{situation.pk}"
    journaliser(chaine=chaine, acte=acte, auteur=auteur, objet=situation, avant=avant, apres=apres)


def _journaliser(
    acte: str,
    utilisateur: Utilisateur,
    placement: Placement,
    bilan: BilanPfmp,
    avant: object,
    apres: object,
    motif: str = "",
) -> None:
    journaliser(
        chaine=f"placement:{placement.pk}",
        acte=acte,
        auteur=utilisateur,
        objet=bilan,
        avant=avant,
        apres=apres,
        motif=motif,
    )
