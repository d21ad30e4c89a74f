"""Ce qu'un inspecteur voit d'une session, tous centres réunis : un nombre de requêtes qui ne dépend pas des centres."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from django.db.models import Count, F, QuerySet

from centres.models import Centre, Classe
from centres.permissions import Personne
from certification.enums import EtatCommission, EtatProposition, NatureArchive
from certification.models import Archive, AvisInspection, Candidat, Commission, PieceArchive, Proposition
from certification.permissions import centres_inspectes
from certification.queries.archives import AVEC_DOSSIER
from evaluations.models import Situation
from referentiel.models import Epreuve

# (classe, code d'épreuve).
Cle = tuple[int, str]
SANS_AVIS = "sans_avis"


@dataclass(frozen=True)
class CommissionVue:
    """Où en est la commission d'une classe."""

    classe: Classe
    commission: Commission | None
    candidats: int

    @property
    def est_tenue(self) -> bool:
        return self.commission is not None and self.commission.etat != EtatCommission.CONVOQUEE

    @property
    def est_close(self) -> bool:
        return self.commission is not None and self.commission.est_close


@dataclass(frozen=True)
class LigneEpreuve:
    """Un centre à une épreuve."""

    epreuve: Epreuve
    candidats: int
    situations: int
    avis: Mapping[str, int]
    clos: int
    verifies: int
    notes: tuple[Decimal, ...]

    @property
    def mediane(self) -> Decimal | None:
        return median(self.notes) if self.notes else None

    @property
    def valeurs(self) -> list[tuple[Decimal, int]]:
        """Chaque note proposée et combien de candidats la portent."""
        return sorted(Counter(self.notes).items())


@dataclass(frozen=True)
class CentreInspecte:
    centre: Centre
    classes: tuple[CommissionVue, ...]
    lignes: tuple[LigneEpreuve, ...]

    @property
    def commissions_tenues(self) -> int:
        return sum(vue.est_tenue for vue in self.classes)

    @property
    def commissions_closes(self) -> int:
        return sum(vue.est_close for vue in self.classes)


@dataclass(frozen=True)
class SituationInspectee:
    """Une situation certificative et le dernier avis donné."""

    situation: Situation
    epreuves: tuple[str, ...]
    avis: AvisInspection | None


@dataclass(frozen=True)
class _Faits:
    candidats: Mapping[int, int]
    situations: Mapping[Cle, Counter[str]]
    commissions: Mapping[int, Commission]
    clos: Mapping[Cle, int]
    verifies: Mapping[Cle, int]
    notes: Mapping[Cle, list[Decimal]]


def classes_inspectees(utilisateur: Personne) -> QuerySet[Classe]:
    """Les classes de dernière année des centres que la personne inspecte."""
    return (
        Classe.objects.filter(centre__in=centres_inspectes(utilisateur), annee_cycle=F("version__duree_cycle_annees"))
        .select_related("centre", "session", "version__diplome")
        .order_by("centre__nom", "centre", "nom", "pk")
    )


def sessions_inspectees(utilisateur: Personne) -> list[int]:
    """Les années de session de ces classes, la plus récente d'abord."""
    annees = classes_inspectees(utilisateur).order_by("-session__annee").values_list("session__annee", flat=True)
    return list(dict.fromkeys(annees))


def inspection_de(classes: Sequence[Classe]) -> list[CentreInspecte]:
    """Par centre, puis par épreuve en CCF : neuf requêtes."""
    faits = _lire([classe.pk for classe in classes])
    epreuves: dict[int, list[Epreuve]] = defaultdict(list)
    versions = {classe.version_id for classe in classes}
    for epreuve in Epreuve.objects.filter(version__in=versions, a_ccf=True).order_by("ordre"):
        epreuves[epreuve.version_id].append(epreuve)
    par_centre: dict[int, list[Classe]] = defaultdict(list)
    for classe in classes:
        par_centre[classe.centre_id].append(classe)
    return [_centre(siennes, epreuves, faits) for siennes in par_centre.values()]


def _centre(classes: Sequence[Classe], epreuves: Mapping[int, Sequence[Epreuve]], faits: _Faits) -> CentreInspecte:
    # Deux versions du référentiel peuvent porter le même code : une ligne par code.
    par_code: dict[str, tuple[Epreuve, list[Classe]]] = {}
    for classe in classes:
        for epreuve in epreuves[classe.version_id]:
            par_code.setdefault(epreuve.code, (epreuve, []))[1].append(classe)
    return CentreInspecte(
        classes[0].centre,
        tuple(
            CommissionVue(classe, faits.commissions.get(classe.pk), faits.candidats.get(classe.pk, 0))
            for classe in classes
        ),
        tuple(_ligne(epreuve, siennes, faits) for epreuve, siennes in par_code.values()),
    )


