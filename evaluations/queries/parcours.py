"""Le parcours d'un apprenant sur tout le cycle : toutes les preuves, en centre et en entreprise. Aucune note."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby
from operator import attrgetter

from django.db.models import OuterRef, Subquery

from centres.models import Apprenant, Inscription
from centres.permissions import Personne
from evaluations.enums import Lieu
from evaluations.models import Placement, Positionnement
from evaluations.queries.seconde import RIEN_D_AILLEURS, Ailleurs, Vers, ailleurs_de, seconde_par_competence
from evaluations.synthese import Observation, Retenu, meilleur_niveau, meilleur_retenu, plus_haut
from referentiel.models import CompetenceDetaillee, VersionReferentiel

CHAMPS_DETAILLEE = (
    "competence__bloc__numero",
    "competence__code",
    "competence__intitule",
    "pk",
    "code",
    "intitule",
)


SECONDE = "seconde"
# Où une preuve a été montrée ; la seconde commune est un autre diplôme, en centre.
ENDROITS: Mapping[str, str] = {
    Lieu.CENTRE.value: "en centre",
    Lieu.ENTREPRISE.value: "en entreprise",
    SECONDE: "en seconde commune",
}


@dataclass(frozen=True)
class Preuve:
    """Un niveau ou un état donné à une compétence détaillée ; `est_retenue` : c'est le meilleur du cycle."""

    code: str
    intitule: str
    valeur: int | str
    auteur: str
    observation: str
    est_retenue: bool


@dataclass(frozen=True)
class GroupePreuves:
    """Les preuves d'une même compétence dans une situation ; `vers` : celles du diplôme, quand elle est d'ailleurs."""

    code: str
    intitule: str
    bloc: int
    preuves: tuple[Preuve, ...]
    vers: tuple[Vers, ...] = ()
    est_d_ailleurs: bool = False

    @property
    def meilleur(self) -> int | None:
        """Ce que cette situation a montré de mieux."""
        return plus_haut(preuve.valeur for preuve in self.preuves)

    @property
    def codes(self) -> tuple[str, ...]:
        """Ceux du diplôme, par lesquels on filtre."""
        return tuple(une.code for une in self.vers) if self.est_d_ailleurs else (self.code,)

    @property
    def blocs(self) -> tuple[int, ...]:
        return tuple(une.bloc for une in self.vers) if self.est_d_ailleurs else (self.bloc,)


@dataclass(frozen=True)
class Jalon:
    """Une situation vécue par l'apprenant, et ce qu'il y a montré."""

    pk: int
    code: str
    titre: str
    debut: date
    fin: date | None
    periode: str
    classe: str
    nature: str
    nature_libelle: str
    lieu: str
    competences: tuple[GroupePreuves, ...]
    # Le référentiel d'une situation de seconde commune ; vide : celui du diplôme.
    ailleurs: str = ""
    # Une valeur de `ENDROITS`.
    endroit: str = Lieu.CENTRE

    @property
    def auteur_unique(self) -> str:
        """Celui qui a tout positionné dans cette situation ; vide s'ils sont plusieurs."""
        auteurs = {preuve.auteur for groupe in self.competences for preuve in groupe.preuves}
        return auteurs.pop() if len(auteurs) == 1 else ""


@dataclass(frozen=True)
class NiveauDetaillee:
    code: str
    intitule: str
    retenu: Retenu | None


@dataclass(frozen=True)
class NiveauCompetence:
    """Le plus haut niveau atteint sur l'une des détaillées d'une compétence, et combien ont été observées."""

    code: str
    intitule: str
    bloc: int
    retenu: Retenu | None
    detaillees: tuple[NiveauDetaillee, ...]
    # Le meilleur niveau montré en seconde commune, par correspondance : à lire à côté, il n'entre dans aucun calcul.
    seconde: Retenu | None = None

    @property
    def observees(self) -> int:
        return sum(1 for detaillee in self.detaillees if detaillee.retenu)


@dataclass(frozen=True)
class Parcours:
    inscription: Inscription | None
    jalons: tuple[Jalon, ...]
    competences: tuple[NiveauCompetence, ...]
    periodes: tuple[str, ...]


@dataclass(frozen=True)
class Filtre:
    """Ce que l'on garde de la chronologie ; vide : tout."""

    bloc: int | None = None
    competence: str = ""
    periode: str = ""
    endroit: str = ""

    @property
    def est_vide(self) -> bool:
        return self == Filtre()


@dataclass(frozen=True)
class Lecture:
    """Ce qu'un parcours lit de la base, une seule fois, quoi qu'on en montre."""

    inscription: Inscription | None
    positionnements: Sequence[Positionnement]
    # Compétence détaillée → meilleur niveau du cycle.
    retenus: Mapping[int, Retenu]
    ailleurs: Ailleurs
    # Celles de l'option actuelle, dans l'ordre du référentiel.
    detaillees: Sequence[CompetenceDetaillee]

    @property
    def periodes(self) -> tuple[str, ...]:
        lues = {p.situation.periode.ordre: p.situation.periode.intitule for p in self.positionnements}
        return tuple(lues[ordre] for ordre in sorted(lues))


