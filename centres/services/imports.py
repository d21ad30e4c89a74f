"""Les actes d'un import de liste : garder un fichier lu, choisir ses colonnes, l'appliquer en entier ou pas du tout."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from centres.calendrier import annee_des_inscriptions, rentree
from centres.enums import StatutApprenant
from centres.imports.champs import CHAMPS, deviner, manquants
from centres.imports.identites import plat
from centres.imports.lecture import Tableau
from centres.imports.plan import LignePlan, Plan, Verdict
from centres.journal import journaliser
from centres.models import Centre, Classe, ImportListe, Utilisateur
from centres.queries.imports import centres_ou_importer
from centres.services.autorisation import autoriser
from centres.services.classes import creer_classe
from centres.services.listes.apprenants import Action, Reglages, planifier_apprenants, sans_classe
from centres.services.listes.ecriture_apprenants import ecrire_apprenants
from centres.services.listes.entreprises import ecrire_entreprises, planifier_entreprises
from centres.services.listes.personnels import ecrire_personnels, planifier_personnels

Genre = ImportListe.Genre
# Le temps de corriger un fichier et de revenir ; au-delà, les lignes sont effacées.
VALIDITE = timedelta(hours=24)
PERIME = (
    "Le centre a changé depuis cet aperçu : rien n'est enregistré. Relisez l'aperçu, recalculé à l'instant, "
    "puis appliquez-le."
)


class ApercuPerime(ValidationError):
    """La base, le fichier ou les réglages ont changé depuis que l'aperçu a été montré."""


@dataclass(frozen=True)
class Choix:
    """Ce que la personne a décidé sur l'aperçu."""

    # Numéro de ligne → réponse au doublon (« autre », « meme-12 », « ligne-3 »).
    doublons: Mapping[int, str]
    # Les classes à créer, par leur clé.
    creations: Collection[str] = ()
    ecarter_les_erreurs: bool = False


@transaction.atomic
def televerser_liste(
    *, auteur: Utilisateur, centre: Centre, genre: str, nom_fichier: str, tableau: Tableau
) -> ImportListe:
    """Garde les lignes lues le temps de l'import ; celles qui sont échues s'effacent au passage."""
    autoriser(centres_ou_importer(auteur, genre).filter(pk=centre.pk).exists())
    ImportListe.objects.filter(expire_le__lte=timezone.now()).delete()
    liste = ImportListe(
        auteur=auteur,
        centre=centre,
        genre=genre,
        nom_fichier=nom_fichier[:200],
        contenu={**tableau.en_json(), "reglages": _reglages_par_defaut()},
        colonnes=deviner(tableau.entetes, genre),
        expire_le=timezone.now() + VALIDITE,
    )
    liste.save(force_insert=True)
    _journaliser(liste, "import.recu", {"centre": centre.pk, "genre": genre, "lignes": len(tableau.lignes)})
    return liste


@transaction.atomic
def choisir_colonnes(
    *, auteur: Utilisateur, liste: ImportListe, colonnes: Mapping[str, int], reglages: Mapping[str, Any]
) -> ImportListe:
    fiche = _verrouiller(auteur, liste)
    connus = {champ.code for champ in CHAMPS[fiche.genre]}
    largeur = len(fiche.contenu["entetes"])
    autoriser(set(colonnes) <= connus and all(0 <= rang < largeur for rang in colonnes.values()))
    if absents := manquants(colonnes, fiche.genre):
        raise ValidationError(f"Colonne à choisir : {', '.join(absents)}.")
    if len(set(colonnes.values())) != len(colonnes):
        raise ValidationError("Une même colonne ne peut pas servir deux fois.")
    fiche.colonnes = dict(colonnes)
    fiche.contenu = {**fiche.contenu, "reglages": {cle: str(valeur) for cle, valeur in reglages.items()}, "pret": True}
    fiche.save(update_fields=["colonnes", "contenu"])
    _journaliser(fiche, "import.colonnes", {"colonnes": fiche.colonnes})
    return fiche


def planifier(liste: ImportListe) -> Plan:
    """L'aperçu, calculé sur l'état présent de la base ; n'écrit rien."""
    lignes = _lignes(liste)
    if liste.genre == Genre.APPRENANTS:
        return planifier_apprenants(liste.centre, lignes, reglages_de(liste))
    if liste.genre == Genre.PERSONNELS:
        return planifier_personnels(liste.auteur, liste.centre, lignes)
    return planifier_entreprises(liste.centre, lignes)


@transaction.atomic
def appliquer_import(*, auteur: Utilisateur, liste: ImportListe, empreinte: str, choix: Choix) -> ImportListe:
    """Tout ou rien : le plan est recalculé sous verrou et doit être celui que la personne a relu."""
    fiche = _verrouiller(auteur, liste)
    # Deux imports du même centre se suivent.
    fiche.centre = Centre.objects.select_for_update().get(pk=fiche.centre_id)
    plan = planifier(fiche)
    if plan.empreinte != empreinte:
        raise ApercuPerime(PERIME)
    _verifier_les_choix(plan, choix)
    actions = [action for ligne in plan.lignes if (action := _action(ligne, choix)) is not None]
    if not actions:
        raise ValidationError("Rien à enregistrer : aucune ligne ne change quoi que ce soit.")
    _ecrire(auteur, fiche, plan, actions)
    fiche.rapport = {"lignes": [_bilan(ligne, choix) for ligne in plan.lignes], "comptes": plan.comptes}
    # Le rapport suffit : les lignes du fichier ne servent plus.
    fiche.contenu = {}
    fiche.applique_le = timezone.now()
    fiche.save(update_fields=["rapport", "contenu", "applique_le"])
    _journaliser(fiche, "import.applique", {"lignes": len(actions), **plan.comptes})
    return fiche


