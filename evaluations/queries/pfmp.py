"""Les PFMP d'une classe : ses périodes, le tableau des placements, les listes par entreprise et par enseignant."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from centres.enums import ROLES_EQUIPE
from centres.models import Affectation, Classe, Entreprise, Inscription, Tuteur, Utilisateur
from centres.permissions import Personne
from evaluations.models import PeriodePfmp, Placement
from referentiel.models import CompetenceDetaillee
from trpm.socle.tri import cle_de_tri

# Compétence, intitulé, détaillées.
Proposees = tuple[tuple[str, str, list[CompetenceDetaillee]], ...]
SANS_ENTREPRISE = "Pas encore d'entreprise"
SANS_ENSEIGNANT = "Pas encore d'enseignant référent"


@dataclass(frozen=True)
class PeriodeVue:
    """Une période et son avancement : placés, réponses finies, bilans confirmés."""

    periode: PeriodePfmp
    effectif: int
    places: int
    repondus: int
    confirmes: int

    @property
    def a_confirmer(self) -> int:
        return max(0, self.repondus - self.confirmes)


@dataclass(frozen=True)
class LignePlacement:
    """Une ligne du tableau : ce qui est enregistré, ou ce qui vient d'être saisi et refusé."""

    inscription: Inscription
    placement: Placement | None
    entreprise: str
    tuteur: str
    enseignant: int | None
    debut: date | str
    fin: date | str
    est_confirme: bool
    nombre_competences: int = 0
    erreurs: tuple[str, ...] = ()
    message: str = ""
    # Fiches que la saisie nomme et que le centre ne connaît pas : à créer d'un geste.
    a_creer: str = ""

    @property
    def version(self) -> int:
        return self.placement.version if self.placement else 0

    @property
    def pk(self) -> int:
        return self.inscription.pk


@dataclass(frozen=True)
class TableauPlacements:
    """Toute la classe pour une période, et de quoi choisir sans chercher."""

    periode: PeriodePfmp
    lignes: tuple[LignePlacement, ...]
    entreprises: tuple[Entreprise, ...]
    tuteurs: tuple[Tuteur, ...]
    enseignants: tuple[Utilisateur, ...]
    # Le texte saisi, sans accent ni casse → la fiche.
    connues: Mapping[str, Entreprise] = field(repr=False)

    @property
    def places(self) -> int:
        return sum(1 for ligne in self.lignes if ligne.placement and ligne.placement.entreprise_id)

    def ligne(self, inscription: int) -> LignePlacement | None:
        return next((ligne for ligne in self.lignes if ligne.pk == inscription), None)

    def entreprise_nommee(self, texte: str) -> Entreprise | None:
        return self.connues.get(_cle(texte))

    def tuteur_nomme(self, texte: str, entreprise: int | None) -> Tuteur | None:
        voulu = _cle(texte)
        return next((t for t in self.tuteurs if t.entreprise_id == entreprise and _cle(str(t)) == voulu), None)


@dataclass(frozen=True)
class GroupePlacements:
    titre: str
    placements: tuple[Placement, ...]


def repondus() -> QuerySet[Placement, Any]:
    """Bilan confirmé, ou fiche terminée dont la moitié des questions au moins ont leur réponse, comme dans le suivi."""
    comptes = Placement.objects.annotate(
        posees=Count("questions", distinct=True),
        dites=Count("questions", filter=Q(questions__reponse__valeur__gt=""), distinct=True),
    )
    complets = Q(fiche__termine_le__isnull=False, posees__lte=2 * F("dites"))
    return comptes.filter(complets | Q(bilan__confirme_le__isnull=False)).order_by().values("pk")


