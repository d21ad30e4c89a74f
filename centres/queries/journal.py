"""Le journal en phrases : qui a fait quoi, quand, sur quel objet, et ce qui a changé."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import QuerySet
from django.utils import timezone

from centres.enums import Modalite, Role, StatutApprenant, StatutCentre
from centres.models import Affectation, Apprenant, Centre, Classe, Entreprise, Evenement, Inscription, Utilisateur

ACTES: dict[str, str] = {
    "affectation.creee": "a donné un rôle",
    "affectation.terminee": "a changé la fin d'un rôle",
    "apprenant.cree": "a créé la fiche",
    "apprenant.modifie": "a corrigé la fiche",
    # Écrits par la certification, sur la chaîne de l'apprenant.
    "benefice.enregistre": "a enregistré une note conservée",
    "benefice.retire": "a retiré une note conservée",
    "centre.cree": "a créé le centre",
    "centre.modifie": "a modifié le centre",
    "classe.creee": "a créé la classe",
    "classe.modifiee": "a modifié la classe",
    "classe.supprimee": "a supprimé la classe",
    "donnees.communiquees": "a remis ses données à l'apprenant",
    "donnees.purgees": "a effacé les données échues",
    "conservation.reglee": "a réglé la durée de conservation",
    "gel.leve": "a levé un gel",
    "gel.pose": "a posé un gel : rien ne sera effacé",
    "import.abandonne": "a abandonné l'import d'une liste",
    "identite.rattachee": "a rattaché son identité d'établissement",
    "import.applique": "a appliqué l'import d'une liste",
    "import.colonnes": "a désigné les colonnes d'une liste",
    "import.recu": "a envoyé une liste à importer",
    "partage.ouvert": "a ouvert un code pour un autre centre",
    "partage.retire": "a retiré le code destiné à un autre centre",
    "partage.utilise": "a inscrit avec le code d'un autre centre",
    "resultats.dates": "a daté les résultats de la session",
    "entreprise.creee": "a créé l'entreprise",
    "entreprise.fusionnee": "a réuni des fiches d'entreprise",
    "entreprise.modifiee": "a modifié l'entreprise",
    "entreprise.supprimee": "a supprimé l'entreprise",
    "inscription.creee": "a inscrit",
    "inscription.retiree": "a retiré une inscription saisie par erreur",
    "inscription.terminee": "a changé la fin d'une inscription",
    "invitation.acceptee": "a choisi son mot de passe par une invitation",
    "invitation.creee": "a envoyé une invitation",
    "invitation.revoquee": "a révoqué une invitation",
    "mot_de_passe.change": "a changé de mot de passe",
    "mot_de_passe.oublie": "a reçu un lien pour un mot de passe oublié",
    "second_facteur.application_ajoutee": "a ajouté une application de codes",
    "second_facteur.application_retiree": "a retiré son application de codes",
    "second_facteur.cle_ajoutee": "a ajouté une clé d'accès",
    "second_facteur.cle_retiree": "a retiré une clé d'accès",
    "second_facteur.codes_refaits": "a refait ses codes de secours",
    "second_facteur.reinitialise": "a réinitialisé un second facteur",
    "session.ouverte": "a ouvert une session d'examen",
    "sessions.fermees": "a fermé les autres sessions du compte",
    "tuteur.cree": "a créé la fiche d'un tuteur",
    "tuteur.modifie": "a corrigé la fiche d'un tuteur",
    "tuteur.supprime": "a supprimé la fiche d'un tuteur",
    "utilisateur.cree": "a créé le compte",
    "utilisateur.ferme": "a fermé le compte",
    "utilisateur.modifie": "a corrigé le compte",
    "utilisateur.rouvert": "a rouvert le compte",
}
CHAMPS: dict[str, str] = {
    "annee_cycle": "année du cycle",
    "annee_scolaire": "année scolaire",
    "champs": "champs corrigés",
    "compte": "numéro du compte",
    "debut": "début",
    "diplome": "diplôme",
    "email": "adresse",
    "epreuve": "épreuve",
    "expire_le": "expire le",
    "fermee": "inscription fermée",
    "first_name": "prénom",
    "ine": "INE",
    "is_active": "compte ouvert",
    "last_name": "nom",
    "modalite_propre": "modalité",
    "mois": "mois de conservation",
    "positionnements": "nombre de positionnements",
    "prenom": "prénom",
    "resultats_le": "résultats du",
    "role": "rôle",
    "session": "session",
    "session_obtention": "session d'obtention",
    "uai": "UAI",
    "version": "référentiel",
}
# Lire une note laisse une trace (décision 007) ; le journal ne la montre donc jamais.
JAMAIS_DITS = frozenset({"note"})
LIBELLES: dict[str, dict[Any, str]] = {
    "role": dict(Role.choices),
    "statut": {**dict(StatutApprenant.choices), **dict(StatutCentre.choices)},
    "modalite_propre": dict(Modalite.choices),
}
# Les valeurs d'un événement qui sont des clés : le journal ne nomme personne, la page s'en charge à la lecture.
DESIGNES: dict[str, type[models.Model]] = {
    "centre": Centre,
    "classe": Classe,
    "entreprise": Entreprise,
    "inscription": Inscription,
}
OBJETS: dict[str, type[models.Model]] = {
    modele._meta.label_lower: modele
    for modele in (Affectation, Apprenant, Centre, Classe, Entreprise, Inscription, Utilisateur)
}
COMMANDE = "Une commande d'administration"
LONGUEUR_CITEE = 120
INSECABLE = "\u00a0"
Nommer = Callable[[Sequence[Evenement]], Mapping[str, str]]


def nommer_les_objets(evenements: Sequence[Evenement]) -> Mapping[str, str]:
    """Le nom d'aujourd'hui des objets touchés, une requête par type présent."""
    cles: dict[str, set[int]] = defaultdict(set)
    for evenement in evenements:
        genre, _, pk = evenement.objet.partition(":")
        if genre in OBJETS and pk.isdecimal():
            cles[genre].add(int(pk))
    return {f"{genre}:{pk}": nom for genre, pks in cles.items() for pk, nom in _noms(OBJETS[genre], pks).items()}


@dataclass(frozen=True)
class Vocabulaire:
    """Comment une application raconte ses événements."""

    actes: Mapping[str, str] = field(default_factory=lambda: ACTES)
    champs: Mapping[str, str] = field(default_factory=lambda: CHAMPS)
    nommer: Nommer = nommer_les_objets
    # Ce qui ne se raconte pas : les numéros de version et l'heure déjà affichée.
    tus: frozenset[str] = frozenset()
    # Qui a agi quand aucun compte ne l'a fait.
    sans_auteur: str = COMMANDE


CENTRES = Vocabulaire()


@dataclass(frozen=True)
class Ligne:
    """Un événement, prêt à lire."""

    le: datetime
    auteur: str
    acte: str
    objet: str
    changements: tuple[str, ...]
    motif: str
    chaine: str
    rang: int

    def en_textes(self) -> list[str]:
        return [
            ecrire_instant(self.le),
            self.auteur,
            self.acte,
            self.objet,
            " ; ".join(self.changements),
            self.motif,
            self.chaine,
            str(self.rang),
        ]


ENTETES = ("Le", "Par", "Acte", "Objet", "Changements", "Motif", "Chaîne", "N°")


def ecrire_instant(le: datetime) -> str:
    """L'heure de Paris et son décalage : lisible, et sans équivoque la nuit du changement d'heure."""
    ici = timezone.localtime(le)
    return f"{ici:%d/%m/%Y %H:%M:%S} {ici.isoformat()[-6:]}"


def raconter(evenements: Iterable[Evenement], vocabulaire: Vocabulaire = CENTRES) -> list[Ligne]:
    lus = list(evenements)
    noms = vocabulaire.nommer(lus)
    designes = _designes(lus)
    return [
        Ligne(
            le=evenement.le,
            auteur=str(evenement.auteur or vocabulaire.sans_auteur),
            acte=vocabulaire.actes.get(evenement.acte, evenement.acte),
            objet=noms.get(evenement.objet) or _genre(evenement.objet),
            changements=tuple(_changements(evenement, vocabulaire, designes)),
            motif=evenement.motif,
            chaine=evenement.chaine_id,
            rang=evenement.rang,
        )
        for evenement in lus
    ]


def evenements_de_l_apprenant(apprenant: Apprenant, classes: QuerySet[Classe]) -> QuerySet[Evenement]:
    """La fiche et les inscriptions dans ces classes ; ce qui s'est passé dans un autre centre reste chez lui."""
    ailleurs = Inscription.objects.filter(apprenant=apprenant).exclude(classe__in=classes)
    cachees = {_cle(Inscription, pk) for pk in ailleurs.values_list("pk", flat=True)}
    ouvertes = set(classes.values_list("pk", flat=True))
    chaine = Evenement.objects.filter(chaine=f"apprenant:{apprenant.pk}")
    return _gardes(chaine, cachees, "classe", ouvertes)


