"""Ce qu'une situation contient, dit avec les codes du référentiel, et les règles qu'elle doit tenir.

Les codes et intitulés, plutôt que des lignes de la base, rendent une situation lisible dans le journal et
reprenable pour une classe d'une autre version.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from centres.models import Classe
from evaluations.calendrier import indice_de_periode
from evaluations.enums import Lieu, Nature, NatureRessource
from evaluations.models import Ressource, Sequence, Situation
from evaluations.queries.contenu import contenu_de
from evaluations.queries.echelles import cohorte_de
from referentiel.models import Competence, CompetenceDetaillee, Epreuve, Espace, Periode, Support, Tache

# Au-delà, c'est une faute de frappe.
HEURES_MAX = 400
LIEU_D_UN_CCF = (
    "Une situation certificative se déroule en centre : choisissez « en centre », ou la nature « formative »."
)


@dataclass(frozen=True, kw_only=True)
class DonneesRessource:
    """Une ligne de l'inventaire."""

    nature: str
    designation: str


@dataclass(frozen=True, kw_only=True)
class DonneesSituation:
    """Tous les champs d'une situation. Un code évalué (C7.3) vaut pour ses libellés dans toutes les options."""

    code: str
    titre: str
    debut: date
    epreuves: tuple[str, ...]
    evaluees: tuple[str, ...]
    fin: date | None = None
    # Intitulé de la période ; vide : déduite de la date de début.
    periode: str = ""
    nature: str = "formative"
    lieu: str = "centre"
    entreprise: str = ""
    taches: tuple[str, ...] = ()
    mobilisees: tuple[str, ...] = ()
    supports: tuple[str, ...] = ()
    espaces: tuple[str, ...] = ()
    description: str = ""
    # Intitulé de la séquence de la cohorte qui la regroupe avec d'autres ; vide : aucune.
    sequence: str = ""
    duree_heures: int | None = None
    ressources: tuple[DonneesRessource, ...] = ()

    def en_json(self) -> dict[str, Any]:
        """Forme gardée par le journal."""
        return {nom: valeur.isoformat() if isinstance(valeur, date) else valeur for nom, valeur in asdict(self).items()}

    @property
    def empreinte(self) -> str:
        """Change dès qu'un champ change : ce qu'un formulaire a lu se compare à ce qui est enregistré."""
        return hashlib.sha256(json.dumps(self.en_json(), sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Objets:
    """Les lignes du référentiel que désignent les codes."""

    periode: Periode | None
    epreuves: list[Epreuve]
    taches: list[Tache]
    evaluees: list[CompetenceDetaillee]
    mobilisees: list[Competence]
    supports: list[Support]
    espaces: list[Espace]
    sequence: Sequence | None


class Erreurs(dict[str, list[str]]):
    """Messages par champ, tels qu'un formulaire les montre."""

    def noter(self, champ: str, message: str) -> None:
        self.setdefault(champ, []).append(message)


def donnees_de(situation: Situation) -> DonneesSituation:
    """Ce que contient aujourd'hui une situation enregistrée."""
    contenu = contenu_de(situation)
    return DonneesSituation(
        code=situation.code,
        titre=situation.titre,
        debut=situation.debut,
        fin=situation.fin,
        periode=situation.periode.intitule,
        nature=str(situation.nature),
        lieu=str(situation.lieu),
        entreprise=situation.entreprise,
        description=situation.description,
        sequence=situation.sequence.intitule if situation.sequence else "",
        duree_heures=situation.duree_heures,
        epreuves=tuple(choix.code for choix in contenu.epreuves),
        taches=tuple(choix.code for choix in contenu.taches),
        evaluees=contenu.codes_evalues,
        mobilisees=tuple(choix.code for choix in contenu.mobilisees),
        supports=tuple(choix.code for choix in contenu.supports),
        espaces=tuple(choix.code for choix in contenu.espaces),
        ressources=tuple(DonneesRessource(nature=nature, designation=texte) for nature, texte in contenu.ressources),
    )


def periode_du(classe: Classe, jour: date) -> Periode | None:
    """Période du cycle où tombe ce jour ; hors de l'année de la classe, la plus proche de ses périodes."""
    periodes = list(classe.version.periodes.all())
    indice = indice_de_periode(
        classe.annee_scolaire,
        classe.annee_cycle,
        jour,
        periodes=len(periodes),
        annees=classe.version.duree_cycle_annees,
    )
    return None if indice is None else periodes[indice]


def verifier(classe: Classe, donnees: DonneesSituation, situation: Situation | None = None) -> Objets:
    """Toutes les règles d'une situation ; lève une ValidationError par champ, sinon rend les lignes désignées.

    `situation` est celle que l'on modifie : ce qui y est déjà observé ne peut pas en sortir.
    """
    erreurs = Erreurs()
    objets = _resoudre(classe, donnees, erreurs)
    _verifier_identite(classe, donnees, situation, erreurs)
    _verifier_cadre(donnees, erreurs)
    _verifier_ccf(donnees, objets, erreurs)
    _verifier_competences(donnees, objets, erreurs)
    if situation is not None:
        _verifier_rien_de_perdu(situation, objets, erreurs)
    if erreurs:
        raise ValidationError(dict(erreurs))
    return objets


def _resoudre(classe: Classe, donnees: DonneesSituation, erreurs: Erreurs) -> Objets:
    version = classe.version
    taches = Tache.objects.filter(activite__version=version).select_related("activite")
    detaillees = CompetenceDetaillee.objects.filter(competence__version=version)
    return Objets(
        periode=_periode(classe, donnees, erreurs),
        epreuves=_designees(version.epreuves.select_related("bloc"), "epreuves", "code", donnees.epreuves, erreurs),
        taches=_designees(taches, "taches", "code", donnees.taches, erreurs),
        evaluees=_designees(detaillees.select_related("competence"), "evaluees", "code", donnees.evaluees, erreurs),
        mobilisees=_designees(version.competences.all(), "mobilisees", "code", donnees.mobilisees, erreurs),
        supports=_designees(Support.objects.filter(version=version), "supports", "intitule", donnees.supports, erreurs),
        espaces=_designees(Espace.objects.filter(version=version), "espaces", "intitule", donnees.espaces, erreurs),
        sequence=_sequence(classe, donnees, erreurs),
    )


def _designees(lignes: QuerySet[Any], champ: str, attribut: str, valeurs: Iterable[str], erreurs: Erreurs) -> list[Any]:
    voulues = set(valeurs)
    if not voulues:
        return []
    trouvees = list(lignes.filter(**{f"{attribut}__in": voulues}))
    inconnues = voulues - {getattr(ligne, attribut) for ligne in trouvees}
    if inconnues:
        erreurs.noter(champ, f"Absent du référentiel de la classe : {', '.join(sorted(inconnues))}.")
    return trouvees


def _periode(classe: Classe, donnees: DonneesSituation, erreurs: Erreurs) -> Periode | None:
    if not donnees.periode:
        periode = periode_du(classe, donnees.debut)
    else:
        periode = next((p for p in classe.version.periodes.all() if p.intitule == donnees.periode), None)
    if periode is None:
        erreurs.noter("periode", "Cette période n'est pas dans le référentiel de la classe.")
    return periode


def _sequence(classe: Classe, donnees: DonneesSituation, erreurs: Erreurs) -> Sequence | None:
    if not donnees.sequence:
        return None
    siennes = Sequence.objects.filter(centre=classe.centre_id, cohorte=cohorte_de(classe))
    sequence = siennes.filter(intitule=donnees.sequence).first()
    if sequence is None:
        erreurs.noter("sequence", "Cette séquence n'est pas dans la progression de la cohorte.")
    return sequence


def _verifier_identite(
    classe: Classe, donnees: DonneesSituation, situation: Situation | None, erreurs: Erreurs
) -> None:
    for champ in ("code", "titre"):
        valeur = getattr(donnees, champ)
        longueur = getattr(Situation._meta.get_field(champ), "max_length", 0)
        if not valeur.strip():
            erreurs.noter(champ, "Ce champ est obligatoire.")
        elif len(valeur) > longueur:
            erreurs.noter(champ, f"{longueur} caractères au plus.")
    autres = classe.situations.exclude(pk=situation.pk) if situation else classe.situations.all()
    if autres.filter(code__iexact=donnees.code).exists():
        erreurs.noter("code", f"{classe.nom} a déjà une situation {donnees.code}.")
    _verifier_dates(classe, donnees, erreurs)


def _verifier_dates(classe: Classe, donnees: DonneesSituation, erreurs: Erreurs) -> None:
    """Loin du cycle de la classe, l'année est une faute de frappe ; un an de marge, pour un report."""
    entree = classe.annee_scolaire - classe.annee_cycle + 1
    sortie = entree + classe.version.duree_cycle_annees
    for champ, nom, jour in (("debut", "Date de début", donnees.debut), ("fin", "Date de fin", donnees.fin)):
        if jour and not entree - 1 <= jour.year <= sortie + 1:
            erreurs.noter(
                champ, f"{nom} : l'année {jour.year} est hors du cycle de la classe ({entree}-{sortie}). Vérifiez-la."
            )
    if donnees.fin and donnees.fin < donnees.debut:
        erreurs.noter("fin", "La date de fin précède la date de début.")


def _verifier_cadre(donnees: DonneesSituation, erreurs: Erreurs) -> None:
    if donnees.nature == "certificative" and donnees.lieu != Lieu.CENTRE:
        erreurs.noter("lieu", LIEU_D_UN_CCF)
    if donnees.entreprise and donnees.lieu != Lieu.ENTREPRISE:
        erreurs.noter("entreprise", "Le nom de l'entreprise n'a de sens que pour une situation en entreprise.")
    longueur = getattr(Ressource._meta.get_field("designation"), "max_length", 0)
    for ressource in donnees.ressources:
        if ressource.nature not in NatureRessource.values:
            erreurs.noter("ressources", f"Rubrique d'inventaire inconnue : {ressource.nature}.")
        if not 0 < len(ressource.designation.strip()) <= longueur:
            erreurs.noter("ressources", f"Une désignation compte de 1 à {longueur} caractères.")
    if donnees.duree_heures is not None and not 0 < donnees.duree_heures <= HEURES_MAX:
        erreurs.noter("duree_heures", f"La durée va de 1 à {HEURES_MAX} heures.")


def _verifier_ccf(donnees: DonneesSituation, objets: Objets, erreurs: Erreurs) -> None:
    """En seconde commune, ou pour toute épreuve sans CCF, une situation ne certifie rien."""
    sans_ccf = sorted(epreuve.code for epreuve in objets.epreuves if not epreuve.a_ccf)
    if donnees.nature == Nature.CERTIFICATIVE and sans_ccf:
        erreurs.noter("nature", f"Aucun CCF n'est prévu pour {', '.join(sans_ccf)} : choisissez « formative ».")


def _verifier_competences(donnees: DonneesSituation, objets: Objets, erreurs: Erreurs) -> None:
    if not donnees.epreuves:
        erreurs.noter("epreuves", "Choisissez au moins une épreuve.")
    if not donnees.evaluees:
        erreurs.noter("evaluees", "Choisissez au moins une compétence détaillée à évaluer.")
    blocs = {epreuve.bloc_id for epreuve in objets.epreuves}
    activites = {epreuve.bloc.activite_id for epreuve in objets.epreuves}
    noms = " et ".join(epreuve.code for epreuve in objets.epreuves) or "aucune épreuve choisie"
    taches = _uniques(tache.code for tache in objets.taches if tache.activite_id not in activites)
    if objets.epreuves and taches:
        erreurs.noter("taches", f"Hors des activités de {noms} : {', '.join(taches)}.")
    hors = _uniques(d.code for d in objets.evaluees if d.competence.bloc_id not in blocs)
    if objets.epreuves and hors:
        erreurs.noter("evaluees", f"Hors des compétences de {noms} : {', '.join(hors)}.")
    evaluees = {detaillee.competence_id for detaillee in objets.evaluees}
    doubles = [competence.code for competence in objets.mobilisees if competence.pk in evaluees]
    if doubles:
        erreurs.noter("mobilisees", f"Déjà évaluée, donc pas seulement mobilisée : {', '.join(doubles)}.")


def _verifier_rien_de_perdu(situation: Situation, objets: Objets, erreurs: Erreurs) -> None:
    """Retirer une compétence déjà observée ferait disparaître des positionnements de la grille."""
    gardees = [detaillee.pk for detaillee in objets.evaluees]
    retirees = situation.positionnements.exclude(detaillee__in=gardees).exclude(
        niveau__isnull=True, etat="", observation=""
    )
    ordre = ("detaillee__competence__ordre", "detaillee__ordre")
    codes = _uniques(retirees.order_by(*ordre).values_list("detaillee__code", flat=True))
    if codes:
        erreurs.noter(
            "evaluees",
            f"Des apprenants y sont déjà positionnés, gardez : {', '.join(codes)}. "
            "Videz d'abord leurs cases dans la grille si elles ont été remplies par erreur.",
        )


def _uniques(valeurs: Iterable[str]) -> tuple[str, ...]:
    """Sans doublon, dans l'ordre : un code a une ligne par libellé."""
    return tuple(dict.fromkeys(valeurs))
