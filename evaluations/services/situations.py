"""Les actes sur une situation : créer, modifier, reprendre, verrouiller, déverrouiller."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from centres.calendrier import rentree, sortie
from centres.journal import journaliser
from centres.models import Classe, Utilisateur
from centres.permissions import peut_preparer, peut_verrouiller
from evaluations.enums import Nature
from evaluations.models import PeriodePfmp, Ressource, Situation
from evaluations.queries.echelles import cohorte_de
from evaluations.queries.situations import code_suivant
from evaluations.services.donnees import DonneesRessource, DonneesSituation, Objets, donnees_de, periode_du, verifier
from evaluations.services.scelles import refuser_une_certificative_de_plus

__all__ = [
    "DonneesRessource",
    "DonneesSituation",
    "alertes_de_saisie",
    "alertes_situation",
    "creer_situation",
    "deverrouiller_situation",
    "donnees_de",
    "dupliquer_pour_classes",
    "dupliquer_situation",
    "modifier_situation",
    "obstacle_a_la_suppression",
    "supprimer_situation",
    "verrouiller_situation",
]

MODIFIEE_ENTRE_TEMPS = (
    "Cette situation a été modifiée pendant votre saisie : comparez avec sa fiche, "
    "puis enregistrez de nouveau pour garder votre version."
)

SCELLEE = "Cette situation est scellée : son verrou ne se lève plus."
GRILLE_ENTAMEE = (
    "Des niveaux ou des observations sont déjà saisis dans sa grille : elle ne se supprime pas. "
    "Pour qu'elle ne compte dans aucune note, modifiez-la et choisissez la nature « formative »."
)


@transaction.atomic
def creer_situation(*, utilisateur: Utilisateur, classe: Classe, donnees: DonneesSituation) -> Situation:
    return _creer(utilisateur, classe, donnees, acte="situation.creee")


@transaction.atomic
def modifier_situation(
    *, utilisateur: Utilisateur, situation: Situation, donnees: DonneesSituation, lue: str = ""
) -> Situation:
    """Refuse une situation verrouillée et tout retrait d'une compétence déjà positionnée.

    `lue` est l'empreinte des données montrées à la personne ; si elles ont changé depuis, rien n'est écrasé.
    """
    actuelle = _relire(situation)
    if not peut_preparer(utilisateur, actuelle.classe):
        raise PermissionDenied
    _refuser_si_verrouillee(actuelle)
    _tenir_les_codes([actuelle.classe])
    avant = donnees_de(actuelle)
    if lue and lue != avant.empreinte:
        raise ValidationError(MODIFIEE_ENTRE_TEMPS)
    _ecrire(actuelle, donnees, verifier(actuelle.classe, donnees, actuelle))
    apres = donnees_de(actuelle)
    if apres != avant:
        _journaliser("situation.modifiee", utilisateur, actuelle, avant.en_json(), apres.en_json())
    return actuelle


@transaction.atomic
def dupliquer_situation(
    *,
    utilisateur: Utilisateur,
    situation: Situation,
    classe: Classe,
    debut: date,
    fin: date | None = None,
    code: str = "",
    titre: str = "",
) -> Situation:
    """Reprend tout le contenu pour une autre classe ou une autre année ; jamais les positionnements.

    Sans code, le suivant de la classe (S1, S2…).
    """
    if not Situation.objects.visibles_par(utilisateur).filter(pk=situation.pk).exists():
        raise PermissionDenied
    _tenir_les_codes([classe])
    periode = periode_du(classe, debut)
    donnees = replace(
        donnees_de(situation),
        code=code or code_suivant(classe),
        debut=debut,
        fin=fin,
        titre=titre or situation.titre,
        periode=periode.intitule if periode else "",
        sequence=_sequence_gardee(situation, classe),
    )
    origine = f"Reprise de {situation.code} ({situation.classe})."
    return _creer(utilisateur, classe, donnees, acte="situation.reprise", motif=origine)


@transaction.atomic
def dupliquer_pour_classes(
    *,
    utilisateur: Utilisateur,
    situation: Situation,
    classes: Iterable[Classe],
    debut: date,
    fin: date | None = None,
    code: str = "",
    titre: str = "",
) -> list[Situation]:
    """Une reprise par classe, aux mêmes dates : toutes ou aucune."""
    classes = list(classes)
    _tenir_les_codes(classes)
    return [
        dupliquer_situation(
            utilisateur=utilisateur, situation=situation, classe=classe, debut=debut, fin=fin, code=code, titre=titre
        )
        for classe in classes
    ]


@transaction.atomic
def supprimer_situation(*, utilisateur: Utilisateur, situation: Situation) -> None:
    """Une situation créée par erreur s'en va ; dès qu'un niveau ou une observation y est noté, elle reste.

    Les cases vidées n'ont plus de contenu et partent avec elle ; le journal garde ce qu'elle était.
    """
    actuelle = _relire(situation)
    if not peut_preparer(utilisateur, actuelle.classe):
        raise PermissionDenied
    _refuser_si_verrouillee(actuelle)
    obstacle = obstacle_a_la_suppression(actuelle)
    if obstacle:
        raise ValidationError(obstacle)
    pk, avant = actuelle.pk, donnees_de(actuelle).en_json()
    actuelle.positionnements.all().delete()
    actuelle.observations.all().delete()
    actuelle.delete()
    journaliser(
        chaine=f"situation:{pk}",
        acte="situation.supprimee",
        auteur=utilisateur,
        objet=f"{Situation._meta.label_lower}:{pk}",
        avant=avant,
    )


def obstacle_a_la_suppression(situation: Situation) -> str:
    """Ce qui empêche de supprimer la situation, et que faire ; vide si rien."""
    if PeriodePfmp.objects.filter(situation=situation).exists():
        return "Cette situation vient de bilans de PFMP : elle ne se supprime pas."
    cellules = situation.positionnements.exclude(niveau__isnull=True, etat="", observation="")
    if cellules.exists() or situation.observations.exclude(texte="").exists():
        return GRILLE_ENTAMEE
    return ""


@transaction.atomic
def verrouiller_situation(*, utilisateur: Utilisateur, situation: Situation) -> Situation:
    """Le chef de centre fige la situation et sa grille : plus aucun rôle n'y écrit."""
    actuelle = _relire(situation)
    if not peut_verrouiller(utilisateur, actuelle.classe):
        raise PermissionDenied
    _refuser_si_verrouillee(actuelle)
    actuelle.verrouillee_le = timezone.now()
    actuelle.save(update_fields=["verrouillee_le"])
    _journaliser("situation.verrouillee", utilisateur, actuelle, _verrou(False), _verrou(True))
    return actuelle