@transaction.atomic
def abandonner_import(*, auteur: Utilisateur, liste: ImportListe) -> None:
    autoriser(liste.auteur_id == auteur.pk)
    _journaliser(liste, "import.abandonne", None)
    ImportListe.objects.filter(pk=liste.pk).delete()


def reglages_de(liste: ImportListe) -> Reglages:
    lus = liste.contenu["reglages"]
    return Reglages(
        annee_scolaire=int(lus["annee_scolaire"]),
        date_effet=date.fromisoformat(lus["date_effet"]),
        statut=StatutApprenant(lus["statut"]),
    )


def reponse_au_doublon(ligne: LignePlan, choix: Choix) -> Any:
    reponse = choix.doublons.get(ligne.numero)
    return next((candidat for candidat in ligne.candidats if candidat.valeur == reponse), None)


def _reglages_par_defaut() -> dict[str, str]:
    jour = timezone.localdate()
    annee = annee_des_inscriptions(jour)
    effet = max(jour, rentree(annee))
    return {"annee_scolaire": str(annee), "date_effet": effet.isoformat(), "statut": StatutApprenant.SCOLAIRE.value}


def _lignes(liste: ImportListe) -> list[tuple[int, dict[str, str]]]:
    contenu = liste.contenu
    return [
        (numero, {champ: cases[rang] for champ, rang in liste.colonnes.items()})
        for numero, cases in zip(contenu["numeros"], contenu["lignes"], strict=True)
    ]


def _verrouiller(auteur: Utilisateur, liste: ImportListe) -> ImportListe:
    """Le téléversement tel qu'il est en base : un double envoi ne s'applique qu'une fois."""
    fiche = ImportListe.objects.select_for_update().filter(pk=liste.pk, auteur=auteur).a_jour().first()
    autoriser(fiche is not None and centres_ou_importer(auteur, fiche.genre).filter(pk=fiche.centre_id).exists())
    if fiche is None or fiche.applique_le:
        raise ValidationError("Cet import est déjà appliqué.")
    fiche.auteur = auteur
    return fiche


def _verifier_les_choix(plan: Plan, choix: Choix) -> None:
    refus = []
    erreurs = len(plan.de(Verdict.ERREUR))
    if erreurs and not choix.ecarter_les_erreurs:
        refus.append(f"Lignes en erreur : {erreurs}. Corrigez le fichier, ou cochez qu'elles sont laissées de côté.")
    sans_reponse = [str(li.numero) for li in plan.de(Verdict.DOUBLON) if reponse_au_doublon(li, choix) is None]
    if sans_reponse:
        refus.append(f"Doublons à trancher, lignes : {', '.join(sans_reponse[:20])}.")
    oubliees = [creation.nom for creation in plan.creations if creation.cle not in choix.creations]
    if oubliees:
        refus.append(
            f"Classes absentes du centre : {', '.join(oubliees)}. Cochez leur création, ou corrigez le fichier."
        )
    if refus:
        raise ValidationError(refus)


def _action(ligne: LignePlan, choix: Choix) -> Any:
    if ligne.verdict in {Verdict.ERREUR, Verdict.INCHANGE}:
        return None
    if ligne.verdict == Verdict.DOUBLON:
        return reponse_au_doublon(ligne, choix).action
    return ligne.action


def _ecrire(auteur: Utilisateur, liste: ImportListe, plan: Plan, actions: list[Any]) -> None:
    if liste.genre == Genre.APPRENANTS:
        ecrire_apprenants(auteur, liste.centre_id, _dans_les_classes_creees(auteur, plan, actions))
    elif liste.genre == Genre.PERSONNELS:
        ecrire_personnels(auteur, liste.centre, actions)
    else:
        ecrire_entreprises(auteur, liste.centre, actions)


def _dans_les_classes_creees(auteur: Utilisateur, plan: Plan, actions: list[Action]) -> list[Action]:
    attendues = {plat(action.inscription.classe.nom) for action in actions if action.inscription}
    creees: dict[str, Classe] = {}
    for creation in plan.creations:
        prevue: Classe = creation.action
        if plat(prevue.nom) not in attendues:
            continue
        creees[plat(prevue.nom)] = creer_classe(
            auteur=auteur,
            centre=prevue.centre,
            nom=prevue.nom,
            annee_scolaire=prevue.annee_scolaire,
            annee_cycle=prevue.annee_cycle,
            version=prevue.version,
            session=prevue.session.annee,
        )
    return [
        sans_classe(action, creees[plat(action.inscription.classe.nom)])
        if action.inscription and action.inscription.classe.pk is None
        else action
        for action in actions
    ]


def _bilan(ligne: LignePlan, choix: Choix) -> dict[str, Any]:
    suite = {
        Verdict.ERREUR: "laissée de côté",
        Verdict.INCHANGE: "rien à faire",
        Verdict.NOUVEAU: "enregistrée",
        Verdict.CHANGE: "enregistrée",
    }.get(ligne.verdict, "")
    details = list(ligne.details)
    if reponse := reponse_au_doublon(ligne, choix):
        suite = reponse.libelle
        details += list(reponse.changements)
    return {
        "numero": ligne.numero,
        "libelle": ligne.libelle,
        "verdict": ligne.verdict.value,
        "champ": ligne.champ,
        "details": details,
        "suite": suite,
    }


def _journaliser(liste: ImportListe, acte: str, apres: Any) -> None:
    journaliser(chaine=f"import:{liste.pk}", acte=acte, auteur=liste.auteur, objet=liste, apres=apres)
