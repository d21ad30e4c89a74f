"""Où en sont les PFMP : réponses des tuteurs, semaines faites, synthèse lue par le conseil de classe."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from centres.enums import StatutApprenant
from centres.models import Classe, Inscription
from evaluations.enums import Attitude
from evaluations.models import (
    AbsencePfmp,
    BilanPfmp,
    LienTuteur,
    LigneBilan,
    PeriodePfmp,
    Placement,
    ReglagePfmp,
    ReponseAttitude,
    Visite,
)
from evaluations.models.pfmp import DEMI_JOURNEES_PAR_SEMAINE
from evaluations.queries.bilans_pfmp import reglage_de

PAS_ENVOYE, ENVOYE, EN_COURS = "pas_envoye", "envoye", "en_cours"
INCOMPLET, TERMINE, CONFIRME = "incomplet", "termine", "confirme"
ATTENDUS = (ENVOYE, EN_COURS, INCOMPLET)
LIBELLES = {
    PAS_ENVOYE: "pas encore sollicité",
    ENVOYE: "lien remis, sans réponse",
    EN_COURS: "réponse commencée",
    INCOMPLET: "incomplet",
    TERMINE: "bilan à confirmer",
    CONFIRME: "bilan confirmé",
}


@dataclass(frozen=True)
class LigneSuivi:
    """Un placement et la réponse de son tuteur."""

    placement: Placement
    etat: str
    lien: LienTuteur | None
    relances: int
    reponses: int
    questions: int
    termine_le: datetime | None
    est_prepare: bool
    # Le dernier rappel parti par courriel.
    relance_le: datetime | None = None

    @property
    def libelle(self) -> str:
        combien = f" ({self.reponses}/{self.questions})" if self.etat == INCOMPLET else ""
        return LIBELLES[self.etat] + combien

    @property
    def delai(self) -> int | None:
        """Jours entre la première remise du lien et la fin de la réponse."""
        if self.remis_le is None or self.termine_le is None:
            return None
        return max(0, (self.termine_le - self.remis_le).days)

    @property
    def remis_le(self) -> datetime | None:
        """Envoyé par courriel, ou imprimé sur la fiche."""
        return (self.lien.envoye_le or self.lien.cree_le) if self.lien else None

    @property
    def est_a_relancer(self) -> bool:
        """Attendu, joignable, et pas déjà relancé aujourd'hui."""
        return self.etat in ATTENDUS and self.lien is not None and self._a_une_adresse and not self.est_relance_du_jour

    @property
    def est_relance_du_jour(self) -> bool:
        return self.relance_le is not None and timezone.localdate(self.relance_le) == timezone.localdate()

    @property
    def est_sans_adresse(self) -> bool:
        """Attendu, mais rien ne peut lui être envoyé : la fiche de papier."""
        est_attendu = self.etat in ATTENDUS or (self.etat == PAS_ENVOYE and self.est_prepare)
        return est_attendu and not self._a_une_adresse

    @property
    def est_a_envoyer(self) -> bool:
        """Préparé, et le tuteur a une adresse électronique ; les autres reçoivent la fiche de papier."""
        return self.etat == PAS_ENVOYE and self.est_prepare and self._a_une_adresse

    @property
    def _a_une_adresse(self) -> bool:
        return self.placement.tuteur is not None and bool(self.placement.tuteur.email)


@dataclass(frozen=True)
class Suivi:
    lignes: tuple[LigneSuivi, ...]

    @property
    def repondus(self) -> int:
        return sum(1 for ligne in self.lignes if ligne.etat in (TERMINE, CONFIRME))

    @property
    def a_confirmer(self) -> int:
        return sum(1 for ligne in self.lignes if ligne.etat == TERMINE)

    @property
    def a_relancer(self) -> tuple[LigneSuivi, ...]:
        return tuple(ligne for ligne in self.lignes if ligne.est_a_relancer)

    @property
    def relances_du_jour(self) -> int:
        return sum(1 for ligne in self.lignes if ligne.etat in ATTENDUS and ligne.est_relance_du_jour)

    @property
    def sans_adresse(self) -> int:
        return sum(1 for ligne in self.lignes if ligne.est_sans_adresse)

    @property
    def a_envoyer(self) -> tuple[LigneSuivi, ...]:
        return tuple(ligne for ligne in self.lignes if ligne.est_a_envoyer)

    @property
    def delai_moyen(self) -> Decimal | None:
        delais = [ligne.delai for ligne in self.lignes if ligne.delai is not None]
        return Decimal(sum(delais)) / len(delais) if delais else None