def lire_parcours(utilisateur: Personne, apprenant: Apprenant) -> Lecture:
    """Trois requêtes : les inscriptions, les preuves visibles, les compétences de l'option actuelle."""
    inscription = inscription_actuelle(utilisateur, apprenant)
    positionnements = _positionnements(utilisateur, apprenant)
    return Lecture(
        inscription=inscription,
        positionnements=positionnements,
        retenus=retenus_de(positionnements),
        ailleurs=ailleurs_de(positionnements, inscription.classe.version if inscription else None),
        detaillees=_detaillees(inscription) if inscription else (),
    )


def inscription_actuelle(utilisateur: Personne, apprenant: Apprenant) -> Inscription | None:
    """La dernière que la personne peut voir."""
    return (
        Inscription.objects.visibles_par(utilisateur)
        .filter(apprenant=apprenant)
        .select_related("option", "classe__centre", "classe__session", "classe__version__diplome")
        .order_by("-debut", "-pk")
        .first()
    )


def parcours_de(utilisateur: Personne, apprenant: Apprenant) -> Parcours:
    """Les observations écrites restent à l'équipe : l'apprenant lit ses niveaux."""
    return composer(utilisateur, apprenant, lire_parcours(utilisateur, apprenant))


def composer(utilisateur: Personne, apprenant: Apprenant, lu: Lecture) -> Parcours:
    return Parcours(
        inscription=lu.inscription,
        jalons=_jalons(utilisateur, apprenant, lu.positionnements, lu.retenus, lu.ailleurs),
        competences=competences_de(lu),
        periodes=lu.periodes,
    )


def jalons_de(
    utilisateur: Personne, apprenant: Apprenant, version: VersionReferentiel | None = None
) -> tuple[Jalon, ...]:
    """La chronologie seule, en une requête : le reste du parcours n'intéresse pas toutes les pages.

    `version` est le texte depuis lequel on lit : une preuve d'un autre diplôme s'y montre comme telle.
    """
    positionnements = _positionnements(utilisateur, apprenant)
    retenus = retenus_de(positionnements)
    return _jalons(utilisateur, apprenant, positionnements, retenus, ailleurs_de(positionnements, version))


def competences_de(lu: Lecture) -> tuple[NiveauCompetence, ...]:
    """Toutes celles de l'option, observées ou non ; ce qui vient de la seconde commune se lit à côté."""
    competences = niveaux_par_competence(map(ligne_de, lu.detaillees), lu.retenus)
    seconde = seconde_de(lu.positionnements, lu.ailleurs)
    return tuple(replace(une, seconde=seconde.get(une.code)) for une in competences)


def seconde_de(positionnements: Iterable[Positionnement], ailleurs: Ailleurs) -> Mapping[str, Retenu]:
    if ailleurs is RIEN_D_AILLEURS:
        return {}
    lues = ((p.detaillee.competence, _observation(p)) for p in positionnements if ailleurs.nom(p))
    return seconde_par_competence(lues, ailleurs)


def _positionnements(utilisateur: Personne, apprenant: Apprenant) -> list[Positionnement]:
    return list(
        Positionnement.objects.visibles_par(utilisateur)
        .filter(inscription__apprenant=apprenant)
        .exclude(niveau__isnull=True, etat="")
        .select_related("situation__periode", "situation__classe", "detaillee__competence__bloc", "auteur")
        .annotate(entreprise_pfmp=_du_placement("entreprise__nom"), fin_pfmp=_du_placement("fin"))
        .order_by(
            "-situation__debut", "situation__code", "situation", "detaillee__competence__ordre", "detaillee__ordre"
        )
    )


def retenus_de(positionnements: Iterable[Positionnement]) -> dict[int, Retenu]:
    """Par libellé et non par code : C7.3 prouvée en RSP ne l'est pas en RMO (décision 004)."""
    observations: dict[int, list[Observation]] = defaultdict(list)
    for positionnement in positionnements:
        observations[positionnement.detaillee_id].append(_observation(positionnement))
    meilleurs = {pk: meilleur_niveau(groupe) for pk, groupe in observations.items()}
    return {pk: retenu for pk, retenu in meilleurs.items() if retenu}


def _jalons(
    utilisateur: Personne,
    apprenant: Apprenant,
    positionnements: Iterable[Positionnement],
    retenus: Mapping[int, Retenu],
    ailleurs: Ailleurs,
) -> tuple[Jalon, ...]:
    lit_les_observations = apprenant.utilisateur_id != utilisateur.pk
    return tuple(
        _jalon(list(groupe), retenus, lit_les_observations, ailleurs)
        for _, groupe in groupby(positionnements, key=attrgetter("situation_id"))
    )


def _du_placement(champ: str) -> Subquery:
    """La situation d'une période de PFMP vaut pour la classe : entreprise et dates sont celles du placement."""
    placements = Placement.objects.filter(periode__situation=OuterRef("situation"), inscription=OuterRef("inscription"))
    return Subquery(placements.order_by().values(champ)[:1])


