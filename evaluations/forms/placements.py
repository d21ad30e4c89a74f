"""Lire le tableau des placements : une ligne par apprenant, des noms tapés ou choisis dans une liste."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date

from evaluations.queries.pfmp import LignePlacement, TableauPlacements
from evaluations.services.pfmp import PlacementModifie, SaisiePlacement

DATE_INVALIDE = "Donnez une date de début et une date de fin."


@dataclass(frozen=True)
class LigneLue:
    """Ce que la personne a saisi : à enregistrer, ou à montrer de nouveau avec ce qui ne va pas."""

    montree: LignePlacement
    saisie: SaisiePlacement | None
    # Le tuteur de l'entreprise précédente ne suit pas : sa case se vide.
    tuteur_vide: bool = False


def lire_lignes(envoi: Mapping[str, Any], tableau: TableauPlacements) -> Iterator[LigneLue]:
    """Les lignes présentes dans l'envoi et changées ; `creer` nomme celle dont les fiches nouvelles sont voulues."""
    creer = str(envoi.get("creer", ""))
    for ligne in tableau.lignes:
        if f"p{ligne.pk}-version" in envoi and not ligne.est_confirme:
            lue = _lire(envoi, tableau, ligne, creer == str(ligne.pk))
            if lue is not None:
                yield lue


def _lire(envoi: Mapping[str, Any], tableau: TableauPlacements, ligne: LignePlacement, creer: bool) -> LigneLue | None:
    def lu(champ: str) -> str:
        return " ".join(str(envoi.get(f"p{ligne.pk}-{champ}", "")).split())

    entreprise, tuteur, enseignant, version = lu("entreprise"), lu("tuteur"), lu("enseignant"), lu("version")
    debut, fin = _date(lu("debut")), _date(lu("fin"))
    choisi = int(enseignant) if enseignant.isdecimal() else None
    montree = replace(
        ligne, entreprise=entreprise, tuteur=tuteur, enseignant=choisi, debut=debut or lu("debut"), fin=fin or lu("fin")
    )
    if montree == ligne:
        return None
    if debut is None or fin is None:
        return LigneLue(replace(montree, erreurs=(DATE_INVALIDE,)), None)
    saisie = SaisiePlacement(
        inscription_id=ligne.pk,
        version=int(version) if version.isdecimal() else 0,
        debut=debut,
        fin=fin,
        enseignant_id=choisi,
    )
    return _nommer(tableau, montree, saisie, creer)


def _nommer(tableau: TableauPlacements, montree: LignePlacement, saisie: SaisiePlacement, creer: bool) -> LigneLue:
    """Des noms aux fiches ; un nom inconnu n'est créé que si la personne le demande."""
    connue = tableau.entreprise_nommee(montree.entreprise) if montree.entreprise else None
    tuteur_vide = False
    if montree.tuteur and montree.placement and montree.tuteur == str(montree.placement.tuteur or ""):
        ancienne = montree.placement.entreprise_id
        tuteur_vide = (connue.pk if connue else None) != ancienne
    tuteur = "" if tuteur_vide else montree.tuteur
    nommee = tableau.tuteur_nomme(tuteur, connue.pk if connue else None) if tuteur else None
    nouveaux = [texte for texte, fiche in ((montree.entreprise, connue), (tuteur, nommee)) if texte and fiche is None]
    montree = replace(montree, tuteur=tuteur)
    if tuteur and not montree.entreprise:
        return LigneLue(replace(montree, erreurs=("Choisissez l'entreprise avant le tuteur.",)), None)
    if nouveaux and not creer:
        return LigneLue(replace(montree, a_creer=" et ".join(nouveaux)), None, tuteur_vide)
    complete = replace(
        saisie,
        entreprise_id=connue.pk if connue else None,
        entreprise_nouvelle=_entreprise(montree.entreprise) if montree.entreprise and connue is None else None,
        tuteur_id=nommee.pk if nommee else None,
        tuteur_nouveau=_tuteur(tuteur) if tuteur and nommee is None else None,
    )
    return LigneLue(montree, complete, tuteur_vide)


def avec_refus(montree: LignePlacement, refus: ValidationError | PlacementModifie) -> LignePlacement:
    """La saisie reste dans les cases ; un conflit dit à côté ce qui est enregistré, et prend sa version."""
    if isinstance(refus, ValidationError):
        return replace(montree, erreurs=tuple(refus.messages))
    actuel = refus.actuel
    if actuel is None:
        return replace(montree, placement=None, erreurs=("Cette ligne a été retirée entre-temps.",))
    enseignant = actuel.enseignant.get_full_name() if actuel.enseignant else "sans enseignant"
    qui = ", ".join(str(un) for un in (actuel.entreprise, actuel.tuteur) if un) or "sans entreprise"
    dit = f"{qui}, {enseignant}, du {actuel.debut:%d/%m/%Y} au {actuel.fin:%d/%m/%Y}"
    message = f"Modifiée entre-temps, est enregistré : {dit}. Enregistrez de nouveau pour garder votre saisie."
    return replace(montree, placement=actuel, erreurs=(message,))


def _date(texte: str) -> date | None:
    try:
        return parse_date(texte)
    except ValueError:
        return None


def _entreprise(texte: str) -> tuple[str, str]:
    """« Nom, Commune » : la commune est après la dernière virgule."""
    nom, _, commune = texte.rpartition(",")
    return (nom.strip(), commune.strip()) if nom else (commune.strip(), "")


def _tuteur(texte: str) -> tuple[str, str]:
    """« Prénom Nom » ; un seul mot est un nom."""
    prenom, _, nom = texte.partition(" ")
    return (prenom, nom) if nom else ("", prenom)
