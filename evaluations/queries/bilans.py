"""Les bilans d'une classe et d'un apprenant : niveaux figés, évolution depuis le précédent. Aucune note."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from centres.enums import ROLES_EQUIPE
from centres.models import Affectation, Apprenant, Centre, Classe, Inscription, Utilisateur
from evaluations.enums import EtatBilan, NatureBilan
from evaluations.models import BilanPeriode, CampagneBilans, FabricationBilans
from evaluations.permissions import LIENS_BILAN
from evaluations.queries.echelles import Attendus
from evaluations.queries.parcours import NiveauCompetence
from evaluations.synthese import Retenu

FLECHES = {"progres": "↑", "stable": "→", "nouvelle": "+", "baisse": "↓"}


class Etape(StrEnum):
    """Ce qui reste à faire d'un bilan."""

    REDIGER = "à rédiger"
    ENTRETIEN = "entretien à tenir"
    FORMALISER = "à formaliser"
    FORMALISE = "formalisé"


@dataclass(frozen=True)
class NiveauFige:
    """Un niveau tel qu'il était le jour de l'arrêt, et sa preuve."""

    code: str
    intitule: str
    niveau: int | None
    situation: str = ""
    le: date | None = None
    auteur: str = ""


@dataclass(frozen=True)
class CompetenceFigee(NiveauFige):
    bloc: int = 0
    attendu: int | None = None
    fin: int | None = None
    detaillees: tuple[NiveauFige, ...] = ()
    # Le niveau du bilan précédent ; `a_un_avant` faux : c'est le premier bilan.
    avant: int | None = None
    a_un_avant: bool = False

    @property
    def observees(self) -> int:
        return sum(1 for une in self.detaillees if une.niveau)

    @property
    def est_en_dessous(self) -> bool:
        return self.niveau is not None and self.attendu is not None and self.niveau < self.attendu

    @property
    def position(self) -> str:
        """En toutes lettres, pour qui ne voit ni la flèche ni la couleur."""
        if self.attendu is None:
            return ""
        if self.niveau is None:
            return f"niveau {self.attendu} attendu, pas encore évaluée"
        comment = "en dessous" if self.est_en_dessous else "atteint" if self.niveau == self.attendu else "dépassé"
        return f"niveau {self.attendu} attendu, {comment}"

    @property
    def evolution(self) -> str:
        """« progres », « stable », « nouvelle », « baisse », ou rien."""
        if not self.a_un_avant or self.niveau is None:
            return "baisse" if self.a_un_avant and self.avant else ""
        if self.avant is None:
            return "nouvelle"
        return "stable" if self.niveau == self.avant else "progres" if self.niveau > self.avant else "baisse"

    @property
    def fleche(self) -> str:
        return FLECHES.get(self.evolution, "")

    @property
    def evolution_dite(self) -> str:
        """Un niveau ne baisse que si une preuve a été corrigée : c'est le meilleur du cycle."""
        return {
            "progres": f"en progrès, était {self.avant}",
            "stable": "stable",
            "nouvelle": "évaluée depuis",
            "baisse": f"rectifiée, était {self.avant}",
        }.get(self.evolution, "")


@dataclass(frozen=True)
class VueBilan:
    bilan: BilanPeriode
    periode: str
    echelle: str
    competences: tuple[CompetenceFigee, ...]
    precedent: BilanPeriode | None

    @property
    def evaluees(self) -> int:
        return sum(1 for une in self.competences if une.niveau)

    @property
    def en_dessous(self) -> tuple[CompetenceFigee, ...]:
        return tuple(une for une in self.competences if une.est_en_dessous)

    @property
    def sans_preuve(self) -> tuple[CompetenceFigee, ...]:
        return tuple(une for une in self.competences if une.niveau is None)

    @property
    def en_progres(self) -> int:
        return sum(1 for une in self.competences if une.evolution in ("progres", "nouvelle"))


@dataclass(frozen=True)
class LigneCampagne:
    bilan: BilanPeriode
    evaluees: int
    total: int
    en_dessous: int

    @property
    def etape(self) -> Etape:
        return etape_de(self.bilan)