def periodes_de(classe: Classe) -> tuple[PeriodeVue, ...]:
    """Deux requêtes, quel que soit le nombre de périodes."""
    effectif = Inscription.objects.filter(classe=classe).au(classe.jour_de_l_effectif).count()
    lues = classe.periodes_pfmp.annotate(
        places=Count("placements", filter=Q(placements__entreprise__isnull=False)),
        repondus=Count("placements", filter=Q(placements__in=repondus())),
        confirmes=Count("placements", filter=Q(placements__bilan__confirme_le__isnull=False)),
    ).order_by("debut", "code")
    return tuple(
        PeriodeVue(une, effectif, **{nom: vars(une)[nom] for nom in ("places", "repondus", "confirmes")})
        for une in lues
    )


def tableau_de(periode: PeriodePfmp) -> TableauPlacements:
    """Cinq requêtes : inscrits, placements, entreprises, tuteurs, équipe."""
    centre = periode.classe.centre_id
    placements = {placement.inscription_id: placement for placement in placements_de(periode)}
    inscriptions = (
        Inscription.objects.filter(classe=periode.classe)
        .filter(Q(pk__in=Inscription.objects.au(periode.debut).values("pk")) | Q(placements__periode=periode))
        .select_related("apprenant", "option")
        .order_by("apprenant__nom", "apprenant__prenom", "pk")
        .distinct()
    )
    entreprises = tuple(Entreprise.objects.filter(centre=centre).order_by("nom", "commune"))
    tuteurs = Tuteur.objects.filter(entreprise__centre=centre).select_related("entreprise").order_by("nom", "prenom")
    return TableauPlacements(
        periode=periode,
        lignes=tuple(_ligne(periode, une, placements.get(une.pk)) for une in inscriptions),
        entreprises=entreprises,
        tuteurs=tuple(tuteurs),
        enseignants=tuple(equipe_de(centre)),
        connues=_par_nom(entreprises),
    )


def placements_de(periode: PeriodePfmp) -> QuerySet[Placement]:
    return (
        Placement.objects.filter(periode=periode)
        .select_related("inscription__apprenant", "inscription__option", "entreprise", "tuteur", "enseignant")
        .select_related("bilan", "fiche")
        .annotate(nombre_competences=Count("detaillees", distinct=True))
        .order_by("inscription__apprenant__nom", "inscription__apprenant__prenom", "pk")
    )


def equipe_de(centre: int) -> QuerySet[Utilisateur]:
    """Ceux à qui l'on peut confier le suivi d'un apprenant."""
    roles = Affectation.objects.non_finies().filter(centre=centre, role__in=ROLES_EQUIPE)
    return Utilisateur.objects.filter(pk__in=roles.values("utilisateur"), is_active=True).order_by(
        "last_name", "first_name"
    )


def regrouper(periode: PeriodePfmp, *, par: str) -> tuple[GroupePlacements, ...]:
    """Les placements d'une période par entreprise (`entreprise`) ou par enseignant référent (`enseignant`)."""
    groupes: dict[str, list[Placement]] = defaultdict(list)
    for placement in placements_de(periode):
        placement.periode = periode
        if par == "enseignant":
            groupes[str(placement.enseignant or SANS_ENSEIGNANT)].append(placement)
        else:
            groupes[str(placement.entreprise or SANS_ENTREPRISE)].append(placement)
    vides = (SANS_ENSEIGNANT, SANS_ENTREPRISE)
    titres = sorted(groupes, key=lambda titre: (titre in vides, cle_de_tri(titre)))
    return tuple(GroupePlacements(titre, tuple(groupes[titre])) for titre in titres)


def competences_proposees(inscription: Inscription) -> Proposees:
    """Compétences de l'option et leurs détaillées, à cocher pour un placement."""
    lues = CompetenceDetaillee.objects.filter(competence__version=inscription.classe.version_id)
    return _par_competence(lues.de_l_option(inscription.option))


def competences_de_la_version(classe: Classe) -> Proposees:
    """Toutes, un code une seule fois : la classe mêle les options, chacun recevra le libellé de la sienne."""
    return _par_competence(CompetenceDetaillee.objects.filter(competence__version=classe.version_id))


