"""Tenir les bilans d'une classe : les préparer d'un acte, rédiger, noter l'entretien, formaliser.

Un bilan formalisé ne se rouvre pas : une erreur se corrige par de nouveaux bilans, à une autre date.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from centres.journal import journaliser
from centres.models import Classe, Inscription, Utilisateur
from centres.services.autorisation import autoriser
from evaluations.enums import EtatBilan, NatureBilan
from evaluations.models import BilanPeriode, CampagneBilans
from evaluations.permissions import LIENS_BILAN, peut_tenir_les_bilans
from evaluations.queries.bilans import absents_de, figer, representants_de
from evaluations.queries.niveaux_classe import attendus_de_la_classe, inscrits_de, niveaux_de
from referentiel.models import Periode

FORMALISE = "Ce bilan est formalisé : il ne change plus. Pour corriger, préparez de nouveaux bilans."
TEXTES = ("remarques_equipe", "objectifs", "remarques_apprenant")
LONGUEUR_TEXTE = 4000


class BilanModifie(ValidationError):
    """Quelqu'un a enregistré entre-temps ; `actuel` est ce que la base contient, rien n'a été écrasé."""

    def __init__(self, actuel: BilanPeriode) -> None:
        self.actuel = actuel
        super().__init__(
            "Quelqu'un d'autre a enregistré ce bilan pendant votre saisie : rien n'est écrasé. Votre texte est "
            "toujours là ; comparez avec le sien, puis enregistrez ce qui doit rester."
        )


@dataclass(frozen=True, kw_only=True)
class DonneesBilanPeriode:
    """Ce que l'équipe écrit d'un bilan et de son entretien."""

    remarques_equipe: str = ""
    objectifs: str = ""
    entretien_le: date | None = None
    representant: Utilisateur | None = None
    apprenant_present: bool = False
    remarques_apprenant: str = ""


@transaction.atomic
def preparer_campagne(
    *,
    utilisateur: Utilisateur,
    classe: Classe,
    nature: NatureBilan,
    periode: Periode,
    arrete_le: date,
    intitule: str = "",
) -> CampagneBilans:
    """Un bilan par inscrit, ses meilleurs niveaux figés à la fin de ce jour ; un seul événement."""
    autoriser(peut_tenir_les_bilans(utilisateur, classe))
    # La classe sert de verrou : deux clics ne préparent qu'une campagne.
    Classe.objects.select_for_update().get(pk=classe.pk)
    campagne = CampagneBilans(
        classe=classe,
        nature=nature,
        periode=periode,
        arrete_le=arrete_le,
        intitule=" ".join(intitule.split()) or f"{NatureBilan(nature).label.capitalize()} du {arrete_le:%d/%m/%Y}",
        auteur=utilisateur,
    )
    _verifier(campagne)
    campagne.save(force_insert=True)
    bilans = _figer(utilisateur, campagne, inscrits_de(classe, arrete_le))
    if not bilans:
        raise ValidationError({"arrete_le": ["Personne n'était inscrit dans cette classe ce jour-là."]})
    _journaliser(
        "campagne_bilans.preparee",
        utilisateur,
        campagne,
        campagne,
        apres={"nature": nature, "periode": periode.intitule, "arrete_le": arrete_le, "bilans": len(bilans)},
    )
    return campagne


@transaction.atomic
def completer_campagne(*, utilisateur: Utilisateur, campagne: CampagneBilans) -> int:
    """Un bilan à ceux qui sont entrés dans la classe depuis ; les autres ne changent pas."""
    autoriser(peut_tenir_les_bilans(utilisateur, campagne.classe))
    CampagneBilans.objects.select_for_update().get(pk=campagne.pk)
    bilans = _figer(utilisateur, campagne, list(absents_de(campagne)))
    if bilans:
        _journaliser("campagne_bilans.completee", utilisateur, campagne, campagne, apres={"bilans": len(bilans)})
    return len(bilans)


@transaction.atomic
def supprimer_campagne(*, utilisateur: Utilisateur, campagne: CampagneBilans) -> None:
    """Préparée par erreur : tant que personne n'y a rien écrit."""
    autoriser(peut_tenir_les_bilans(utilisateur, campagne.classe))
    # Comme qui la complète ou en demande les PDF : ils attendent, puis ne la trouvent plus.
    if not CampagneBilans.objects.select_for_update().filter(pk=campagne.pk).exists():
        raise ValidationError("Ces bilans sont déjà supprimés.")
    bilans = list(BilanPeriode.objects.select_for_update().filter(campagne=campagne))
    if any(bilan.version > 1 or bilan.est_formalise for bilan in bilans) or campagne.fabrications.exists():
        raise ValidationError("Ces bilans sont commencés : ils ne se suppriment plus.")
    objet, avant = f"{CampagneBilans._meta.label_lower}:{campagne.pk}", {"intitule": campagne.intitule}
    campagne.bilans.all().delete()
    CampagneBilans.objects.filter(pk=campagne.pk).delete()
    _journaliser("campagne_bilans.supprimee", utilisateur, campagne, objet, avant=avant)