def _ligne(epreuve: Epreuve, classes: Sequence[Classe], faits: _Faits) -> LigneEpreuve:
    cles = [(classe.pk, epreuve.code) for classe in classes]
    avis: Counter[str] = Counter()
    for cle in cles:
        avis.update(faits.situations.get(cle, {}))
    return LigneEpreuve(
        epreuve,
        candidats=sum(faits.candidats.get(classe.pk, 0) for classe in classes),
        situations=sum(avis.values()),
        avis=avis,
        clos=sum(faits.clos.get(cle, 0) for cle in cles),
        verifies=sum(faits.verifies.get(cle, 0) for cle in cles),
        notes=tuple(sorted(note for cle in cles for note in faits.notes.get(cle, ()))),
    )


def _lire(classes: Collection[int]) -> _Faits:
    candidats = Candidat.objects.filter(classe__in=classes).order_by().values_list("classe").annotate(Count("pk"))
    commissions = {une.classe_id: une for une in Commission.objects.filter(classe__in=classes)}
    clos: Counter[Cle] = Counter()
    notes: dict[Cle, list[Decimal]] = defaultdict(list)
    lues = Proposition.objects.filter(commission__classe__in=classes).exclude(etat=EtatProposition.A_ETUDIER)
    for classe, code, etat, note in lues.values_list("commission__classe", "epreuve__code", "etat", "note_proposee"):
        clos[classe, code] += commissions[classe].est_close and etat in AVEC_DOSSIER
        if note is not None:
            notes[classe, code].append(note)
    return _Faits(dict(candidats), _avis(classes), commissions, clos, _verifies(classes), notes)


def _avis(classes: Collection[int]) -> dict[Cle, Counter[str]]:
    """Combien de situations certificatives par avis, pour chaque classe et chaque épreuve."""
    derniers = AvisInspection.objects.filter(situation__classe__in=classes).derniers()
    avis = dict(derniers.values_list("situation", "avis"))
    comptes: dict[Cle, Counter[str]] = defaultdict(Counter)
    situations = Situation.objects.certificatives().filter(classe__in=classes, epreuves__isnull=False)
    for situation, classe, code in situations.order_by().values_list("pk", "classe", "epreuves__code"):
        comptes[classe, code][avis.get(situation, SANS_AVIS)] += 1
    return comptes


def _verifies(classes: Collection[int]) -> Counter[Cle]:
    """Les dossiers de la dernière archive dont le manifeste a encore l'empreinte qu'il avait."""
    courantes = Archive.objects.filter(
        commission__classe__in=classes, version_commission=F("commission__numero_version"), efface_le=None
    )
    intactes = [
        pk
        for pk, manifeste, empreinte in courantes.values_list("pk", "manifeste", "empreinte")
        if hashlib.sha256(manifeste.encode()).hexdigest() == empreinte
    ]
    pieces = PieceArchive.objects.filter(archive__in=intactes, nature=NatureArchive.DOSSIER)
    comptes = pieces.order_by().values_list("archive__commission__classe", "epreuve__code").annotate(Count("pk"))
    return Counter({(classe, code): nombre for classe, code, nombre in comptes})


def situations_inspectees(classes: Sequence[Classe]) -> Iterator[tuple[Classe, list[SituationInspectee]]]:
    """Classe par classe, dans l'ordre du temps ; trois requêtes."""
    situations = (
        Situation.objects.certificatives()
        .filter(classe__in=classes)
        .prefetch_related("epreuves")
        .order_by("debut", "code", "pk")
    )
    derniers = AvisInspection.objects.filter(situation__classe__in=classes).derniers().select_related("inspecteur")
    avis = {un.situation_id: un for un in derniers}
    par_classe: dict[int, list[SituationInspectee]] = defaultdict(list)
    for situation in situations:
        codes = tuple(epreuve.code for epreuve in situation.epreuves.all())
        par_classe[situation.classe_id].append(SituationInspectee(situation, codes, avis.get(situation.pk)))
    for classe in classes:
        yield classe, par_classe[classe.pk]