@transaction.atomic
def deverrouiller_situation(*, utilisateur: Utilisateur, situation: Situation, motif: str) -> Situation:
    """Rouvrir demande une raison, gardée au journal."""
    actuelle = _relire(situation)
    if not peut_verrouiller(utilisateur, actuelle.classe):
        raise PermissionDenied
    if actuelle.est_scellee:
        raise ValidationError(SCELLEE)
    if not actuelle.est_verrouillee:
        raise ValidationError("Cette situation n'est pas verrouillée.")
    if PeriodePfmp.objects.filter(situation=actuelle).exists():
        raise ValidationError("Cette situation vient de bilans de PFMP : rouvrez plutôt le bilan à corriger.")
    if not motif.strip():
        raise ValidationError({"motif": ["Dites pourquoi la situation est rouverte."]})
    actuelle.verrouillee_le = None
    actuelle.save(update_fields=["verrouillee_le"])
    _journaliser("situation.deverrouillee", utilisateur, actuelle, _verrou(True), _verrou(False), motif=motif.strip())
    return actuelle


def alertes_situation(situation: Situation) -> list[str]:
    """Ce qui mérite un regard sans rien bloquer : l'inspecteur apprécie (DOMAINE §4)."""
    return _alertes(situation.classe, situation.debut, situation.fin, est_certificative=situation.est_certificative)


def alertes_de_saisie(classe: Classe, donnees: DonneesSituation) -> list[str]:
    """Les mêmes, avant d'enregistrer : la personne confirme en les ayant lues."""
    return _alertes(classe, donnees.debut, donnees.fin, est_certificative=donnees.nature == Nature.CERTIFICATIVE)