@dataclass(frozen=True)
class Conformite:
    """Semaines faites et prévues d'un apprenant sur tout le cycle, face à ce que le centre exige pour son statut."""

    inscription: Inscription
    faites: Decimal
    prevues: Decimal
    exigees: int | None

    @property
    def manque(self) -> Decimal:
        """Ce qui restera à faire une fois les périodes prévues accomplies."""
        return max(Decimal(0), Decimal(self.exigees or 0) - self.faites - self.prevues)

    @property
    def est_atteinte(self) -> bool:
        return self.exigees is not None and self.faites >= self.exigees


@dataclass(frozen=True)
class NiveauRetenu:
    code: str
    intitule: str
    niveau: int


@dataclass(frozen=True)
class PfmpSynthese:
    """Une PFMP d'un apprenant pour le conseil : où, combien, ce qui y a été retenu."""

    placement: Placement
    semaines: Decimal
    demi_journees: int
    injustifiees: int
    visites: int
    bilan: BilanPfmp | None
    niveaux: tuple[NiveauRetenu, ...]
    attitudes: tuple[tuple[str, int], ...]

    @property
    def est_confirme(self) -> bool:
        return self.bilan is not None and self.bilan.est_confirme


@dataclass(frozen=True)
class SyntheseApprenant:
    conformite: Conformite
    pfmp: tuple[PfmpSynthese, ...]

    @property
    def inscription(self) -> Inscription:
        return self.conformite.inscription


def suivi_de(periode: PeriodePfmp) -> Suivi:
    """Deux requêtes, quel que soit l'effectif."""
    placements = (
        Placement.objects.filter(periode=periode)
        .select_related("inscription__apprenant", "entreprise", "tuteur", "enseignant", "fiche", "bilan")
        .annotate(
            nombre_competences=Count("detaillees", distinct=True),
            nombre_questions=Count("questions", distinct=True),
            nombre_reponses=Count("questions", filter=Q(questions__reponse__valeur__gt=""), distinct=True),
        )
        .order_by("inscription__apprenant__nom", "inscription__apprenant__prenom", "pk")
    )
    liens: dict[int, list[LienTuteur]] = defaultdict(list)
    remis = LienTuteur.objects.filter(Q(envoye_le__isnull=False) | Q(revoque_le__isnull=True))
    for lien in remis.filter(placement__periode=periode).order_by("cree_le", "pk"):
        liens[lien.placement_id].append(lien)
    return Suivi(tuple(_suivre(periode, placement, liens[placement.pk]) for placement in placements))


def _suivre(periode: PeriodePfmp, placement: Placement, liens: list[LienTuteur]) -> LigneSuivi:
    placement.periode = periode
    fiche, bilan = getattr(placement, "fiche", None), getattr(placement, "bilan", None)
    reponses = _repondues(placement)
    termine_le = fiche.termine_le if fiche else None
    if bilan is not None and bilan.est_confirme:
        etat = CONFIRME
    elif termine_le:
        # « J'ai terminé » sur une fiche presque vide n'est pas une réponse : on peut encore relancer.
        etat = INCOMPLET if 2 * reponses < vars(placement)["nombre_questions"] else TERMINE
    elif reponses:
        etat = EN_COURS
    else:
        etat = ENVOYE if liens else PAS_ENVOYE
    rappels = [lien.envoye_le for lien in liens if lien.est_relance and lien.envoye_le]
    return LigneSuivi(
        placement=placement,
        etat=etat,
        lien=liens[0] if liens else None,
        relances=len(rappels),
        reponses=reponses,
        questions=vars(placement)["nombre_questions"],
        termine_le=termine_le,
        est_prepare=vars(placement)["nombre_competences"] > 0,
        relance_le=max(rappels, default=None),
    )


def _repondues(placement: Placement) -> int:
    reponses: int = vars(placement)["nombre_reponses"]
    return reponses


def conformite_de(classe: Classe, jour: date | None = None) -> tuple[Conformite, ...]:
    """Trois requêtes : réglages, inscrits, placements de tout le cycle."""
    inscriptions = _inscrits(classe)
    parcours = _parcours(une.apprenant_id for une in inscriptions)
    reglage = reglage_de(classe.centre_id)
    return tuple(_conformite(une, parcours[une.apprenant_id], reglage, jour) for une in inscriptions)


def synthese_de(classe: Classe, jour: date | None = None) -> tuple[SyntheseApprenant, ...]:
    """Ce que lit le conseil de classe : cinq requêtes, aucune note, aucune moyenne."""
    inscriptions = _inscrits(classe)
    parcours = _parcours(une.apprenant_id for une in inscriptions)
    reglage = reglage_de(classe.centre_id)
    cles = [placement.pk for liste in parcours.values() for placement in liste]
    niveaux, attitudes = _niveaux(cles), _attitudes(cles)
    return tuple(
        SyntheseApprenant(
            _conformite(une, parcours[une.apprenant_id], reglage, jour),
            tuple(
                _pfmp(placement, niveaux.get(placement.pk, ()), attitudes.get(placement.pk, ()))
                for placement in parcours[une.apprenant_id]
            ),
        )
        for une in inscriptions
    )


