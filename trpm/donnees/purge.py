"""Anonymiser au terme du délai de conservation : ce qui nomme une personne part, les niveaux restent.

Composition des applications : chacune sait ce qu'elle tient d'un apprenant. Le journal garde les faits et les clés ;
le contenu des événements qui parlent de la personne est effacé (docs/decisions/008-journal-effacable.md).
"""

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from centres.journal import ACTE_EFFACEMENT, effacer_contenus, journaliser
from centres.models import Apprenant, Centre, Classe, Evenement, ImportListe, Inscription, Utilisateur
from centres.permissions import a_un_role
from centres.queries.conservation import Echeance, echeances_du_centre, resultats_publies
from centres.services import conservation
from centres.services.autorisation import autoriser
from certification.models import BeneficeNote, NumeroCandidat, Travail
from certification.services import effacement as effacement_certification
from certification.services.travaux import fichiers_de
from evaluations.models import FabricationBilans, Situation
from evaluations.services import effacement, fabrications

AUCUN_RESULTAT = "Les résultats d'aucune session de ce centre ne sont publiés : rien ne peut encore être effacé."
LISTE_CHANGEE = (
    "La liste des personnes a changé depuis l'aperçu : rien n'est effacé. Relisez-la, puis confirmez de nouveau."
)
GARDES = (
    "les niveaux et les états donnés, avec leur situation, leur date et l'enseignant",
    "les notes proposées au jury et l'empreinte des documents archivés, sans leur contenu",
    "la classe, l'option, le statut et les dates d'inscription",
    "les dates des périodes en entreprise et les réponses chiffrées, sans l'entreprise ni le tuteur",
    "le journal : qui a fait quoi, quand, sur quelle clé, sans son contenu",
)
TRANCHE = 500


@dataclass(frozen=True)
class Apercu:
    """Ce que ferait la purge aujourd'hui. `lignes` : (nature, nombre) ; `citations` : textes à relire à la main."""

    centre: Centre
    purgeables: tuple[Echeance, ...]
    retenus: tuple[Echeance, ...]
    comptes: tuple[Utilisateur, ...]
    lignes: tuple[tuple[str, int], ...]
    citations: tuple[str, ...]
    resultats_publies: bool

    @property
    def cles(self) -> list[int]:
        return sorted(echeance.apprenant.pk for echeance in self.purgeables)

    @property
    def gardes(self) -> tuple[str, ...]:
        return GARDES


def apercu_de(centre: Centre, jour: date | None = None) -> Apercu:
    echeances = echeances_du_centre(centre, jour or timezone.localdate())
    purgeables = tuple(echeance for echeance in echeances if echeance.est_purgeable)
    cles = [echeance.apprenant.pk for echeance in purgeables]
    comptes = conservation.comptes_a_effacer(cles)
    lignes = {
        "identité effacée (nom, prénom, INE)": len(cles),
        "compte vidé et fermé": len(comptes),
        "texte écrit effacé": effacement.compter_textes(cles) + effacement_certification.compter_textes(cles),
        "note conservée d'une session passée supprimée": _benefices(cles).count(),
        "numéro de candidat supprimé": _numeros(cles).count(),
        "dossier PDF de classe supprimé": _travaux(cles).count() + _fabrications(cles).count(),
        "pièce de portfolio supprimée": effacement.pieces_du_portfolio(cles).count(),
        "pièce jointe à un dossier supprimée": effacement_certification.pieces_des_dossiers(cles).count(),
        "document archivé effacé, son empreinte gardée": effacement_certification.pieces_archivees(cles).count(),
        "fichier de liste téléversé supprimé": _imports(cles).count(),
        "contenu d'événement du journal effacé": len(_evenements(cles, comptes)) if cles else 0,
    }
    return Apercu(
        centre=centre,
        purgeables=purgeables,
        retenus=tuple(echeance for echeance in echeances if not echeance.est_purgeable),
        comptes=tuple(comptes),
        lignes=tuple(lignes.items()),
        citations=_citations(cles),
        resultats_publies=resultats_publies(centre),
    )


