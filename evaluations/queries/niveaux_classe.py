"""Le meilleur niveau de toute une classe, compétence par compétence, face à ce qui est attendu. Aucune note."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from centres.enums import Modalite
from centres.models import Classe, Inscription, Utilisateur
from centres.permissions import Personne
from evaluations.attendus import Ecart, Position
from evaluations.enums import EtatBilan, Nature
from evaluations.models import BilanPeriode, Echelle, Placement, Positionnement, Situation
from evaluations.queries.echelles import Attendus, attendus_par_option, echelle_en_vigueur
from evaluations.queries.parcours import CHAMPS_DETAILLEE, NiveauCompetence, niveaux_par_competence
from evaluations.synthese import Retenu, meilleur_retenu
from referentiel.models import CompetenceDetaillee, Epreuve, Periode
from referentiel.reglement import SituationsAttendues, situations_attendues

EN_DESSOUS, SANS_PREUVE = "dessous", "vide"


@dataclass(frozen=True)
class Case:
    """Un apprenant et une compétence ; `ecart` manque tant qu'aucune échelle n'est publiée."""

    code: str
    niveau: int | None
    ecart: Ecart | None = None
    # Faux : cette compétence n'est pas de son option.
    est_sienne: bool = True

    @property
    def est_en_dessous(self) -> bool:
        return self.ecart is not None and self.ecart.position is Position.EN_DECA

    @property
    def attendu(self) -> int | None:
        return self.ecart.periode if self.ecart else None


@dataclass(frozen=True)
class LigneClasse:
    inscription: Inscription
    competences: tuple[NiveauCompetence, ...]
    cases: tuple[Case, ...]
    # Le dernier bilan formalisé, et l'âge qu'il a.
    bilan_pk: int | None
    bilan_le: date | None
    mois_depuis_le_bilan: int | None

    @property
    def sans_preuve(self) -> int:
        return sum(1 for case in self.cases if case.est_sienne and case.niveau is None)

    @property
    def en_dessous(self) -> int:
        return sum(1 for case in self.cases if case.est_en_dessous)


@dataclass(frozen=True)
class Colonne:
    """Une compétence vue sur les lignes montrées."""

    code: str
    intitule: str
    observes: int
    total: int
    en_dessous: int
    attendus: tuple[int, ...]

    @property
    def sans_preuve(self) -> int:
        return self.total - self.observes

    @property
    def attendu(self) -> str:
        """« 2 », ou « 2/3 » quand les options n'attendent pas la même chose."""
        return "/".join(map(str, self.attendus))


@dataclass(frozen=True)
class EpreuvePrevue:
    """Situations certificatives d'une épreuve, sur les deux ou trois attendues."""

    epreuve: Epreuve
    situations: int
    attendues: SituationsAttendues

    @property
    def manque(self) -> int:
        return max(0, self.attendues.minimum - self.situations)


@dataclass(frozen=True)
class TableauClasse:
    classe: Classe
    periode: Periode | None
    echelle: Echelle | None
    colonnes: tuple[Colonne, ...]
    lignes: tuple[LigneClasse, ...]
    effectif: int
    options: tuple[str, ...]
    epreuves: tuple[EpreuvePrevue, ...] = ()

    @property
    def en_dessous(self) -> int:
        return sum(1 for ligne in self.lignes if ligne.en_dessous)

    @property
    def sans_preuve(self) -> int:
        return sum(1 for ligne in self.lignes if ligne.sans_preuve)

    @property
    def sans_bilan(self) -> int:
        return sum(1 for ligne in self.lignes if ligne.bilan_pk is None)

    def reduit(self, filtre: "FiltreClasse") -> "TableauClasse":
        """Les lignes voulues ; les comptes des colonnes suivent ce qui est montré."""
        gardees = tuple(ligne for ligne in self.lignes if filtre.garde(ligne))
        return replace(self, lignes=gardees, colonnes=_colonnes(self.lignes, gardees))