@dataclass(frozen=True)
class VueCampagne:
    campagne: CampagneBilans
    lignes: tuple[LigneCampagne, ...]
    fabrication: FabricationBilans | None

    @property
    def formalises(self) -> int:
        return sum(1 for ligne in self.lignes if ligne.bilan.est_formalise)

    @property
    def entretiens_a_tenir(self) -> int:
        return sum(1 for ligne in self.lignes if not ligne.bilan.est_formalise and ligne.bilan.entretien_le is None)

    @property
    def suivante(self) -> BilanPeriode | None:
        """Le premier bilan à reprendre."""
        return next((ligne.bilan for ligne in self.lignes if not ligne.bilan.est_formalise), None)


def etape_de(bilan: BilanPeriode) -> Etape:
    if bilan.est_formalise:
        return Etape.FORMALISE
    if not bilan.remarques_equipe.strip():
        return Etape.REDIGER
    est_individuel = bilan.campagne.nature == NatureBilan.INDIVIDUEL
    return Etape.FORMALISER if est_individuel or bilan.entretien_le else Etape.ENTRETIEN


def figer(
    competences: Iterable[NiveauCompetence], attendus: Attendus | None, periode: str, rang: int
) -> dict[str, Any]:
    """Ce que le bilan garde : niveaux, preuves et niveaux attendus ce jour-là ; rien n'y sera recalculé."""
    figees = []
    for une in competences:
        niveau = une.retenu.niveau if une.retenu else None
        ecart = attendus.ecart(une.code, niveau, rang) if attendus else None
        figees.append(
            {
                **_figer(une.code, une.intitule, une.retenu),
                "bloc": une.bloc,
                "attendu": ecart.periode if ecart else None,
                "fin": ecart.fin if ecart else None,
                "detaillees": [_figer(detail.code, detail.intitule, detail.retenu) for detail in une.detaillees],
            }
        )
    return {"periode": periode, "echelle": str(attendus.echelle) if attendus else "", "competences": figees}


def _figer(code: str, intitule: str, retenu: Retenu | None) -> dict[str, Any]:
    return {
        "code": code,
        "intitule": intitule,
        "niveau": retenu.niveau if retenu else None,
        "situation": retenu.situation if retenu else "",
        "le": retenu.date.isoformat() if retenu else None,
        "auteur": retenu.auteur if retenu else "",
    }


def vue_du_bilan(bilan: BilanPeriode, precedent: BilanPeriode | None) -> VueBilan:
    lus: Mapping[str, Any] = bilan.niveaux
    avant = {une["code"]: une["niveau"] for une in precedent.niveaux.get("competences", ())} if precedent else {}
    return VueBilan(
        bilan=bilan,
        periode=lus.get("periode", ""),
        echelle=lus.get("echelle", ""),
        competences=tuple(_relire(une, avant) for une in lus.get("competences", ())),
        precedent=precedent,
    )


def _relire(lue: Mapping[str, Any], avant: Mapping[str, int | None]) -> CompetenceFigee:
    return CompetenceFigee(
        **_niveau(lue),
        bloc=lue["bloc"],
        attendu=lue["attendu"],
        fin=lue["fin"],
        detaillees=tuple(NiveauFige(**_niveau(detail)) for detail in lue["detaillees"]),
        avant=avant.get(lue["code"]),
        a_un_avant=lue["code"] in avant,
    )


def _niveau(lue: Mapping[str, Any]) -> dict[str, Any]:
    champs = {champ: lue[champ] for champ in ("code", "intitule", "niveau", "situation", "auteur")}
    return {**champs, "le": date.fromisoformat(lue["le"]) if lue["le"] else None}


def lire_bilan(bilan: BilanPeriode) -> VueBilan:
    """Une requête : le bilan formalisé d'avant."""
    precedents = _precedents(bilan.inscription.apprenant_id, bilan.campagne.classe.centre_id, bilan.campagne.arrete_le)
    return vue_du_bilan(bilan, precedents.first())


def lire_bilans(campagne: CampagneBilans) -> tuple[VueBilan, ...]:
    """Tous les bilans d'une campagne, chacun face à son précédent (deux requêtes)."""
    anterieurs = _precedents(OuterRef("inscription__apprenant"), campagne.classe.centre_id, OuterRef("arrete_le"))
    bilans = list(bilans_de(campagne).annotate(precedent=Subquery(anterieurs.values("pk")[:1])))
    anciens = BilanPeriode.objects.in_bulk([vars(un)["precedent"] for un in bilans if vars(un)["precedent"]])
    return tuple(vue_du_bilan(un, anciens.get(vars(un)["precedent"] or 0)) for un in bilans)


