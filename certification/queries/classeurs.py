"""Ce qu'une grille officielle demande d'un candidat : son identité, ses niveaux, ce que la commission propose."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from centres.models import Classe
from certification.bareme import POINTS_PAR_DEFAUT
from certification.correspondance import CHAMPS, Contenu, Correspondance
from certification.enums import EtatProposition
from certification.models import Candidat, ClasseurOfficiel, Commission, MembreCommission, Proposition
from certification.queries.candidats import SyntheseCandidat, synthese_de_la_classe, synthese_du_candidat
from certification.syntheses import SyntheseEpreuve
from evaluations.synthese import NIVEAUX
from referentiel.models import CompetenceDetaillee, Epreuve, Option
from trpm.socle.classeur_feuilles import lettres
from trpm.socle.classeur_modele import CaseModele, Modele, feuilles_a_montrer

CASES_MONTREES = 6_000
# Ce que le jury lit quand il n'y a pas de note.
MENTIONS = {EtatProposition.ABSENT: "AB", EtatProposition.DISPENSE: "DI"}


@dataclass(frozen=True)
class Remplissage:
    """Un candidat et ce qui s'écrira dans sa grille officielle."""

    candidat: Candidat
    champs: Mapping[str, Contenu]
    niveaux: Mapping[str, int]


@dataclass(frozen=True)
class _Commission:
    """La commission d'une classe, ses membres présents, ses propositions par candidat."""

    commission: Commission | None
    membres: Sequence[MembreCommission]
    propositions: Mapping[int, Proposition]


def classeurs_en_vigueur(classe: Classe, epreuve: Epreuve) -> dict[int, ClasseurOfficiel]:
    """Par option : la dernière grille officielle publiée pour cette épreuve et cette session."""
    publies = ClasseurOfficiel.objects.publies().filter(epreuve=epreuve, session=classe.session_id)
    return {classeur.option_id: classeur for classeur in publies.order_by("numero")}


def grilles_de_la_classe(classe: Classe) -> list[tuple[Epreuve, list[ClasseurOfficiel]]]:
    """Par épreuve : les grilles officielles publiées qui servent à cette classe, une par option."""
    publies = ClasseurOfficiel.objects.publies().filter(session=classe.session_id, epreuve__version=classe.version_id)
    rangees = publies.select_related("epreuve", "option", "session").order_by(
        "epreuve__ordre", "option__ordre", "numero"
    )
    par_epreuve: dict[Epreuve, dict[int, ClasseurOfficiel]] = {}
    for classeur in rangees:
        par_epreuve.setdefault(classeur.epreuve, {})[classeur.option_id] = classeur
    return [(epreuve, list(siens.values())) for epreuve, siens in par_epreuve.items()]


def codes_a_placer(option: Option, epreuve: Epreuve) -> dict[str, str]:
    """Code → libellé de chaque compétence de l'épreuve, suivie de ses détaillées pour cette option."""
    detaillees = (
        CompetenceDetaillee.objects.filter(competence__bloc__epreuve=epreuve)
        .exclude(option__in=Option.objects.filter(version=epreuve.version_id).exclude(pk=option.pk))
        .select_related("competence")
        .order_by("competence__ordre", "ordre")
    )
    codes: dict[str, str] = {}
    for detaillee in detaillees:
        codes.setdefault(detaillee.competence.code, detaillee.competence.intitule)
        codes[detaillee.code] = detaillee.intitule
    return codes


def remplissage_du_candidat(candidat: Candidat, epreuve: Epreuve) -> Remplissage:
    return _remplissage(synthese_du_candidat(candidat), epreuve, _commission(candidat.classe, epreuve))


def remplissages_de_la_classe(classe: Classe, epreuve: Epreuve) -> list[Remplissage]:
    """Tous les candidats, en un nombre constant de requêtes."""
    commission = _commission(classe, epreuve)
    return [_remplissage(lu, epreuve, commission) for lu in synthese_de_la_classe(classe).candidats]


def _commission(classe: Classe, epreuve: Epreuve) -> _Commission:
    commission = Commission.objects.filter(classe=classe).first()
    if commission is None:
        return _Commission(None, (), {})
    membres = commission.membres.exclude(est_present=False).select_related("utilisateur")
    propositions: QuerySet[Proposition] = Proposition.objects.filter(commission=commission, epreuve=epreuve)
    return _Commission(commission, list(membres), {une.inscription_id: une for une in propositions})


def _remplissage(lu: SyntheseCandidat, epreuve: Epreuve, commission: _Commission) -> Remplissage:
    synthese = lu.syntheses[epreuve.code]
    proposition = commission.propositions.get(lu.candidat.pk)
    if proposition and proposition.entrees and proposition.resultat:
        niveaux = _niveaux_figes(proposition.entrees, proposition.resultat)
    else:
        niveaux = _niveaux_calcules(synthese)
    champs = {
        **_identite(lu.candidat, epreuve),
        **_note(synthese, proposition),
        **_seance(commission),
    }
    return Remplissage(lu.candidat, champs, niveaux)


def _identite(candidat: Candidat, epreuve: Epreuve) -> dict[str, Contenu]:
    apprenant, classe = candidat.apprenant, candidat.classe
    return {
        "nom_prenom": f"{apprenant.nom.upper()} {apprenant.prenom}",
        "nom": apprenant.nom.upper(),
        "prenom": apprenant.prenom,
        "ine": apprenant.ine,
        "numero": candidat.numero,
        "option": candidat.option.code if candidat.option else "",
        "etablissement": str(classe.centre),
        "classe": classe.nom,
        "session": str(classe.session.annee),
        "epreuve": f"{epreuve.code} {epreuve.intitule}",
    }