def filtrer(jalons: Iterable[Jalon], filtre: Filtre) -> tuple[Jalon, ...]:
    """Les situations de la période, réduites aux compétences voulues ; celles qui n'en montrent aucune partent."""
    gardes = [
        replace(jalon, competences=tuple(groupe for groupe in jalon.competences if _convient(groupe, filtre)))
        for jalon in jalons
        if filtre.periode in ("", jalon.periode) and filtre.endroit in ("", jalon.endroit)
    ]
    return tuple(jalon for jalon in gardes if jalon.competences)


def _convient(groupe: GroupePreuves, filtre: Filtre) -> bool:
    return (filtre.bloc is None or filtre.bloc in groupe.blocs) and filtre.competence in ("", *groupe.codes)


def _observation(positionnement: Positionnement) -> Observation:
    situation = positionnement.situation
    return Observation(
        situation=situation.code,
        # Une PFMP se juge à son terme : sa preuve ne date pas du premier jour.
        date=vars(positionnement)["fin_pfmp"] or situation.debut,
        detaillee=positionnement.detaillee.code,
        niveau=positionnement.niveau,
        etat=positionnement.etat or None,
        auteur=str(positionnement.auteur),
        certificative=situation.est_certificative,
        cle=situation.pk,
    )


def _jalon(
    positionnements: list[Positionnement], retenus: Mapping[int, Retenu], avec_observations: bool, ailleurs: Ailleurs
) -> Jalon:
    situation = positionnements[0].situation
    origine = ailleurs.nom(positionnements[0])
    # Une preuve d'ailleurs n'est jamais « le meilleur niveau du cycle ».
    retenus = {} if origine else retenus
    entreprise = situation.entreprise or vars(positionnements[0])["entreprise_pfmp"]
    return Jalon(
        pk=situation.pk,
        code=situation.code,
        titre=situation.titre,
        debut=situation.debut,
        fin=situation.fin,
        periode=situation.periode.intitule,
        classe=str(situation.classe),
        nature=str(situation.nature),
        nature_libelle=situation.get_nature_display(),
        lieu=f"en entreprise, {entreprise}" if entreprise else situation.get_lieu_display(),
        competences=tuple(
            GroupePreuves(
                code=competence.code,
                intitule=competence.intitule,
                bloc=competence.bloc.numero,
                preuves=tuple(_preuve(p, retenus, avec_observations) for p in groupe),
                vers=ailleurs.correspondances(competence),
                est_d_ailleurs=bool(origine),
            )
            for competence, groupe in groupby(positionnements, key=lambda p: p.detaillee.competence)
        ),
        ailleurs=origine,
        endroit=SECONDE if origine else (Lieu.ENTREPRISE if entreprise else Lieu(situation.lieu)).value,
    )


def _preuve(positionnement: Positionnement, retenus: Mapping[int, Retenu], avec_observations: bool) -> Preuve:
    retenu = retenus.get(positionnement.detaillee_id)
    return Preuve(
        code=positionnement.detaillee.code,
        intitule=positionnement.detaillee.intitule,
        valeur=positionnement.valeur,
        auteur=str(positionnement.auteur),
        observation=positionnement.observation if avec_observations else "",
        est_retenue=retenu is not None
        and retenu.cle == positionnement.situation_id
        and retenu.niveau == positionnement.niveau,
    )


def _detaillees(inscription: Inscription) -> list[CompetenceDetaillee]:
    """Celles de l'option ; en seconde commune, celles du tronc commun."""
    lues = CompetenceDetaillee.objects.filter(competence__version=inscription.classe.version_id)
    return list(lues.de_l_option(inscription.option).select_related("competence__bloc"))


def ligne_de(detaillee: CompetenceDetaillee) -> tuple[int, str, str, int, str, str]:
    """Une ligne de `CHAMPS_DETAILLEE`."""
    competence = detaillee.competence
    return (
        competence.bloc.numero,
        competence.code,
        competence.intitule,
        detaillee.pk,
        detaillee.code,
        detaillee.intitule,
    )


def niveaux_par_competence(
    detaillees: Iterable[tuple[int, str, str, int, str, str]], retenus: Mapping[int, Retenu]
) -> tuple[NiveauCompetence, ...]:
    """Le niveau d'une compétence est le plus haut de ses détaillées, pour un apprenant comme pour une classe.

    `detaillees` : des lignes de `CHAMPS_DETAILLEE`, dans l'ordre du référentiel.
    """
    lignes: dict[tuple[int, str, str], list[NiveauDetaillee]] = defaultdict(list)
    for bloc, competence, titre, pk, code, intitule in detaillees:
        lignes[bloc, competence, titre].append(NiveauDetaillee(code, intitule, retenus.get(pk)))
    return tuple(
        NiveauCompetence(code, titre, bloc, meilleur_retenu(d.retenu for d in siennes if d.retenu), tuple(siennes))
        for (bloc, code, titre), siennes in lignes.items()
    )