@transaction.atomic
def purger(
    *, auteur: Utilisateur | None, centre: Centre, attendus: Collection[int] | None = None, jour: date | None = None
) -> Apercu:
    """Anonymise tous ceux dont le délai est passé ; un seul événement au journal, aucun si personne n'attend.

    `attendus` : ceux que l'aperçu montrait ; si la liste a changé, rien n'est fait. `auteur` vide : la commande.
    """
    autoriser(auteur is None or a_un_role(auteur, centre, conservation.CONSERVER))
    # La durée et les gels attendent : chacun de leurs actes verrouille l'une de ces lignes.
    centre = Centre.objects.select_for_update().get(pk=centre.pk)
    inscrits = Inscription.objects.filter(classe__centre=centre).values("apprenant")
    list(Apprenant.objects.select_for_update().filter(pk__in=inscrits).order_by("pk").values_list("pk"))
    apercu = apercu_de(centre, jour)
    if not apercu.resultats_publies:
        raise ValidationError(AUCUN_RESULTAT, code="resultats")
    if attendus is not None and sorted(attendus) != apercu.cles:
        raise ValidationError(LISTE_CHANGEE, code="changee")
    if apercu.cles:
        _anonymiser(auteur, apercu)
    return apercu


def _anonymiser(auteur: Utilisateur | None, apercu: Apercu) -> None:
    cles, comptes = apercu.cles, apercu.comptes
    evenements = _evenements(cles, comptes)
    pieces = effacement.pieces_du_portfolio(cles)
    fichiers = [(piece.fichier.storage, str(piece.fichier)) for piece in pieces if piece.fichier]
    fichiers += [fichier for travail in _travaux(cles) for fichier in fichiers_de(travail)]
    fichiers += [fichier for une in _fabrications(cles) for fichier in fabrications.fichiers_de(une)]
    fichiers += effacement_certification.effacer(apprenants=cles, maintenant=timezone.now())
    _travaux(cles).delete()
    _fabrications(cles).delete()
    pieces.delete()
    _benefices(cles).delete()
    _numeros(cles).delete()
    effacement.effacer_textes(apprenants=cles)
    conservation.anonymiser_apprenants(apprenants=cles, comptes=comptes, maintenant=timezone.now())
    effaces: dict[str, list[int]] = {}
    for tranche in _tranches(sorted(evenements)):
        for chaine, rangs in effacer_contenus(Evenement.objects.filter(pk__in=tranche)).items():
            effaces.setdefault(chaine, []).extend(rangs)
    journaliser(
        chaine=conservation.chaine_de_conservation(apercu.centre),
        acte=ACTE_EFFACEMENT,
        auteur=auteur,
        objet=apercu.centre,
        apres={"apprenants": cles, "lignes": dict(apercu.lignes), "effaces": effaces},
    )
    for stockage, nom in fichiers:
        # Un fichier ne revient pas : il part quand le reste est acquis.
        transaction.on_commit(partial(stockage.delete, nom))


def _benefices(cles: Collection[int]) -> QuerySet[BeneficeNote]:
    return BeneficeNote.objects.filter(apprenant__in=cles)


def _numeros(cles: Collection[int]) -> QuerySet[NumeroCandidat]:
    return NumeroCandidat.objects.filter(inscription__apprenant__in=cles)


def _travaux(cles: Collection[int]) -> QuerySet[Travail]:
    """Un PDF de classe réunit tous ses candidats : il se refait pour ceux qui restent."""
    return Travail.objects.filter(classe__in=Inscription.objects.filter(apprenant__in=cles).values("classe"))


def _fabrications(cles: Collection[int]) -> QuerySet[FabricationBilans]:
    """Les bilans d'une classe en PDF se refont de même."""
    siennes = Inscription.objects.filter(apprenant__in=cles).values("classe")
    return FabricationBilans.objects.filter(campagne__classe__in=siennes)


def _imports(cles: Collection[int]) -> QuerySet[ImportListe]:
    centres = Centre.objects.filter(classes__inscriptions__apprenant__in=cles)
    return ImportListe.objects.filter(centre__in=centres, genre=ImportListe.Genre.APPRENANTS)