def _precedents(apprenant: int | OuterRef, centre: int, arrete_le: date | OuterRef) -> QuerySet[BilanPeriode]:
    """Du même centre : confié à deux centres, un apprenant a dans chacun son suivi, que l'autre ne lit pas."""
    return (
        BilanPeriode.objects.formalises()
        .filter(inscription__apprenant=apprenant, campagne__classe__centre=centre, arrete_le__lt=arrete_le)
        .select_related("campagne")
        .order_by("-arrete_le", "-pk")
    )


def bilans_de(campagne: CampagneBilans) -> QuerySet[BilanPeriode]:
    return (
        BilanPeriode.objects.filter(campagne=campagne)
        .select_related(*LIENS_BILAN)
        .order_by("inscription__apprenant__nom", "inscription__apprenant__prenom", "pk")
    )


def vue_de_la_campagne(campagne: CampagneBilans) -> VueCampagne:
    """Deux requêtes."""
    lignes = []
    for bilan in bilans_de(campagne):
        vue = vue_du_bilan(bilan, None)
        lignes.append(LigneCampagne(bilan, vue.evaluees, len(vue.competences), len(vue.en_dessous)))
    return VueCampagne(campagne, tuple(lignes), campagne.fabrications.order_by("-demande_le", "-pk").first())


def voisins(bilan: BilanPeriode) -> tuple[int | None, int | None]:
    """Le bilan d'avant et celui d'après dans la liste de la classe (une requête)."""
    cles = list(bilans_de(bilan.campagne).values_list("pk", flat=True))
    rang = cles.index(bilan.pk)
    return cles[rang - 1] if rang else None, cles[rang + 1] if rang + 1 < len(cles) else None


def campagnes_de(classe: Classe) -> QuerySet[CampagneBilans]:
    """Les campagnes d'une classe, la plus récente d'abord, avec leur avancement."""
    return avec_avancement(CampagneBilans.objects.filter(classe=classe)).select_related("periode")


def avec_avancement(campagnes: QuerySet[CampagneBilans]) -> QuerySet[CampagneBilans]:
    formalise = Q(bilans__etat=EtatBilan.FORMALISE)
    return campagnes.annotate(
        total=Count("bilans"),
        formalises=Count("bilans", filter=formalise),
        sans_entretien=Count("bilans", filter=~formalise & Q(bilans__entretien_le__isnull=True)),
    )


def absents_de(campagne: CampagneBilans) -> QuerySet[Inscription]:
    """Ceux qui sont entrés dans la classe depuis que la campagne est préparée."""
    classe = campagne.classe
    lues = Inscription.objects.filter(classe=classe).au(classe.jour_de_l_effectif).dernieres()
    connus = BilanPeriode.objects.filter(campagne=campagne).values("inscription__apprenant")
    return lues.exclude(apprenant__in=connus).select_related("apprenant", "option")


def representants_de(centre: Centre | int) -> QuerySet[Utilisateur]:
    """L'équipe d'aujourd'hui : qui peut tenir l'entretien."""
    tenues = Affectation.objects.en_vigueur().filter(centre=centre, role__in=list(ROLES_EQUIPE))
    return Utilisateur.objects.filter(pk__in=tenues.values("utilisateur")).order_by("last_name", "first_name", "pk")


def bilans_formalises_de(apprenant: Apprenant) -> QuerySet[BilanPeriode]:
    """Ce que l'apprenant lit, le plus récent d'abord."""
    return (
        BilanPeriode.objects.formalises()
        .filter(inscription__apprenant=apprenant)
        .select_related("campagne")
        .order_by("-arrete_le", "-pk")
    )


def bilan_individuel_de(inscription: Inscription) -> VueBilan | None:
    """La synthèse de l'équipe au dernier trimestre, telle qu'elle est formalisée : la commission la lit."""
    lus = bilans_formalises_de(inscription.apprenant).filter(
        campagne__nature=NatureBilan.INDIVIDUEL, campagne__classe=inscription.classe_id
    )
    bilan = lus.select_related(*LIENS_BILAN).first()
    return lire_bilan(bilan) if bilan else None