def evenements_de_la_personne(personne: Utilisateur, centres: QuerySet[Centre] | None) -> QuerySet[Evenement]:
    """Les rôles et l'accès d'un compte ; `centres` : ceux dont on voit les rôles (tous si absent)."""
    chaine = Evenement.objects.filter(chaine=f"utilisateur:{personne.pk}")
    if centres is None:
        return chaine
    ailleurs = Affectation.objects.filter(utilisateur=personne).exclude(centre__in=centres)
    cachees = {_cle(Affectation, pk) for pk in ailleurs.values_list("pk", flat=True)}
    return _gardes(chaine, cachees, "centre", set(centres.values_list("pk", flat=True)))


def _gardes(chaine: QuerySet[Evenement], cachees: set[str], champ: str, ouverts: set[int]) -> QuerySet[Evenement]:
    """Quelques dizaines d'événements au plus : le tri se fait ici, la page filtre ensuite en base."""
    vus = []
    for pk, objet, avant, apres in chaine.values_list("pk", "objet", "avant", "apres"):
        dit = [bloc[champ] for bloc in (apres, avant) if isinstance(bloc, dict) and champ in bloc]
        if objet not in cachees and (not dit or dit[0] in ouverts):
            vus.append(pk)
    return Evenement.objects.filter(pk__in=vus)


