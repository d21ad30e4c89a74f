"""Le contenu du dossier d'un candidat : ses situations, leurs moyens et ses fiches d'évaluation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from certification.queries.candidats import EpreuveVue, SyntheseCandidat, situations_certificatives
from evaluations.models import Positionnement, Situation
from evaluations.queries.contenu import Choix, Contenu, contenu_de
from evaluations.synthese import une_par_case


@dataclass(frozen=True)
class LigneFiche:
    """Ce qu'une situation dit d'une compétence détaillée ; `valeur` vide : personne n'a rien dit."""

    code: str
    intitule: str
    valeur: int | str = ""
    observation: str = ""
    auteur: str = ""
    le: datetime | None = None
    est_retenu: bool = False


@dataclass(frozen=True)
class GroupeFiche:
    """Une compétence de l'épreuve et ses lignes."""

    code: str
    intitule: str
    lignes: tuple[LigneFiche, ...]


@dataclass(frozen=True)
class FicheSituation:
    """Une situation certificative du candidat, avec les libellés de son option."""

    situation: Situation
    contenu: Contenu
    option: str
    groupes: tuple[GroupeFiche, ...]

    @property
    def taches(self) -> list[tuple[str, str]]:
        return _libelles(self.contenu.taches, self.option)

    @property
    def supports(self) -> list[str]:
        return [texte for _, texte in _libelles(self.contenu.supports, self.option)]

    @property
    def espaces(self) -> list[str]:
        return [texte for _, texte in _libelles(self.contenu.espaces, self.option)]

    @property
    def est_vide(self) -> bool:
        """Personne n'a rien dit de ce candidat dans cette situation, pas même son absence."""
        return not any(ligne.valeur or ligne.observation for groupe in self.groupes for ligne in groupe.lignes)

    @property
    def nombre_evaluees(self) -> int:
        return sum(isinstance(ligne.valeur, int) for groupe in self.groupes for ligne in groupe.lignes)

    @property
    def nombre_attendues(self) -> int:
        return sum(len(groupe.lignes) for groupe in self.groupes)


def fiches_du_candidat(lu: SyntheseCandidat, code_epreuve: str) -> list[FicheSituation]:
    """Les situations certificatives de l'épreuve, dans l'ordre du temps, même celles où il n'a pas été évalué."""
    vue, candidat = lu.epreuves[code_epreuve], lu.candidat
    situations = list(
        situations_certificatives(candidat.classe, [candidat.apprenant_id])
        .filter(epreuves=vue.epreuve)
        .select_related("periode", "classe__centre")
        .order_by("debut", "code", "pk")
    )
    positionnements = _positionnements(candidat.apprenant_id, situations, vue)
    retenues = {
        (retenu.cle, code) for ligne in lu.syntheses[code_epreuve].lignes for code, retenu in ligne.retenus.items()
    }
    option = candidat.option.code if candidat.option else ""
    fiches = []
    for situation in situations:
        contenu = contenu_de(situation)
        groupes = _groupes(situation, contenu, vue, positionnements, retenues)
        fiches.append(FicheSituation(situation, contenu, option, groupes))
    return fiches


def _positionnements(
    apprenant: int, situations: Sequence[Situation], vue: EpreuveVue
) -> dict[tuple[int, str], Positionnement]:
    lus = (
        Positionnement.objects.filter(
            situation__in=situations,
            inscription__apprenant=apprenant,
            detaillee__in=[detaillee.pk for detaillee in vue.detaillees],
        )
        .select_related("detaillee", "auteur")
        .order_by("inscription__debut", "pk")
    )
    return {_case(positionnement): positionnement for positionnement in une_par_case(lus, _case)}


def _case(positionnement: Positionnement) -> tuple[int, str]:
    return positionnement.situation_id, positionnement.detaillee.code


def _groupes(
    situation: Situation,
    contenu: Contenu,
    vue: EpreuveVue,
    positionnements: dict[tuple[int, str], Positionnement],
    retenues: set[tuple[int, str]],
) -> tuple[GroupeFiche, ...]:
    """Les détaillées annoncées par la situation, et celles qui y ont été positionnées malgré tout."""
    groupes = []
    for competence in vue.notee.competences:
        lignes = tuple(
            _ligne(
                code, vue.intitules[code], positionnements.get((situation.pk, code)), (situation.pk, code) in retenues
            )
            for code in competence.detaillees
            if code in contenu.codes_evalues or (situation.pk, code) in positionnements
        )
        if lignes:
            groupes.append(GroupeFiche(competence.code, competence.intitule, lignes))
    return tuple(groupes)


def _ligne(code: str, intitule: str, positionnement: Positionnement | None, est_retenu: bool) -> LigneFiche:
    if positionnement is None or not positionnement.valeur:
        return LigneFiche(code, intitule, observation=positionnement.observation if positionnement else "")
    return LigneFiche(
        code=code,
        intitule=intitule,
        valeur=positionnement.valeur,
        observation=positionnement.observation,
        auteur=str(positionnement.auteur),
        le=positionnement.modifie_le,
        est_retenu=est_retenu,
    )


def _libelles(choix: Sequence[Choix], option: str) -> list[tuple[str, str]]:
    """(code, libellé) de ce qui est commun ou propre à l'option du candidat."""
    return [(un.code, libelle.texte) for un in choix for libelle in un.libelles if libelle.option in ("", option)]