def semaines_faites(placement: Placement) -> Decimal:
    """Les semaines du placement, moins les absences : cinq jours d'absence en retirent une [D]."""
    absences = vars(placement)["absences_total"]
    return max(Decimal(0), Decimal(placement.semaines) - Decimal(absences) / DEMI_JOURNEES_PAR_SEMAINE)


def exigees(reglage: ReglagePfmp, statut: str) -> int | None:
    return {
        StatutApprenant.SCOLAIRE: reglage.semaines_scolaire,
        StatutApprenant.APPRENTI: reglage.semaines_apprenti,
        StatutApprenant.FORMATION_CONTINUE: reglage.semaines_formation_continue,
    }[StatutApprenant(statut)]


def _inscrits(classe: Classe) -> list[Inscription]:
    lues = Inscription.objects.filter(classe=classe).au(classe.jour_de_l_effectif).dernieres()
    return list(lues.select_related("apprenant", "option").order_by("apprenant__nom", "apprenant__prenom", "pk"))


def _parcours(apprenants: Iterable[int]) -> dict[int, list[Placement]]:
    """Tous les placements de ces apprenants, dans l'ordre du cycle, avec leurs absences et leurs visites faites."""
    lus = avec_absences(Placement.objects.filter(inscription__apprenant__in=set(apprenants))).select_related(
        "periode__classe", "inscription__apprenant", "entreprise", "tuteur", "bilan"
    )
    parcours: dict[int, list[Placement]] = defaultdict(list)
    for placement in lus.filter(entreprise__isnull=False).order_by("debut", "pk"):
        parcours[placement.inscription.apprenant_id].append(placement)
    return parcours


def avec_absences(placements: QuerySet[Placement]) -> QuerySet[Placement]:
    """Chaque total a sa sous-requête : joindre absences et visites ensemble les multiplierait."""
    siennes = AbsencePfmp.objects.filter(placement=OuterRef("pk")).order_by().values("placement")
    total = siennes.annotate(total=Sum("demi_journees")).values("total")
    faites = Visite.objects.filter(placement=OuterRef("pk"), faite_le__isnull=False).order_by().values("placement")
    return placements.annotate(
        absences_total=Coalesce(Subquery(total), 0),
        absences_injustifiees=Coalesce(Subquery(total.filter(est_justifiee=False)), 0),
        visites_faites=Coalesce(Subquery(faites.annotate(nombre=Count("pk")).values("nombre")), 0),
    )


def _conformite(
    inscription: Inscription, placements: Iterable[Placement], reglage: ReglagePfmp, jour: date | None
) -> Conformite:
    jour = jour or timezone.localdate()
    finis, a_venir = Decimal(0), Decimal(0)
    for placement in placements:
        if placement.fin <= jour:
            finis += semaines_faites(placement)
        else:
            a_venir += semaines_faites(placement)
    return Conformite(inscription, finis, a_venir, exigees(reglage, inscription.statut))


def _niveaux(placements: list[int]) -> Mapping[int, tuple[NiveauRetenu, ...]]:
    """Placement → niveaux retenus des bilans confirmés seulement."""
    lues = (
        LigneBilan.objects.filter(
            bilan__placement__in=placements, bilan__confirme_le__isnull=False, niveau_retenu__isnull=False
        )
        .order_by("bilan__placement", "detaillee__competence__ordre", "detaillee__ordre")
        .values_list("bilan__placement", "detaillee__code", "detaillee__intitule", "niveau_retenu")
    )
    return {
        cle: tuple(NiveauRetenu(code, texte, niveau) for _, code, texte, niveau in groupe if niveau is not None)
        for cle, groupe in groupby(lues, key=lambda ligne: ligne[0])
    }


def _attitudes(placements: list[int]) -> Mapping[int, tuple[tuple[str, int], ...]]:
    degres: dict[int, dict[str, int]] = defaultdict(dict)
    lues = ReponseAttitude.objects.filter(placement__in=placements, degre__isnull=False).order_by("placement")
    for cle, attitude, degre in lues.values_list("placement", "attitude", "degre"):
        if degre is not None:
            degres[cle][attitude] = degre
    return {
        cle: tuple((str(une.label), siens[une.value]) for une in Attitude if une.value in siens)
        for cle, siens in degres.items()
    }


def _pfmp(
    placement: Placement, niveaux: tuple[NiveauRetenu, ...], attitudes: tuple[tuple[str, int], ...]
) -> PfmpSynthese:
    return PfmpSynthese(
        placement=placement,
        semaines=semaines_faites(placement),
        demi_journees=vars(placement)["absences_total"],
        injustifiees=vars(placement)["absences_injustifiees"],
        visites=vars(placement)["visites_faites"],
        bilan=getattr(placement, "bilan", None),
        niveaux=niveaux,
        attitudes=attitudes,
    )