def _note(synthese: SyntheseEpreuve, proposition: Proposition | None) -> dict[str, Contenu]:
    """La note de la commission, figée ; avant qu'elle se prononce, celle que donne le calcul."""
    if proposition is None or proposition.etat == EtatProposition.A_ETUDIER:
        gardee = synthese.conservee.note if synthese.conservee else synthese.note_arrondie
        proposee: Contenu = _ou_rien(gardee)
        calculee = _ou_rien(synthese.note_calculee)
    else:
        mention = MENTIONS.get(EtatProposition(proposition.etat), "")
        proposee = mention or _ou_rien(proposition.note_proposee or proposition.note_conservee)
        if proposition.note_proposee is not None:
            proposee = proposition.note_proposee
        calculee = _ou_rien(proposition.note_calculee)
    return {
        "note_proposee": proposee,
        "note_calculee": calculee,
        "appreciation": proposition.appreciation if proposition else "",
        "commentaire": proposition.commentaire if proposition else "",
    }


def _ou_rien(note: Decimal | None) -> Contenu:
    return "" if note is None else note


def _seance(lue: _Commission) -> dict[str, Contenu]:
    if lue.commission is None:
        return {}
    champs: dict[str, Contenu] = {
        "date": timezone.localtime(lue.commission.date).strftime("%d/%m/%Y"),
        "lieu": lue.commission.lieu,
        "membres": "\n".join(_membre(membre) for membre in lue.membres),
    }
    for rang, membre in enumerate(lue.membres, start=1):
        champs[f"membre_{rang}"] = _membre(membre)
        if membre.est_president:
            champs["president"] = str(membre)
    return champs


def _membre(membre: MembreCommission) -> str:
    return f"{membre}, {membre.qualite}"


def _niveaux_calcules(synthese: SyntheseEpreuve) -> dict[str, int]:
    if synthese.grille is None:
        return {}
    niveaux: dict[str, int] = {}
    for ligne in synthese.lignes:
        niveaux |= {code: retenu.niveau for code, retenu in ligne.retenus.items()}
        if ligne.niveau_commission is not None:
            niveaux[ligne.code] = ligne.niveau_commission
        elif ligne.points is not None:
            niveaux[ligne.code] = niveau_le_plus_proche(ligne.points, synthese.grille.parametres.points)
    return niveaux


def _niveaux_figes(entrees: Mapping[str, Any], resultat: Mapping[str, Any]) -> dict[str, int]:
    """Les mêmes niveaux, lus de ce qui a été gardé quand la note a été proposée."""
    gardes = entrees.get("grille", {}).get("points", {})
    points = {**POINTS_PAR_DEFAUT, **{int(niveau): Fraction(valeur) for niveau, valeur in gardes.items()}}
    niveaux: dict[str, int] = {}
    for ligne in resultat["competences"]:
        niveaux |= {code: retenu["niveau"] for code, retenu in ligne["retenus"].items()}
        if ligne["points"] is not None:
            niveaux[ligne["code"]] = niveau_le_plus_proche(Fraction(ligne["points"]), points)
    return niveaux | dict(entrees.get("positions_commission", {}))


def niveau_le_plus_proche(points: Fraction, par_niveau: Mapping[int, Fraction]) -> int:
    """Le niveau d'une compétence sur une grille qui n'en admet qu'un ; entre deux, le plus bas (décision 012)."""
    return min(NIVEAUX, key=lambda niveau: (abs(par_niveau[niveau] - points), niveau))


@dataclass(frozen=True)
class CaseMontree:
    """Une case de la grille officielle à l'écran ; `quoi` : ce qui s'y écrira."""

    case: CaseModele
    adresse: str
    quoi: str


@dataclass(frozen=True)
class FeuilleMontree:
    nom: str
    colonnes: tuple[str, ...]
    lignes: tuple[tuple[CaseMontree, ...], ...]
    est_tronquee: bool
    est_protegee: bool


def feuilles_montrees(modele: Modele, correspondance: Correspondance) -> list[FeuilleMontree]:
    """Les feuilles en tableaux, dans la limite de ce qu'une page supporte ; au-delà l'adresse s'écrit."""
    occupees = {str(emplacement): quoi for emplacement, quoi in correspondance.cases().items()}
    montrees, reste = [], CASES_MONTREES
    for feuille in feuilles_a_montrer(modele):
        gardees = feuille.lignes[: reste // max(feuille.colonnes, 1)]
        reste -= len(gardees) * feuille.colonnes
        lignes = tuple(
            tuple(
                CaseMontree(case, f"{feuille.nom}!{case.adresse}", occupees.get(f"{feuille.nom}!{case.adresse}", ""))
                for case in ligne
            )
            for ligne in gardees
        )
        est_tronquee = feuille.est_tronquee or len(gardees) < len(feuille.lignes)
        noms = tuple(lettres(rang) for rang in range(1, feuille.colonnes + 1))
        montrees.append(FeuilleMontree(feuille.nom, noms, lignes, est_tronquee, feuille.est_protegee))
    return montrees


def exemple(option: Option, epreuve: Epreuve, codes: Mapping[str, str]) -> tuple[dict[str, Contenu], dict[str, int]]:
    """Un candidat inventé, pour relire une grille remplie sans voir les notes de personne."""
    champs: dict[str, Contenu] = {nom: f"[{libelle}]" for nom, libelle in CHAMPS.items()}
    champs |= {"option": option.code, "epreuve": f"{epreuve.code} {epreuve.intitule}"}
    champs |= {"note_proposee": Decimal("12.5"), "note_calculee": Decimal("12.34")}
    return champs, {code: NIVEAUX[rang % len(NIVEAUX)] for rang, code in enumerate(codes)}
