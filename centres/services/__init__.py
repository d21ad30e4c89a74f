"""Les actes sur les centres et les personnes : créer une classe, inscrire, affecter.

`auteur` vide est réservé aux commandes d'administration (`manage.py`), qui agissent au nom du système ; une vue
transmet toujours `request.user`, et un visiteur anonyme n'a aucun droit. Le journal ne s'efface pas : il désigne les
personnes par leur clé, jamais par leur nom.
"""

from centres.services.apprenants import creer_apprenant, inscrire_apprenant
from centres.services.classes import creer_classe
from centres.services.personnes import affecter, creer_utilisateur

__all__ = ["affecter", "creer_apprenant", "creer_classe", "creer_utilisateur", "inscrire_apprenant"]
