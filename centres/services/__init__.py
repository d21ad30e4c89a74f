"""Les actes sur les centres et les personnes : créer une classe, inscrire, affecter.

`auteur` vide est réservé aux commandes d'administration (`manage.py`), qui agissent au nom du système ; une vue
transmet toujours `request.user`, et un visiteur anonyme n'a aucun droit. Le journal ne s'efface pas : il désigne les
personnes par leur clé, jamais par leur nom.
"""

from centres.services.apprenants import (
    accueillir_apprenant,
    creer_apprenant,
    inscrire_apprenant,
    modifier_apprenant,
    retirer_inscription,
    terminer_inscription,
    terminer_inscriptions,
)
from centres.services.classes import creer_classe, modifier_classe, supprimer_classe
from centres.services.entreprises import (
    creer_entreprise,
    creer_tuteur,
    fusionner_entreprises,
    modifier_entreprise,
    modifier_tuteur,
    supprimer_entreprise,
    supprimer_tuteur,
)
from centres.services.etablissements import creer_centre, modifier_centre
from centres.services.personnes import (
    accueillir_personne,
    affecter,
    creer_utilisateur,
    modifier_personne,
    ouvrir_ou_fermer_compte,
    terminer_affectation,
)
from centres.services.rentree import deplacer_apprenants, preparer_rentree

__all__ = [
    "accueillir_apprenant",
    "accueillir_personne",
    "affecter",
    "creer_apprenant",
    "creer_centre",
    "creer_classe",
    "creer_entreprise",
    "creer_tuteur",
    "creer_utilisateur",
    "deplacer_apprenants",
    "fusionner_entreprises",
    "inscrire_apprenant",
    "modifier_apprenant",
    "modifier_centre",
    "modifier_classe",
    "modifier_entreprise",
    "modifier_personne",
    "modifier_tuteur",
    "ouvrir_ou_fermer_compte",
    "preparer_rentree",
    "retirer_inscription",
    "supprimer_classe",
    "supprimer_entreprise",
    "supprimer_tuteur",
    "terminer_affectation",
    "terminer_inscription",
    "terminer_inscriptions",
]