@transaction.atomic
def enregistrer_bilan_periode(
    *, utilisateur: Utilisateur, bilan: BilanPeriode, donnees: DonneesBilanPeriode, version: int
) -> BilanPeriode:
    """Garde ce qui est écrit ; le journal dit quels champs ont changé, pas leur contenu."""
    tenu = _tenir(utilisateur, bilan, version)
    avant = _dits(tenu)
    if changes := _ecrire(tenu, donnees):
        tenu.save()
        apres = {**_dits(tenu), "textes": sorted(set(changes) & set(TEXTES))}
        _journaliser("bilan_periode.enregistre", utilisateur, tenu.campagne, tenu, avant=avant, apres=apres)
    return tenu


@transaction.atomic
def formaliser_bilan(
    *,
    utilisateur: Utilisateur,
    bilan: BilanPeriode,
    donnees: DonneesBilanPeriode,
    version: int,
    maintenant: datetime | None = None,
) -> BilanPeriode:
    """Verrouillé pour tous les rôles, et partagé avec l'apprenant."""
    tenu = _tenir(utilisateur, bilan, version)
    _ecrire(tenu, donnees)
    if manques := _manques(tenu):
        raise ValidationError({champ: [texte] for champ, texte in manques.items()})
    tenu.etat, tenu.formalise_le = EtatBilan.FORMALISE, maintenant or timezone.now()
    tenu.save()
    _journaliser(
        "bilan_periode.formalise",
        utilisateur,
        tenu.campagne,
        tenu,
        apres={"entretien_le": tenu.entretien_le, "apprenant_present": tenu.apprenant_present},
    )
    return tenu


def _tenir(utilisateur: Utilisateur, bilan: BilanPeriode, version: int) -> BilanPeriode:
    """La ligne verrouillée jusqu'à la fin, si elle s'écrit encore et n'a pas changé depuis qu'on l'a lue."""
    lignes = BilanPeriode.objects.select_for_update(of=("self",)).select_related(*LIENS_BILAN)
    tenu = lignes.get(pk=bilan.pk)
    autoriser(peut_tenir_les_bilans(utilisateur, tenu.campagne.classe))
    if tenu.est_formalise:
        raise ValidationError(FORMALISE, code="formalise")
    if tenu.version != version:
        raise BilanModifie(tenu)
    return tenu


def _ecrire(bilan: BilanPeriode, donnees: DonneesBilanPeriode) -> list[str]:
    """Les champs changés ; la version n'avance que s'il y en a."""
    _verifier_l_entretien(bilan, donnees)
    valeurs: dict[str, Any] = {champ: _texte(getattr(donnees, champ)) for champ in TEXTES}
    valeurs |= {
        "entretien_le": donnees.entretien_le,
        # Le formulaire propose toujours quelqu'un : sans entretien, personne ne l'a tenu.
        "representant_id": donnees.representant.pk if donnees.representant and donnees.entretien_le else None,
        "apprenant_present": donnees.apprenant_present,
    }
    changes = [champ for champ, valeur in valeurs.items() if getattr(bilan, champ) != valeur]
    for champ in changes:
        setattr(bilan, champ, valeurs[champ])
    if changes:
        bilan.version += 1
        bilan.clean_fields(exclude={"campagne", "inscription", "niveaux"})
        bilan.validate_constraints(exclude={"campagne", "inscription"})
    return changes