def _cle(modele: type[models.Model], pk: int) -> str:
    return f"{modele._meta.label_lower}:{pk}"


def _noms(modele: type[models.Model], pks: Iterable[int]) -> dict[int, str]:
    gestionnaire: Any = modele._base_manager
    liens = {Inscription: ("apprenant", "classe"), Affectation: ("utilisateur", "centre")}.get(modele, ())
    return {objet.pk: _nom(objet) for objet in gestionnaire.select_related(*liens).filter(pk__in=set(pks))}


def _nom(objet: models.Model) -> str:
    if isinstance(objet, Affectation):
        lieu = f", {objet.centre}" if objet.centre else ""
        return f"{objet.utilisateur} : {Role(objet.role).label}{lieu}"
    return str(objet)


def _genre(objet: str) -> str:
    """Ce qu'était un objet que rien ne nomme plus, ou que cette application ne connaît pas."""
    try:
        return str(apps.get_model(objet.partition(":")[0])._meta.verbose_name)
    except (LookupError, ValueError):
        return ""


def _designes(evenements: Sequence[Evenement]) -> dict[tuple[str, int], str]:
    cles: dict[str, set[int]] = defaultdict(set)
    for evenement in evenements:
        for bloc in (evenement.avant, evenement.apres):
            for champ, valeur in bloc.items() if isinstance(bloc, dict) else ():
                if champ in DESIGNES and isinstance(valeur, int):
                    cles[champ].add(valeur)
    return {(champ, pk): nom for champ, pks in cles.items() for pk, nom in _noms(DESIGNES[champ], pks).items()}


def _changements(
    evenement: Evenement, vocabulaire: Vocabulaire, designes: Mapping[tuple[str, int], str]
) -> Iterator[str]:
    if evenement.est_efface:
        yield "contenu effacé au terme du délai de conservation"
        return
    avant = evenement.avant if isinstance(evenement.avant, dict) else {}
    apres = evenement.apres if isinstance(evenement.apres, dict) else {}
    for champ in dict.fromkeys([*apres, *avant]):
        if champ in vocabulaire.tus | JAMAIS_DITS or avant.get(champ) == apres.get(champ):
            continue
        nom = vocabulaire.champs.get(champ, champ.replace("_", " "))
        nouveau = _dire(champ, apres.get(champ), vocabulaire, designes)
        if champ not in avant:
            yield f"{nom} : {nouveau}"
        else:
            yield f"{nom} : {_dire(champ, avant[champ], vocabulaire, designes)} → {nouveau}"


def _dire(champ: str, valeur: Any, vocabulaire: Vocabulaire, designes: Mapping[tuple[str, int], str]) -> str:
    if valeur is None or valeur in ("", [], {}):
        return "rien"
    if isinstance(valeur, bool):
        return "oui" if valeur else "non"
    if isinstance(valeur, int):
        return designes.get((champ, valeur), str(valeur))
    if isinstance(valeur, dict):
        dits = ", ".join(
            f"{vocabulaire.champs.get(nom, nom)} {_dire(nom, v, vocabulaire, designes)}" for nom, v in valeur.items()
        )
        return _couper(dits)
    if isinstance(valeur, list):
        return _couper(", ".join(_dire(champ, element, vocabulaire, designes) for element in valeur))
    texte = LIBELLES.get(champ, {}).get(valeur) or vocabulaire.champs.get(str(valeur)) or _dater(str(valeur))
    return _couper(texte)


def _dater(texte: str) -> str:
    try:
        return f"{date.fromisoformat(texte[:10]):%d/%m/%Y}" if texte[4:5] == "-" else texte
    except ValueError:
        return texte


def _couper(texte: str) -> str:
    return texte if len(texte) <= LONGUEUR_CITEE else f"{texte[: LONGUEUR_CITEE - 1]}…"