@dataclass(frozen=True)
class FiltreClasse:
    option: str = ""
    montrer: str = ""

    @property
    def est_vide(self) -> bool:
        return self == FiltreClasse()

    def garde(self, ligne: LigneClasse) -> bool:
        option = ligne.inscription.option
        if self.option and (option is None or option.code != self.option):
            return False
        if self.montrer == EN_DESSOUS:
            return ligne.en_dessous > 0
        return self.montrer != SANS_PREUVE or ligne.sans_preuve > 0


def tableau_de_la_classe(utilisateur: Personne, classe: Classe, periode: Periode | None, jour: date) -> TableauClasse:
    """Quatre requêtes ; deux de plus avec une échelle publiée, une pour les épreuves de la dernière année."""
    inscriptions = inscrits_de(classe)
    niveaux = niveaux_de(utilisateur, classe, inscriptions)
    echelle, attendus = attendus_de_la_classe(classe, inscriptions)
    lignes = _aligner(
        _ligne(une, niveaux[une.apprenant_id], attendus.get(une.option_id), periode, jour) for une in inscriptions
    )
    return TableauClasse(
        classe=classe,
        periode=periode,
        echelle=echelle,
        colonnes=_colonnes(lignes, lignes),
        lignes=lignes,
        effectif=len(lignes),
        options=tuple(sorted({une.option.code for une in inscriptions if une.option})),
        epreuves=epreuves_prevues(classe) if classe.est_derniere_annee else (),
    )


def inscrits_de(classe: Classe, jour: date | None = None) -> list[Inscription]:
    """L'effectif, par ordre alphabétique, chacun avec son dernier bilan formalisé ici (une requête)."""
    formalises = BilanPeriode.objects.filter(
        inscription__apprenant=OuterRef("apprenant"),
        campagne__classe__centre=classe.centre_id,
        etat=EtatBilan.FORMALISE,
    ).order_by("-arrete_le", "-pk")
    lues = Inscription.objects.filter(classe=classe).au(jour or classe.jour_de_l_effectif).dernieres()
    return list(
        lues.select_related("apprenant", "option")
        .annotate(
            dernier_bilan=Subquery(formalises.values("pk")[:1]),
            dernier_bilan_le=Subquery(formalises.values("arrete_le")[:1]),
        )
        .order_by("apprenant__nom", "apprenant__prenom", "pk")
    )


def niveaux_de(
    utilisateur: Personne, classe: Classe, inscriptions: Sequence[Inscription], *, jusqu_au: date | None = None
) -> dict[int, tuple[NiveauCompetence, ...]]:
    """Par apprenant, ses niveaux sur tout le cycle ; arrêtés à un jour, ils disent aussi leur auteur.

    Deux requêtes ; quatre pour des niveaux arrêtés, où une preuve de PFMP date de la fin du placement.
    """
    apprenants = [une.apprenant_id for une in inscriptions]
    retenus = _retenus(utilisateur, classe, apprenants, jusqu_au)
    lues = list(
        CompetenceDetaillee.objects.filter(competence__version=classe.version_id).values_list(
            *CHAMPS_DETAILLEE, "option"
        )
    )
    par_option = {
        option: [ligne[:-1] for ligne in lues if ligne[-1] in (None, option)]
        for option in {une.option_id for une in inscriptions}
    }
    return {
        une.apprenant_id: niveaux_par_competence(par_option[une.option_id], retenus.get(une.apprenant_id, {}))
        for une in inscriptions
    }


def attendus_de_la_classe(
    classe: Classe, inscriptions: Iterable[Inscription]
) -> tuple[Echelle | None, Mapping[int | None, Attendus]]:
    """L'échelle publiée de la cohorte et ce qu'elle attend de chaque option (trois requêtes)."""
    echelle = echelle_en_vigueur(classe)
    if echelle is None:
        return None, {}
    options = {une.option_id: une.option for une in inscriptions}
    return echelle, attendus_par_option(echelle, options.values())