def _evenements(cles: Sequence[int], comptes: Sequence[Utilisateur]) -> set[int]:
    """Ceux qui portent sur leurs fiches, et ceux dont le contenu les nomme encore."""
    objets = {
        **conservation.objets_au_journal(cles, comptes),
        **effacement.objets_au_journal(cles),
        **effacement_certification.objets_au_journal(cles),
        BeneficeNote._meta.label_lower: sorted(_benefices(cles).values_list("pk", flat=True)),
    }
    directs = conservation.evenements_concernes(objets, conservation.chaines_au_journal(cles, comptes))
    effacables = Evenement.objects.exclude(sel="").exclude(acte=ACTE_EFFACEMENT)
    lisibles = {
        pk for lot in _tranches(sorted(directs)) for pk in effacables.filter(pk__in=lot).values_list("pk", flat=True)
    }
    return lisibles | _qui_nomment(cles, comptes)


def _qui_nomment(cles: Collection[int], comptes: Iterable[Utilisateur]) -> set[int]:
    """Le filet : ce que les équipes de leurs centres ont écrit et qui cite leur nom, leur INE ou leur adresse."""
    reperes = Reperes(Apprenant.objects.filter(pk__in=cles), comptes)
    centres = Centre.objects.filter(classes__inscriptions__apprenant__in=cles)
    equipe = Utilisateur.objects.filter(affectations__centre__in=centres)
    lus = Evenement.objects.exclude(sel="").exclude(acte=ACTE_EFFACEMENT).filter(Q(auteur=None) | Q(auteur__in=equipe))
    valeurs = lus.order_by("pk").values_list("pk", "avant", "apres", "motif").iterator(chunk_size=2000)
    return {pk for pk, *contenu in valeurs if reperes.dans(json.dumps(contenu, ensure_ascii=False))}


def _citations(cles: Collection[int]) -> tuple[str, ...]:
    """Les descriptions de situations qui nomment l'un d'eux : un texte commun ne s'efface pas, il se corrige."""
    reperes = Reperes(Apprenant.objects.filter(pk__in=cles), ())
    classes = Classe.objects.filter(inscriptions__apprenant__in=cles)
    situations = Situation.objects.filter(classe__in=classes).select_related("classe").order_by("classe", "code")
    return tuple(
        f"{situation}, {situation.classe}"
        for situation in situations.prefetch_related("ressources")
        if reperes.dans(" ".join([situation.titre, situation.description, *map(str, situation.ressources.all())]))
    )


class Reperes:
    """Ce à quoi on reconnaît une personne dans un texte : son INE, son adresse, ou son nom avec son prénom."""

    def __init__(self, apprenants: Iterable[Apprenant], comptes: Iterable[Utilisateur]) -> None:
        self._prenoms: dict[str, set[str]] = {}
        seuls: set[str] = set()
        for apprenant in apprenants:
            self._prenoms.setdefault(apprenant.nom.casefold(), set()).add(apprenant.prenom.casefold())
            seuls.add(apprenant.ine.casefold())
        for compte in comptes:
            seuls.add(compte.email.casefold())
        self._seuls = _motif(seuls)
        self._noms = _motif(self._prenoms)

    def dans(self, texte: str) -> bool:
        lu = texte.casefold()
        if self._seuls and self._seuls.search(lu):
            return True
        noms = set(self._noms.findall(lu)) if self._noms else set()
        return any(_cite(prenom, lu) for nom in noms for prenom in self._prenoms[nom])


def _cite(mot: str, texte: str) -> bool:
    motif = _motif({mot})
    return bool(motif and motif.search(texte))


def _motif(mots: Iterable[str]) -> re.Pattern[str] | None:
    """Des mots entiers, le plus long d'abord ; rien si aucun mot."""
    utiles = sorted(filter(None, mots), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, utiles))})(?!\w)") if utiles else None


def _tranches(cles: Sequence[int]) -> Iterable[Sequence[int]]:
    return (cles[debut : debut + TRANCHE] for debut in range(0, len(cles), TRANCHE))
