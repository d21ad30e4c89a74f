"""Le journal d'une situation et des positionnements d'un apprenant, en phrases."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.db.models import Q, QuerySet

from centres.models import Apprenant, Classe, Evenement
from centres.queries.journal import Vocabulaire
from evaluations.models import (
    BilanPeriode,
    CampagneBilans,
    FicheTuteur,
    ObservationApprenant,
    Placement,
    Positionnement,
    ReponseAttitude,
    ReponseTuteur,
    Situation,
)
from evaluations.models import Sequence as SequencePedagogique
from evaluations.queries.historique import ACTES as ACTES_SITUATION
from evaluations.queries.historique import CHAMPS as CHAMPS_SITUATION
from evaluations.queries.provenance import LIENS, provenance

ACTES: dict[str, str] = {
    **ACTES_SITUATION,
    "absence_pfmp.notee": "a noté une absence en entreprise",
    "absence_pfmp.retiree": "a retiré une absence en entreprise",
    "auto_evaluation.enregistree": "a dit son niveau",
    "bilan_periode.enregistre": "a rédigé le bilan d'un apprenant",
    "bilan_periode.formalise": "a formalisé le bilan d'un apprenant",
    "bilan_pfmp.confirme": "a confirmé le bilan d'une PFMP",
    "bilan_pfmp.enregistre": "a enregistré le bilan d'une PFMP",
    "bilan_pfmp.rouvert": "a rouvert le bilan d'une PFMP",
    "campagne_bilans.completee": "a ajouté des bilans à ceux d'une classe",
    "campagne_bilans.pdf_demandes": "a demandé les bilans d'une classe en PDF",
    "campagne_bilans.preparee": "a préparé les bilans d'une classe",
    "campagne_bilans.supprimee": "a supprimé les bilans d'une classe, vides",
    "echelle.creee": "a ouvert une échelle de compétences",
    "echelle.niveau": "a changé un niveau attendu",
    "echelle.periode": "a changé les objectifs d'une période",
    "echelle.publiee": "a publié une échelle de compétences",
    "echelle.supprimee": "a supprimé un brouillon d'échelle",
    "lien.cree": "a créé le lien d'un tuteur",
    "lien.envoye": "a envoyé le lien d'un tuteur",
    "lien.non_envoye": "n'a pas pu envoyer le lien d'un tuteur",
    "lien.revoque": "a révoqué un lien d'un tuteur",
    "lien.ouvert": "a ouvert le lien d'un tuteur",
    "liens.revoques": "a révoqué les liens d'un tuteur",
    "pfmp.periode_creee": "a ouvert une PFMP",
    "pfmp.periode_modifiee": "a modifié une PFMP",
    "pfmp.periode_supprimee": "a supprimé une PFMP",
    "pfmp.reglee": "a réglé les PFMP du centre",
    "piece.deposee": "a déposé une pièce de portfolio",
    "piece.retiree": "a retiré une pièce de portfolio",
    "placement.attestation": "a reçu une attestation de PFMP",
    "placement.cree": "a placé un apprenant en entreprise",
    "placement.modifie": "a modifié un placement",
    "placement.prepare": "a préparé un placement",
    "questions.figees": "a figé les questions au tuteur",
    "questions.preparees": "a préparé les questions au tuteur",
    "sequence.copiee": "a copié une séquence",
    "sequence.creee": "a créé une séquence",
    "sequence.deplacee": "a déplacé une séquence",
    "sequence.modifiee": "a modifié une séquence",
    "sequence.supprimee": "a supprimé une séquence",
    "tuteur.recopie": "a recopié une réponse de la fiche papier",
    "tuteur.repondu": "a répondu par le lien du tuteur",
    "tuteur.termine": "a terminé la saisie du tuteur",
    "visite.prevue": "a prévu une visite",
    "visite.rapportee": "a rendu compte d'une visite",
    "visite.retiree": "a retiré une visite",
    "positionnement.enregistre": "a positionné",
    "observation.enregistree": "a noté une observation",
}
CHAMPS = {
    **{nom: libelle.lower() for nom, libelle in CHAMPS_SITUATION.items()},
    "valeur": "niveau",
    "texte": "texte",
    "verrouillee": "verrouillée",
}
CELLULE = Positionnement._meta.label_lower
OBSERVATION = ObservationApprenant._meta.label_lower
SITUATION = Situation._meta.label_lower


def nommer_les_objets(evenements: Sequence[Evenement]) -> Mapping[str, str]:
    """« C7.3 de Bernard Inès, S4 » : trois requêtes au plus."""
    cles: dict[str, set[int]] = {CELLULE: set(), OBSERVATION: set(), SITUATION: set()}
    for evenement in evenements:
        genre, _, pk = evenement.objet.partition(":")
        if genre in cles and pk.isdecimal():
            cles[genre].add(int(pk))
    liens = ("inscription__apprenant", "situation")
    cellules = Positionnement.objects.select_related("detaillee", *liens).filter(pk__in=cles[CELLULE])
    observations = ObservationApprenant.objects.select_related(*liens).filter(pk__in=cles[OBSERVATION])
    noms = {
        f"{CELLULE}:{une.pk}": f"{une.detaillee.code} de {une.inscription.apprenant}, {une.situation.code}"
        for une in cellules
    }
    noms |= {f"{OBSERVATION}:{une.pk}": f"{une.inscription.apprenant}, {une.situation.code}" for une in observations}
    return noms | {f"{SITUATION}:{pk}": str(une) for pk, une in Situation.objects.in_bulk(cles[SITUATION]).items()}


VOCABULAIRE = Vocabulaire(
    actes=ACTES,
    champs=CHAMPS,
    nommer=nommer_les_objets,
    tus=frozenset({"version", "modifie_le", "inscription", "detaillee"}),
)


def nommer_les_reponses(evenements: Sequence[Evenement]) -> Mapping[str, str]:
    """« Règle la machine (dit par Jules Lopes, le 12/03/2026, par son lien) » : trois requêtes."""
    cles = [evenement.objet.partition(":")[::2] for evenement in evenements]
    noms: dict[str, str] = {}
    for modele, liens in ((ReponseTuteur, ("question",)), (ReponseAttitude, ()), (FicheTuteur, ())):
        genre = modele._meta.label_lower
        siennes = {int(pk) for nom, pk in cles if nom == genre and pk.isdecimal()}
        for une in modele._default_manager.select_related(*liens, *LIENS).filter(pk__in=siennes):
            noms[f"{genre}:{une.pk}"] = f"{_sujet(une)} ({provenance(une)})"
    return noms


def _sujet(reponse: ReponseTuteur | ReponseAttitude | FicheTuteur) -> str:
    if isinstance(reponse, ReponseTuteur):
        return reponse.question.texte
    return reponse.get_attitude_display() if isinstance(reponse, ReponseAttitude) else "activités et remarque"


VOCABULAIRE_PFMP = replace(
    VOCABULAIRE,
    champs={
        **CHAMPS,
        "degre": "degré",
        "enseignant_id": "numéro de l'enseignant référent",
        "entreprise_id": "numéro de l'entreprise",
        "envoye_le": "envoyé le",
        "expire_le": "expire le",
        "liens_revoques": "liens révoqués",
        "prevue_le": "prévue le",
        "revoques": "liens remplacés",
        "termine_le": "terminée le",
        "tuteur_id": "numéro du tuteur",
        "valeur": "réponse",
    },
    nommer=nommer_les_reponses,
    tus=VOCABULAIRE.tus | {"lien"},
    sans_auteur="Le tuteur, par son lien",
)


def evenements_du_placement(placement: Placement) -> QuerySet[Evenement]:
    return Evenement.objects.filter(chaine=f"placement:{placement.pk}")


def evenements_de_la_situation(situation: Situation) -> QuerySet[Evenement]:
    return Evenement.objects.filter(chaine=f"situation:{situation.pk}")


def positionnements_de(apprenant: Apprenant, classes: QuerySet[Classe]) -> QuerySet[Evenement]:
    """Tout ce qui a été saisi sur un apprenant dans ces classes, situation par situation."""
    siens = {"inscription__apprenant": apprenant, "inscription__classe__in": classes}
    objets = [f"{CELLULE}:{pk}" for pk in Positionnement.objects.filter(**siens).values_list("pk", flat=True)]
    objets += [
        f"{OBSERVATION}:{pk}" for pk in ObservationApprenant.objects.filter(**siens).values_list("pk", flat=True)
    ]
    # Les pièces déposées et ce qu'il a dit de son niveau ont leur chaîne, qui n'est d'aucune classe.
    return Evenement.objects.filter(Q(objet__in=objets) | Q(chaine=f"portfolio:{apprenant.pk}"))


def nommer_les_bilans(evenements: Sequence[Evenement]) -> Mapping[str, str]:
    """« Bilan intermédiaire du 12/01/2026, Bernard Inès » : deux requêtes."""
    noms: dict[str, str] = {}
    for modele, liens in ((CampagneBilans, ()), (BilanPeriode, ("campagne", "inscription__apprenant"))):
        genre = modele._meta.label_lower
        cles = {
            evenement.objet.partition(":")[2] for evenement in evenements if evenement.objet.startswith(f"{genre}:")
        }
        for un in modele._default_manager.select_related(*liens).filter(pk__in=[int(cle) for cle in cles]):
            noms[f"{genre}:{un.pk}"] = str(un)
    return noms


VOCABULAIRE_BILANS = replace(
    VOCABULAIRE,
    champs={
        "apprenant_present": "apprenant présent",
        "arrete_le": "niveaux arrêtés le",
        "bilans": "bilans",
        "entretien_le": "entretien le",
        "intitule": "intitulé",
        "nature": "nature",
        "periode": "période",
        "representant": "numéro de qui a tenu l'entretien",
        "textes": "textes changés",
    },
    nommer=nommer_les_bilans,
)


def evenements_des_bilans(classe: Classe) -> QuerySet[Evenement]:
    return Evenement.objects.filter(chaine=f"bilans:{classe.pk}")


def nommer_les_sequences(evenements: Sequence[Evenement]) -> Mapping[str, str]:
    genre = SequencePedagogique._meta.label_lower
    cles = {evenement.objet.partition(":")[2] for evenement in evenements if evenement.objet.startswith(f"{genre}:")}
    return {
        f"{genre}:{pk}": str(une) for pk, une in SequencePedagogique.objects.in_bulk([int(c) for c in cles]).items()
    }


VOCABULAIRE_SEQUENCES = replace(
    VOCABULAIRE,
    champs={
        "classe": "classe",
        "deroulement": "déroulement",
        "duree_heures": "durée en heures",
        "est_modele": "modèle",
        "intitule": "intitulé",
        "nature": "nature",
        "objectifs": "objectifs",
        "periode_debut": "première période",
        "periode_fin": "dernière période",
        "problematique": "problématique",
        "ressources": "ressources",
        "situations": "situations",
    },
    nommer=nommer_les_sequences,
)


def evenements_de_la_sequence(sequence: SequencePedagogique) -> QuerySet[Evenement]:
    return Evenement.objects.filter(chaine=f"sequence:{sequence.pk}")
