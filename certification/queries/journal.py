"""Le journal de la certification, en phrases : grilles publiées, dossiers demandés."""

from collections.abc import Mapping, Sequence

from django.db.models import QuerySet

from centres.models import Classe, Evenement
from centres.queries.journal import CHAMPS as CHAMPS_CENTRES
from centres.queries.journal import Vocabulaire
from centres.queries.journal import nommer_les_objets as nommer_dans_les_centres
from certification.models import ClasseurOfficiel, Commission, Grille
from referentiel.models import VersionReferentiel

ACTES: dict[str, str] = {
    "archive.creee": "a archivé la commission",
    "archive.demandee": "a lancé la fabrication de l'archive",
    "avis.donne": "a donné un avis sur une situation",
    "benefice.enregistre": "a enregistré une note conservée",
    "benefice.retire": "a retiré une note conservée",
    "abandonner_classeur": "a abandonné une grille officielle en préparation",
    "demander_classeurs": "a demandé les grilles officielles de la classe",
    "deposer_classeur": "a déposé une grille officielle",
    "placer_classeur": "a placé les valeurs d'une grille officielle",
    "publier_classeur": "a publié une grille officielle",
    "commission.close": "a clos la commission",
    "commission.rouverte": "a rouvert la commission",
    "demander_dossiers": "a demandé les dossiers de la classe",
    "abandonner_grille": "a abandonné un brouillon de grille",
    "modifier_grille": "a corrigé un brouillon de grille",
    "commission.convoquee": "a convoqué la commission",
    "commission.modifiee": "a corrigé la convocation",
    "commission.ouverte": "a ouvert la commission",
    "commission.presence": "a noté les présences",
    "etat.change": "a changé l'état d'un candidat",
    "note.proposee": "a proposé une note au jury",
    "piece_dossier.jointe": "a joint une pièce à un dossier",
    "piece_dossier.retiree": "a retiré une pièce d'un dossier",
    "position.prise": "a positionné une compétence",
    "position.retiree": "a retiré une position de la commission",
    "fiche.communiquee": "a remis une fiche d'évaluation",
    "numeros.enregistres": "a enregistré les numéros de candidats",
    "jury.transmis": "a transmis la liste au jury",
    "preparer_grille": "a préparé une nouvelle version de grille",
    "publier_grille": "a publié une grille de notation",
    "synthese.redigee": "a rédigé la synthèse de l'équipe",
}
CHAMPS = {
    **CHAMPS_CENTRES,
    "a_etudier": "à étudier",
    "a_revoir": "à revoir",
    "epreuve": "épreuve",
    "octets": "taille en octets",
    "numero": "numéro",
    "numeros": "numéros enregistrés",
    "numeros_retires": "numéros retirés",
    "pieces": "pièces",
    "precedente": "empreinte précédente",
    "situations_scellees": "situations scellées",
    "situations_descellees": "situations descellées",
    "granularite": "granularité",
    "non_evalue": "compétence non évaluée",
    "points_niveau_1": "points du niveau 1",
    "points_niveau_2": "points du niveau 2",
    "points_niveau_3": "points du niveau 3",
    "points_niveau_4": "points du niveau 4",
    "classeur": "grille officielle",
    "champs": "valeurs placées",
    "niveaux": "niveaux placés",
    "sha256": "empreinte du fichier",
}
GRILLE = Grille._meta.label_lower
CLASSEUR = ClasseurOfficiel._meta.label_lower


def nommer_les_objets(evenements: Sequence[Evenement]) -> Mapping[str, str]:
    cles = {int(e.objet.partition(":")[2]) for e in evenements if e.objet.startswith(f"{GRILLE}:")}
    grilles = Grille.objects.select_related("epreuve", "option").filter(pk__in=cles)
    deposes = {int(e.objet.partition(":")[2]) for e in evenements if e.objet.startswith(f"{CLASSEUR}:")}
    classeurs = ClasseurOfficiel.objects.select_related("epreuve", "option", "session").filter(pk__in=deposes)
    return {
        **nommer_dans_les_centres(evenements),
        **{f"{GRILLE}:{grille.pk}": str(grille) for grille in grilles},
        **{f"{CLASSEUR}:{classeur.pk}": f"grille officielle {classeur}" for classeur in classeurs},
    }


VOCABULAIRE = Vocabulaire(actes=ACTES, champs=CHAMPS, nommer=nommer_les_objets)


def evenements_de_la_classe(classe: Classe) -> QuerySet[Evenement]:
    return Evenement.objects.filter(chaine=f"certification:classe:{classe.pk}")


def evenements_de_la_commission(commission: Commission) -> QuerySet[Evenement]:
    """Les notes proposées y figurent : à montrer à qui les voit."""
    return Evenement.objects.filter(chaine=f"commission:{commission.pk}")


def evenements_des_grilles(version: VersionReferentiel) -> QuerySet[Evenement]:
    return Evenement.objects.filter(chaine=f"grilles:{version.pk}")