def epreuves_prevues(classe: Classe) -> tuple[EpreuvePrevue, ...]:
    """Une requête ; en ponctuel, rien n'est à prévoir."""
    if classe.centre.modalite != Modalite.CCF:
        return ()
    attendues = situations_attendues(classe.version.regles_ccf)
    siennes = Situation.objects.filter(classe=classe, nature=Nature.CERTIFICATIVE, epreuves=OuterRef("pk")).order_by()
    nombre = Subquery(siennes.values("classe").annotate(nombre=Count("pk")).values("nombre"))
    lues = Epreuve.objects.filter(version=classe.version_id, a_ccf=True).annotate(certificatives=Coalesce(nombre, 0))
    return tuple(EpreuvePrevue(une, vars(une)["certificatives"], attendues) for une in lues)


def _retenus(
    utilisateur: Personne, classe: Classe, apprenants: Sequence[int], jusqu_au: date | None
) -> dict[int, dict[int, Retenu]]:
    """Apprenant → compétence détaillée → meilleur niveau et sa preuve.

    Celles du centre de la classe seulement : qui enseigne aussi ailleurs n'y apporte pas ce qu'il y a vu.
    """
    lues = (
        Positionnement.objects.visibles_par(utilisateur)
        .evalues()
        .filter(inscription__apprenant__in=apprenants, situation__classe__centre=classe.centre_id)
        .order_by()
        .values_list(
            "inscription__apprenant",
            "detaillee",
            "niveau",
            "situation__code",
            "situation__debut",
            "situation",
            "auteur",
            "inscription",
        )
    )
    fins = _fins_de_placement(apprenants) if jusqu_au else {}
    hauts: dict[tuple[int, int], int] = {}
    groupes: dict[tuple[int, int], list[Retenu]] = defaultdict(list)
    for apprenant, detaillee, niveau, code, debut, situation, auteur, inscription in lues:
        cle, preuve_le = (apprenant, detaillee), fins.get((situation, inscription), debut)
        # Un niveau déjà dépassé ne sera pas retenu : l'écarter ici épargne trois ans de preuves.
        if niveau is None or niveau < hauts.get(cle, 0) or (jusqu_au and preuve_le > jusqu_au):
            continue
        hauts[cle] = niveau
        groupes[cle].append(Retenu(niveau, code, preuve_le, str(auteur), situation))
    retenus: dict[int, dict[int, Retenu]] = defaultdict(dict)
    for (apprenant, detaillee), groupe in groupes.items():
        if meilleur := meilleur_retenu(groupe):
            retenus[apprenant][detaillee] = meilleur
    return _nommer_les_auteurs(retenus) if jusqu_au else retenus


def _fins_de_placement(apprenants: Sequence[int]) -> dict[tuple[int, int], date]:
    """Une PFMP se juge à son terme : sa preuve ne date pas du premier jour."""
    lues = Placement.objects.filter(inscription__apprenant__in=apprenants, periode__situation__isnull=False)
    return {
        (situation, inscription): fin
        for situation, inscription, fin in lues.values_list("periode__situation", "inscription", "fin")
        if situation is not None
    }


def _nommer_les_auteurs(retenus: dict[int, dict[int, Retenu]]) -> dict[int, dict[int, Retenu]]:
    cles = {retenu.auteur for siens in retenus.values() for retenu in siens.values()}
    noms = {str(une.pk): str(une) for une in Utilisateur.objects.filter(pk__in=cles)}
    return {
        apprenant: {pk: replace(retenu, auteur=noms[retenu.auteur]) for pk, retenu in siens.items()}
        for apprenant, siens in retenus.items()
    }


def _aligner(lignes: Iterable[LigneClasse]) -> tuple[LigneClasse, ...]:
    """Une case par compétence connue de la classe, dans le même ordre pour tous."""
    lues = list(lignes)
    codes = dict.fromkeys(case.code for ligne in lues for case in ligne.cases)
    alignees = []
    for ligne in lues:
        siennes = {case.code: case for case in ligne.cases}
        cases = tuple(siennes.get(code) or Case(code, None, est_sienne=False) for code in codes)
        alignees.append(replace(ligne, cases=cases))
    return tuple(alignees)