def _alertes(classe: Classe, debut: date, fin: date | None, *, est_certificative: bool) -> list[str]:
    alertes: list[str] = []
    dernier = fin or debut
    if debut < rentree(classe.annee_scolaire) or dernier > sortie(classe.annee_scolaire):
        alertes.append(f"Les dates sortent de l'année scolaire {classe.libelle_annee} de la classe.")
    if not est_certificative:
        return alertes
    session = classe.session
    if debut.year != session.annee or dernier.year != session.annee:
        alertes.append(f"Une situation certificative se tient dans l'année civile de l'examen ({session.annee}).")
    if session.fin_ccf and dernier > session.fin_ccf:
        alertes.append(f"La situation se termine après la fin de la période de CCF ({session.fin_ccf:%d/%m/%Y}).")
    return alertes


def _sequence_gardee(situation: Situation, classe: Classe) -> str:
    """Une autre classe de la même cohorte suit la même séquence ; une autre cohorte a les siennes."""
    origine = situation.classe
    memes = (origine.centre_id, cohorte_de(origine)) == (classe.centre_id, cohorte_de(classe))
    return situation.sequence.intitule if memes and situation.sequence else ""


def _creer(
    utilisateur: Utilisateur, classe: Classe, donnees: DonneesSituation, *, acte: str, motif: str = ""
) -> Situation:
    if not peut_preparer(utilisateur, classe):
        raise PermissionDenied
    _tenir_les_codes([classe])
    situation = Situation(classe=classe, auteur=utilisateur)
    _ecrire(situation, donnees, verifier(classe, donnees))
    _journaliser(acte, utilisateur, situation, None, donnees_de(situation).en_json(), motif=motif)
    return situation


def _ecrire(situation: Situation, donnees: DonneesSituation, objets: Objets) -> None:
    refuser_une_certificative_de_plus(situation.classe, donnees.nature)
    situation.code = donnees.code.strip()
    situation.titre = donnees.titre.strip()
    situation.nature = donnees.nature
    situation.lieu = donnees.lieu
    situation.entreprise = donnees.entreprise.strip()
    situation.debut = donnees.debut
    situation.fin = donnees.fin
    situation.description = donnees.description.strip()
    situation.sequence = objets.sequence
    situation.duree_heures = donnees.duree_heures
    if objets.periode is not None:
        situation.periode = objets.periode
    # Les dernières règles du modèle (choix, longueurs) parlent le même langage que les nôtres.
    situation.clean_fields(exclude={"auteur", "classe"})
    situation.save()
    for champ in ("epreuves", "taches", "evaluees", "mobilisees", "supports", "espaces"):
        getattr(situation, champ).set(getattr(objets, champ))
    _ecrire_inventaire(situation, donnees)


def _ecrire_inventaire(situation: Situation, donnees: DonneesSituation) -> None:
    voulues = sorted(
        ((ressource.nature, ressource.designation.strip()) for ressource in donnees.ressources),
        key=lambda ligne: ligne[0],
    )
    if voulues == list(situation.ressources.values_list("nature", "designation")):
        return
    situation.ressources.all().delete()
    Ressource.objects.bulk_create(
        Ressource(situation=situation, nature=nature, designation=designation, ordre=ordre)
        for ordre, (nature, designation) in enumerate(voulues, start=1)
    )


def _relire(situation: Situation) -> Situation:
    """La ligne telle qu'elle est, tenue jusqu'à la fin de la transaction."""
    lignes = Situation.objects.select_for_update(of=("self",))
    return lignes.select_related("classe__version", "classe__session", "periode", "sequence").get(pk=situation.pk)


def _tenir_les_codes(classes: Iterable[Classe]) -> None:
    """Un code est unique dans sa classe : deux créations simultanées y choisissent le leur l'une après l'autre."""
    cles = [classe.pk for classe in classes]
    # Toujours dans le même ordre : deux reprises vers les mêmes classes s'attendent sans se bloquer.
    list(Classe.objects.select_for_update(no_key=True).filter(pk__in=cles).order_by("pk").values_list("pk"))


def _refuser_si_verrouillee(situation: Situation) -> None:
    if situation.est_verrouillee:
        raise ValidationError("Cette situation est verrouillée : plus rien n'y change.")


def _verrou(est_verrouillee: bool) -> dict[str, bool]:
    return {"verrouillee": est_verrouillee}


def _journaliser(
    acte: str, utilisateur: Utilisateur, situation: Situation, avant: object, apres: object, motif: str = ""
) -> None:
    journaliser(
        chaine=f"situation:{situation.pk}",
        acte=acte,
        auteur=utilisateur,
        objet=situation,
        avant=avant,
        apres=apres,
        motif=motif,
    )
