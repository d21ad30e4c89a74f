"""La conformité des dossiers, de la base aux règles, en un nombre constant de requêtes."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.db.models import CharField, Exists, OuterRef, QuerySet, Value

from centres.enums import StatutCentre
from centres.models import Classe, Inscription
from certification.conformite import (
    CompetenceAttendue,
    Conformite,
    Constat,
    DossierVu,
    Repere,
    SituationVue,
    verifier,
)
from certification.models import AvisInspection, PieceDossier
from certification.queries.candidats import EpreuveVue, SyntheseCandidat, SyntheseClasse, situations_certificatives
from certification.syntheses import MOTIF_SANS_GRILLE, MOTIF_SANS_OPTION
from evaluations.enums import Lieu
from evaluations.models import Ressource, Situation
from referentiel.models import Epreuve, Option

Cle = tuple[int, str]
# Des empêchements que l'on répare : des constats, pas des dispenses.
A_REPARER = (MOTIF_SANS_OPTION, MOTIF_SANS_GRILLE)


@dataclass(frozen=True)
class SituationLue:
    """Une situation certificative, toutes épreuves et toutes options confondues."""

    vue: SituationVue
    classe: int
    epreuves: frozenset[int]
    # Clés des détaillées : deux options peuvent donner deux libellés au même code.
    detaillees: frozenset[int]


@dataclass(frozen=True)
class Faits:
    """Ce que les règles lisent, pour toute une classe."""

    situations: Sequence[SituationLue] = ()
    # (apprenant, classe) → inscription.
    inscriptions: Mapping[tuple[int, int], int] = field(default_factory=dict)
    # Par épreuve : (clé de tâche, code, option ou rien).
    taches: Mapping[int, Sequence[tuple[int, str, int | None]]] = field(default_factory=dict)
    pieces: Mapping[tuple[int, int], frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Groupe:
    """Un constat que plusieurs candidats partagent : il se répare une fois."""

    constat: Constat
    epreuve: str
    candidats: tuple[SyntheseCandidat, ...]


def conformites(classe: Classe, lus: Sequence[SyntheseCandidat]) -> dict[Cle, Conformite]:
    """Par (candidat, code d'épreuve)."""
    faits = _faits(classe, lus)
    return {
        (lu.candidat.pk, code): verifier(_dossier(lu, vue, faits)) for lu in lus for code, vue in lu.epreuves.items()
    }


def conformites_de_la_classe(synthese: SyntheseClasse) -> dict[Cle, Conformite]:
    return conformites(synthese.classe, synthese.candidats)


def compter(trouvees: Iterable[Conformite]) -> Counter[str]:
    """Combien de dossiers conformes, à regarder, à régler, sans objet."""
    return Counter(conformite.etat for conformite in trouvees)


def regrouper(lus: Sequence[SyntheseCandidat], trouvees: Mapping[Cle, Conformite]) -> list[Groupe]:
    """Les constats partagés d'abord ; ce qui bloque avant ce qui se regarde."""
    par_constat: dict[tuple[str, str], list[tuple[SyntheseCandidat, Constat]]] = defaultdict(list)
    for lu in lus:
        for code in lu.epreuves:
            for constat in trouvees[lu.candidat.pk, code].constats if (lu.candidat.pk, code) in trouvees else ():
                par_constat[code, constat.texte].append((lu, constat))
    groupes = [
        Groupe(_commun([constat for _, constat in vus]), code, tuple(lu for lu, _ in vus))
        for (code, _), vus in par_constat.items()
    ]
    return sorted(groupes, key=lambda groupe: (groupe.constat.gravite.value != "bloquant", -len(groupe.candidats)))


def _commun(constats: Sequence[Constat]) -> Constat:
    """À plusieurs, le lien mène à la grille de la classe plutôt qu'à la page de l'un d'eux."""
    premier = constats[0]
    if len(constats) == 1:
        return premier
    return replace(premier, repere=replace(premier.repere, inscription=0, case=0))


def _faits(classe: Classe, lus: Sequence[SyntheseCandidat]) -> Faits:
    apprenants = [lu.candidat.apprenant_id for lu in lus]
    inscrits = Inscription.objects.filter(apprenant__in=apprenants, classe__session=classe.session_id)
    inscriptions = {(apprenant, classe_pk): pk for apprenant, classe_pk, pk in _triplets(inscrits)}
    pieces: dict[tuple[int, int], set[str]] = defaultdict(set)
    jointes = PieceDossier.objects.filter(inscription__in=[lu.candidat.pk for lu in lus])
    for inscription, epreuve, nature in jointes.order_by("pk").values_list("inscription", "epreuve", "nature"):
        pieces[inscription, epreuve].add(nature)
    taches = _taches(classe)
    codes = {pk: code for siennes in taches.values() for pk, code, _ in siennes}
    return Faits(
        situations=tuple(_situations(situations_certificatives(classe, apprenants), codes)),
        inscriptions=inscriptions,
        taches=taches,
        pieces={cle: frozenset(natures) for cle, natures in pieces.items()},
    )


def _triplets(inscrits: QuerySet[Inscription]) -> Iterable[tuple[int, int, int]]:
    return inscrits.order_by("debut", "pk").values_list("apprenant", "classe", "pk")


def _taches(classe: Classe) -> dict[int, list[tuple[int, str, int | None]]]:
    """Les tâches de l'activité de chaque épreuve."""
    lues = Epreuve.objects.filter(version=classe.version_id, bloc__activite__taches__isnull=False)
    par_epreuve: dict[int, list[tuple[int, str, int | None]]] = defaultdict(list)
    chemin = "bloc__activite__taches"
    colonnes = ("pk", f"{chemin}__pk", f"{chemin}__code", f"{chemin}__option")
    for epreuve, tache, code, option in lues.order_by("ordre", f"{chemin}__ordre").values_list(*colonnes):
        par_epreuve[epreuve].append((tache, code, option))
    return par_epreuve


def _situations(situations: QuerySet[Situation], codes: Mapping[int, str]) -> Iterator[SituationLue]:
    """Trois requêtes : les situations, ce qui s'y rattache, le dernier avis de chacune. `codes` : ceux des tâches."""
    lues = list(
        situations.annotate(inventaire=Exists(Ressource.objects.filter(situation=OuterRef("pk"))))
        .order_by("debut", "code", "pk")
        .only("pk", "code", "debut", "fin", "lieu", "description", "classe_id")
    )
    cles = [situation.pk for situation in lues]
    liens = _liens(cles)
    derniers = {avis.situation_id: avis for avis in AvisInspection.objects.filter(situation__in=cles).derniers()}
    for situation in lues:
        avis = derniers.get(situation.pk)
        vue = SituationVue(
            cle=situation.pk,
            code=situation.code,
            debut=situation.debut,
            fin=situation.fin or situation.debut,
            est_en_centre=situation.lieu == Lieu.CENTRE,
            est_decrite=bool(situation.description.strip()),
            a_inventaire=vars(situation)["inventaire"],
            taches=frozenset(codes[pk] for pk in liens["taches", situation.pk] if pk in codes),
            avis=avis.avis if avis else "",
            remarque=avis.remarque if avis else "",
        )
        epreuves, detaillees = (frozenset(liens[champ, situation.pk]) for champ in ("epreuves", "evaluees"))
        yield SituationLue(vue, situation.classe_id, epreuves, detaillees)


LIENS = (("epreuves", "epreuve"), ("taches", "tache"), ("evaluees", "competencedetaillee"))


def _liens(situations: Sequence[int]) -> dict[tuple[str, int], set[int]]:
    """Par (champ, situation) : les clés liées, les trois tables lues d'un trait."""
    lus = [
        getattr(Situation, champ)
        .through.objects.filter(situation__in=situations)
        .order_by()
        .values_list(Value(champ, output_field=CharField()), "situation", autre)
        for champ, autre in LIENS
    ]
    liees: dict[tuple[str, int], set[int]] = defaultdict(set)
    for champ, situation, lie in lus[0].union(*lus[1:], all=True):
        liees[champ, situation].add(lie)
    return liees


def _dossier(lu: SyntheseCandidat, vue: EpreuveVue, faits: Faits) -> DossierVu:
    candidat, code = lu.candidat, vue.epreuve.code
    synthese, classe = lu.syntheses[code], candidat.classe
    grille = synthese.grille
    return DossierVu(
        annee=classe.session.annee,
        fin_ccf=classe.session.fin_ccf,
        minimum=vue.situations.minimum,
        maximum=vue.situations.maximum,
        competences=tuple(CompetenceAttendue(une.code, une.intitule, une.detaillees) for une in vue.notee.competences),
        taches=tuple(
            dict.fromkeys(
                tache
                for _, tache, option in faits.taches.get(vue.epreuve.pk, ())
                if option in (None, candidat.option_id)
            )
        ),
        situations=tuple(_vues(lu, vue, faits)),
        sans_objet="" if synthese.empechement in A_REPARER else synthese.empechement,
        est_hors_contrat=classe.centre.statut == StatutCentre.HORS_CONTRAT,
        a_une_option=candidat.option_id is not None,
        a_une_grille=grille is not None,
        non_evalue_bloque=grille is None or grille.parametres.non_evalue == "bloque",
        positionnees=frozenset(pos for pos, prise in lu.positions.items() if prise.niveau is not None),
        pieces=faits.pieces.get((candidat.pk, vue.epreuve.pk), frozenset()),
        cases={detaillee.code: detaillee.pk for detaillee in vue.detaillees},
    )


def _vues(lu: SyntheseCandidat, vue: EpreuveVue, faits: Faits) -> Iterator[SituationVue]:
    """Les situations de l'épreuve dans les classes que le candidat a suivies, avec ce qu'elles disent de lui."""
    apprenant, codes = lu.candidat.apprenant_id, {detaillee.pk: detaillee.code for detaillee in vue.detaillees}
    dites: dict[int, set[str]] = defaultdict(set)
    evaluees: dict[int, set[str]] = defaultdict(set)
    for observation in lu.syntheses[vue.epreuve.code].observations:
        dites[observation.cle].add(observation.detaillee)
        if observation.niveau:
            evaluees[observation.cle].add(observation.detaillee)
    for lue in faits.situations:
        inscription = faits.inscriptions.get((apprenant, lue.classe))
        if inscription is not None and vue.epreuve.pk in lue.epreuves:
            yield replace(
                lue.vue,
                annoncees=frozenset(codes[pk] for pk in lue.detaillees if pk in codes),
                evaluees=frozenset(evaluees[lue.vue.cle]),
                dites=frozenset(dites[lue.vue.cle]),
                inscription=inscription,
            )


@dataclass(frozen=True)
class Cellule:
    """Un candidat à une épreuve, dans le tableau de la classe."""

    epreuve: Epreuve
    conformite: Conformite


@dataclass(frozen=True)
class Ligne:
    lu: SyntheseCandidat
    cellules: tuple[Cellule, ...]


@dataclass(frozen=True)
class TableauConformite:
    """Les dossiers d'une classe que le filtre garde ; les comptes portent sur toute la classe."""

    epreuves: tuple[Epreuve, ...]
    lignes: tuple[Ligne, ...]
    groupes: tuple[Groupe, ...]
    comptes: Mapping[str, int]
    options: tuple[Option, ...]


def tableau_de_conformite(synthese: SyntheseClasse, option: str, epreuve: str, etat: str) -> TableauConformite:
    """Une ligne reste dès qu'une de ses épreuves affichées a l'état voulu."""
    trouvees = conformites_de_la_classe(synthese)
    epreuves = tuple(une for une in synthese.epreuves if epreuve in ("", une.code))
    lignes = []
    for lu in synthese.candidats:
        cellules = tuple(
            Cellule(une, trouvees[lu.candidat.pk, une.code]) for une in epreuves if une.code in lu.epreuves
        )
        garde_option = not option or (lu.candidat.option is not None and lu.candidat.option.code == option)
        if garde_option and any(etat in ("", cellule.conformite.etat) for cellule in cellules):
            lignes.append(Ligne(lu, cellules))
    gardees = {
        (ligne.lu.candidat.pk, cellule.epreuve.code): cellule.conformite
        for ligne in lignes
        for cellule in ligne.cellules
    }
    options = {lu.candidat.option_id: lu.candidat.option for lu in synthese.candidats if lu.candidat.option}
    return TableauConformite(
        epreuves,
        tuple(lignes),
        tuple(regrouper([ligne.lu for ligne in lignes], gardees)),
        compter(trouvees.values()),
        tuple(sorted(options.values(), key=lambda une: une.ordre)),
    )


def reparations(conformite: Conformite, motifs: Sequence[str]) -> list[tuple[str, Repere | None]]:
    """Chaque raison de l'absence de note, et la case où la lever ; un motif commence par le code de sa compétence."""
    reperes = {
        constat.texte.partition(" ")[0]: constat.repere
        for verdict in conformite.verdicts
        if verdict.regle.cle == "competences"
        for constat in verdict.constats
    }
    return [(motif, reperes.get(motif.partition(" ")[0])) for motif in motifs]