def _verifier_l_entretien(bilan: BilanPeriode, donnees: DonneesBilanPeriode) -> None:
    refus: dict[str, list[str]] = {}
    if donnees.entretien_le and donnees.entretien_le > timezone.localdate():
        refus["entretien_le"] = ["Cet entretien n'a pas encore eu lieu."]
    if donnees.apprenant_present and not donnees.entretien_le:
        refus["entretien_le"] = ["Dites le jour de l'entretien où l'apprenant était présent."]
    change = donnees.representant is not None and donnees.representant.pk != bilan.representant_id
    equipe = representants_de(bilan.campagne.classe.centre_id)
    if change and donnees.representant is not None and not equipe.filter(pk=donnees.representant.pk).exists():
        refus["representant"] = ["Cette personne n'est pas de l'équipe du centre."]
    for champ in TEXTES:
        if len(_texte(getattr(donnees, champ))) > LONGUEUR_TEXTE:
            refus[champ] = [f"{LONGUEUR_TEXTE} caractères au plus."]
    if refus:
        raise ValidationError(refus)


def _manques(bilan: BilanPeriode) -> dict[str, str]:
    """Ce que tout bilan formalisé porte ; l'entretien n'est pas exigé du bilan individuel."""
    manques = {}
    if not bilan.remarques_equipe:
        manques["remarques_equipe"] = "Écrivez ce que l'équipe retient avant de formaliser."
    if bilan.campagne.nature == NatureBilan.INTERMEDIAIRE and bilan.entretien_le is None:
        manques["entretien_le"] = "Dites quel jour l'entretien a eu lieu avant de formaliser."
    if bilan.entretien_le and bilan.representant_id is None:
        manques["representant"] = "Dites qui a tenu l'entretien."
    return manques


def _verifier(campagne: CampagneBilans) -> None:
    debut, fin = campagne.classe.bornes
    if not debut <= campagne.arrete_le <= fin:
        raise ValidationError(
            {"arrete_le": [f"Cette classe va du {debut:%d/%m/%Y} au {fin:%d/%m/%Y} : prenez un jour de son année."]}
        )
    if campagne.arrete_le > timezone.localdate():
        raise ValidationError({"arrete_le": ["Des niveaux ne s'arrêtent pas à un jour à venir."]})
    if campagne.nature == NatureBilan.INDIVIDUEL and not campagne.classe.est_derniere_annee:
        raise ValidationError({"nature": ["Le bilan individuel se prépare au dernier trimestre de la dernière année."]})
    if campagne.periode.version_id != campagne.classe.version_id:
        raise ValidationError({"periode": ["Cette période n'est pas de ce référentiel."]})
    campagne.clean_fields(exclude={"classe", "periode", "auteur"})
    campagne.validate_constraints()


def _figer(utilisateur: Utilisateur, campagne: CampagneBilans, inscriptions: list[Inscription]) -> list[BilanPeriode]:
    classe, periode = campagne.classe, campagne.periode
    niveaux = niveaux_de(utilisateur, classe, inscriptions, jusqu_au=campagne.arrete_le)
    _, attendus = attendus_de_la_classe(classe, inscriptions)
    return BilanPeriode.objects.bulk_create(
        BilanPeriode(
            campagne=campagne,
            inscription=une,
            etat=EtatBilan.PREPARE,
            arrete_le=campagne.arrete_le,
            niveaux=figer(niveaux[une.apprenant_id], attendus.get(une.option_id), periode.intitule, periode.ordre),
        )
        for une in inscriptions
    )


def _texte(saisi: str) -> str:
    return saisi.replace("\r\n", "\n").strip()


def _dits(bilan: BilanPeriode) -> dict[str, Any]:
    """Ce que le journal garde : l'entretien et les champs touchés, aucun texte sur une personne."""
    return {
        "entretien_le": bilan.entretien_le,
        "representant": bilan.representant_id,
        "apprenant_present": bilan.apprenant_present,
        "version": bilan.version,
    }


def _journaliser(
    acte: str,
    utilisateur: Utilisateur,
    campagne: CampagneBilans,
    objet: CampagneBilans | BilanPeriode | str,
    *,
    avant: object = None,
    apres: object = None,
) -> None:
    journaliser(
        chaine=f"bilans:{campagne.classe_id}", acte=acte, auteur=utilisateur, objet=objet, avant=avant, apres=apres
    )