def _ligne(
    inscription: Inscription,
    competences: tuple[NiveauCompetence, ...],
    attendus: Attendus | None,
    periode: Periode | None,
    jour: date,
) -> LigneClasse:
    arrete_le: date | None = vars(inscription)["dernier_bilan_le"]
    return LigneClasse(
        inscription=inscription,
        competences=competences,
        cases=tuple(_case(une, attendus, periode) for une in competences),
        bilan_pk=vars(inscription)["dernier_bilan"],
        bilan_le=arrete_le,
        mois_depuis_le_bilan=(jour - arrete_le).days // 30 if arrete_le else None,
    )


def _case(competence: NiveauCompetence, attendus: Attendus | None, periode: Periode | None) -> Case:
    niveau = competence.retenu.niveau if competence.retenu else None
    situe = attendus.ecart(competence.code, niveau, periode.ordre) if attendus and periode else None
    return Case(competence.code, niveau, situe)


def _colonnes(toutes: Sequence[LigneClasse], montrees: Sequence[LigneClasse]) -> tuple[Colonne, ...]:
    """Les en-têtes viennent de toute la classe : un filtre qui ne garde personne laisse le tableau lisible."""
    intitules = {c.code: c.intitule for ligne in toutes for c in ligne.competences}
    cases: dict[str, list[Case]] = defaultdict(list)
    for ligne in montrees:
        for case in ligne.cases:
            if case.est_sienne:
                cases[case.code].append(case)
    return tuple(
        Colonne(
            code=code,
            intitule=intitule,
            observes=sum(1 for case in cases[code] if case.niveau is not None),
            total=len(cases[code]),
            en_dessous=sum(1 for case in cases[code] if case.est_en_dessous),
            attendus=tuple(sorted({case.attendu for case in cases[code] if case.attendu})),
        )
        for code, intitule in intitules.items()
    )


def apprenants_sans_competence(classes: Iterable[Classe]) -> dict[int, dict[str, int]]:
    """Classe → compétence → combien d'apprenants n'y ont jamais été évalués (trois requêtes pour toutes).

    Sans jointure : les positionnements de trois ans d'un centre se parcourent à chaque accueil.
    """
    suivies = {classe.pk: classe for classe in classes}
    siens = Inscription.objects.filter(classe__in=suivies).values("apprenant")
    apprenant_de: dict[int, int] = {}
    effectifs: dict[int, set[int]] = defaultdict(set)
    for une in Inscription.objects.filter(apprenant__in=siens):
        apprenant_de[une.pk] = une.apprenant_id
        classe = suivies.get(une.classe_id)
        if classe and une.debut <= classe.jour_de_l_effectif <= (une.fin or date.max):
            effectifs[une.classe_id].add(une.apprenant_id)
    codes: dict[int, dict[int, str]] = defaultdict(dict)
    detaillees = CompetenceDetaillee.objects.filter(competence__version__in={c.version_id for c in suivies.values()})
    for pk, version, code in detaillees.values_list("pk", "competence__version", "competence__code"):
        codes[version][pk] = code
    lues = Positionnement.objects.evalues().filter(inscription__in=apprenant_de).order_by()
    evalues: dict[int, set[int]] = defaultdict(set)
    for inscription, detaillee in lues.values_list("inscription", "detaillee").distinct():
        evalues[detaillee].add(apprenant_de[inscription])
    return {pk: _manquants(effectifs[pk], codes[classe.version_id], evalues) for pk, classe in suivies.items()}


def _manquants(effectif: set[int], codes: Mapping[int, str], evalues: Mapping[int, set[int]]) -> dict[str, int]:
    vus: dict[str, set[int]] = {code: set() for code in codes.values()}
    for detaillee, code in codes.items():
        vus[code] |= evalues.get(detaillee, set())
    return {code: nombre for code, siens in vus.items() if (nombre := len(effectif - siens))}