def _par_competence(lues: QuerySet[CompetenceDetaillee]) -> Proposees:
    groupes: dict[tuple[str, str], list[CompetenceDetaillee]] = defaultdict(list)
    codes: set[str] = set()
    for une in lues.select_related("competence", "option").order_by("competence__ordre", "ordre", "pk"):
        if une.code not in codes:
            codes.add(une.code)
            groupes[une.competence.code, une.competence.intitule].append(une)
    return tuple((code, intitule, detaillees) for (code, intitule), detaillees in groupes.items())


def visites_et_absences(placement: Placement) -> dict[str, Any]:
    """Ce que montre la fiche d'un placement, en trois requêtes."""
    absences = list(placement.absences.order_by("jour"))
    return {
        "visites": list(placement.visites.select_related("auteur").order_by("prevue_le", "pk")),
        "absences": absences,
        "demi_journees": sum(une.demi_journees for une in absences),
        "detaillees": list(placement.detaillees.select_related("competence").order_by("competence__ordre", "ordre")),
    }


def mes_placements(utilisateur: Utilisateur) -> list[Placement]:
    """Ceux que la personne suit, du plus récent au plus ancien."""
    return list(
        Placement.objects.visibles_par(utilisateur)
        .filter(enseignant=utilisateur)
        .select_related("periode__classe", "inscription__apprenant", "entreprise", "tuteur", "bilan", "fiche")
        .order_by("-debut", "inscription__apprenant__nom", "pk")
    )


def periodes_visibles(utilisateur: Personne) -> list[PeriodePfmp]:
    """Toutes les périodes de ses classes, la plus récente d'abord."""
    return list(
        PeriodePfmp.objects.visibles_par(utilisateur)
        .select_related("classe__centre")
        .annotate(
            places=Count("placements", filter=Q(placements__entreprise__isnull=False)),
            repondus=Count("placements", filter=Q(placements__in=repondus())),
            confirmes=Count("placements", filter=Q(placements__bilan__confirme_le__isnull=False)),
        )
        .order_by("-debut", "classe__nom", "code")
    )


def bilans_a_confirmer() -> Coalesce:
    """À annoter sur des classes : le tuteur a fini de répondre, personne n'a encore confirmé."""
    finis = Placement.objects.filter(periode__classe=OuterRef("pk"), pk__in=repondus())
    attendus = finis.filter(bilan__confirme_le__isnull=True).order_by().values("periode__classe")
    return Coalesce(Subquery(attendus.annotate(nombre=Count("pk")).values("nombre")), 0)


def _ligne(periode: PeriodePfmp, inscription: Inscription, placement: Placement | None) -> LignePlacement:
    if placement is None:
        return LignePlacement(inscription, None, "", "", None, debut=periode.debut, fin=periode.fin, est_confirme=False)
    placement.periode = periode
    bilan = getattr(placement, "bilan", None)
    return LignePlacement(
        inscription=inscription,
        placement=placement,
        entreprise=str(placement.entreprise or ""),
        tuteur=str(placement.tuteur or ""),
        enseignant=placement.enseignant_id,
        debut=placement.debut,
        fin=placement.fin,
        est_confirme=bilan is not None and bilan.est_confirme,
        nombre_competences=vars(placement)["nombre_competences"],
    )


def _par_nom(entreprises: Sequence[Entreprise]) -> dict[str, Entreprise]:
    """« MécaLoire, Feurs », ou « MécaLoire » s'il n'y en a qu'une."""
    connues = {_cle(str(une)): une for une in entreprises}
    noms = [_cle(une.nom) for une in entreprises]
    return {_cle(une.nom): une for une in entreprises if noms.count(_cle(une.nom)) == 1} | connues


def _cle(texte: str) -> str:
    return cle_de_tri(" ".join(texte.split()))[0]
