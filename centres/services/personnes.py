"""Les actes sur les comptes et les rôles datés."""

from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from itertools import count

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify

from centres.enums import Role
from centres.journal import journaliser
from centres.models import Affectation, Centre, Utilisateur
from centres.permissions import oublier_roles, peut_affecter, peut_changer_l_adresse, peut_gerer_le_compte, roles_de
from centres.services.autorisation import autoriser
from centres.services.comptes import revoquer_les_liens
from centres.services.courriels import prevenir_l_ancienne_adresse
from centres.services.fiches import corriger, empreinte_de_lignes, verifier_inchangee, verrouiller
from centres.services.sessions import fermer_sessions

CHAMPS_PERSONNE = ("first_name", "last_name", "email")
ADRESSE_FIGEE = (
    "Ce compte sert déjà : seul l'administrateur en change l'adresse, car qui la choisit peut reprendre le compte."
)
SA_PROPRE_ADRESSE = "C'est votre propre adresse : donnez-vous ce rôle depuis votre fiche, qui dit ce que cela change."


@transaction.atomic
def creer_utilisateur(
    *, auteur: Utilisateur | None, identifiant: str, prenom: str, nom: str, email: str = ""
) -> Utilisateur:
    """Un compte sans mot de passe : il n'ouvre rien tant que la personne n'en a pas choisi un."""
    autoriser(auteur is None or roles_de(auteur).est_administrateur)
    return _ouvrir_compte(auteur, identifiant=identifiant, prenom=prenom, nom=nom, email=email)


@transaction.atomic
def affecter(
    *,
    auteur: Utilisateur | None,
    utilisateur: Utilisateur,
    role: Role,
    centre: Centre | None,
    debut: date,
    fin: date | None = None,
) -> Affectation:
    autoriser(auteur is None or peut_affecter(auteur, centre, role))
    affectation = Affectation(utilisateur=utilisateur, centre=centre, role=role, debut=debut, fin=fin)
    affectation.full_clean()
    affectation.save(force_insert=True)
    oublier_roles(utilisateur)
    fermer_sessions(utilisateur)
    journaliser(
        chaine=f"utilisateur:{utilisateur.pk}",
        acte="affectation.creee",
        auteur=auteur,
        objet=affectation,
        apres={"role": role, "centre": centre.pk if centre else None, "debut": debut, "fin": fin},
    )
    return affectation


@transaction.atomic
def accueillir_personne(
    *,
    auteur: Utilisateur,
    prenom: str,
    nom: str,
    email: str,
    role: Role,
    centre: Centre | None,
    debut: date,
    fin: date | None = None,
) -> tuple[Affectation, bool]:
    """Donne un rôle à une personne ; son compte est créé si son adresse n'en a pas encore (vrai dans ce cas).

    Quelqu'un qui travaille déjà dans un autre centre garde son compte : il y gagne un rôle, rien d'autre n'y change.
    """
    autoriser(peut_affecter(auteur, centre, role))
    adresse = email.strip().lower()
    if not adresse:
        raise ValidationError({"email": "L'adresse professionnelle sert à inviter la personne."})
    personne = Utilisateur.objects.filter(email__iexact=adresse, apprenant__isnull=True).first()
    if personne == auteur:
        raise ValidationError({"email": SA_PROPRE_ADRESSE})
    nouveau = personne is None
    if personne is None:
        personne = _ouvrir_compte(
            auteur, identifiant=identifiant_libre(prenom, nom), prenom=prenom.strip(), nom=nom.strip(), email=adresse
        )
    affectation = affecter(auteur=auteur, utilisateur=personne, role=role, centre=centre, debut=debut, fin=fin)
    return affectation, nouveau


@transaction.atomic
def modifier_personne(
    *, auteur: Utilisateur, personne: Utilisateur, prenom: str, nom: str, email: str, attendue: str | None = None
) -> Utilisateur:
    """L'adresse d'un compte qui sert : l'administrateur seul ; sessions et liens tombent, l'ancienne l'apprend."""
    autoriser(peut_gerer_le_compte(auteur, personne))
    fiche = verrouiller(personne)
    adresse, ancienne = email.strip().lower(), fiche.email
    change = adresse != ancienne.lower()
    if change and not peut_changer_l_adresse(auteur, fiche):
        raise ValidationError({"email": ADRESSE_FIGEE})
    if adresse and Utilisateur.objects.filter(email__iexact=adresse).exclude(pk=fiche.pk).exists():
        raise ValidationError({"email": "Un autre compte a déjà cette adresse."})
    corriger(
        auteur=auteur,
        fiche=fiche,
        valeurs={"first_name": prenom.strip(), "last_name": nom.strip(), "email": adresse},
        attendue=attendue,
        chaine=f"utilisateur:{fiche.pk}",
        acte="utilisateur.modifie",
        tus=CHAMPS_PERSONNE,
    )
    if change:
        revoquer_les_liens(fiche)
    if change and fiche.a_servi:
        fermer_sessions(fiche)
        if ancienne:
            prevenir = partial(prevenir_l_ancienne_adresse, fiche, auteur, ancienne)
            transaction.on_commit(prevenir, robust=True)
    return fiche


@transaction.atomic
def ouvrir_ou_fermer_compte(
    *, auteur: Utilisateur, personne: Utilisateur, actif: bool, attendue: str | None = None
) -> Utilisateur:
    """Un compte fermé n'ouvre plus rien, tout de suite ; ses rôles et ce qu'il a écrit restent."""
    autoriser(peut_gerer_le_compte(auteur, personne))
    if personne.pk == auteur.pk:
        raise ValidationError("On ne ferme pas son propre compte.")
    fiche = verrouiller(personne)
    corriger(
        auteur=auteur,
        fiche=fiche,
        valeurs={"is_active": actif},
        attendue=attendue,
        chaine=f"utilisateur:{fiche.pk}",
        acte="utilisateur.rouvert" if actif else "utilisateur.ferme",
    )
    fermer_sessions(fiche)
    return fiche


@transaction.atomic
def terminer_affectation(
    *, auteur: Utilisateur, affectation: Affectation, fin: date | None, attendue: str | None = None
) -> Affectation:
    """Le rôle vaut jusqu'au soir de `fin` ; sans date, il court de nouveau."""
    role = Role(affectation.role)
    autoriser(peut_affecter(auteur, affectation.centre, role))
    # Avant la fiche elle-même : deux départs simultanés verrouillent tout dans le même ordre.
    if role == Role.ADMINISTRATEUR and fin and not _reste_un_administrateur(affectation):
        raise ValidationError({"fin": "C'est le dernier administrateur : nommez d'abord son successeur."})
    fiche = verrouiller(affectation)
    if fin and fin < fiche.debut:
        raise ValidationError({"fin": f"Ce rôle a commencé le {fiche.debut:%d/%m/%Y}."})
    corriger(
        auteur=auteur,
        fiche=fiche,
        valeurs={"fin": fin},
        attendue=attendue,
        chaine=f"utilisateur:{fiche.utilisateur_id}",
        acte="affectation.terminee",
    )
    oublier_roles(affectation.utilisateur)
    fermer_sessions(affectation.utilisateur)
    return fiche


@transaction.atomic
def terminer_affectations(
    *, auteur: Utilisateur, affectations: Sequence[Affectation], fin: date, attendue: str | None = None
) -> int:
    """Plusieurs rôles finissent le même jour, tous ou aucun ; un rôle qui devait finir plus tôt n'est pas prolongé."""
    verifier_inchangee(empreinte_affectations(affectations), attendue)
    touchees = [une for une in affectations if une.fin is None or une.fin > fin]
    if not touchees:
        raise ValidationError({"fin": "Ces rôles finissent déjà à cette date, ou avant."})
    for une in sorted(touchees, key=lambda une: une.pk):
        try:
            terminer_affectation(auteur=auteur, affectation=une, fin=fin)
        except ValidationError as refus:
            raise ValidationError([f"{une} : {texte}" for texte in refus.messages]) from refus
    return len(touchees)


def empreinte_affectations(affectations: Iterable[Affectation]) -> str:
    return empreinte_de_lignes(affectations, ("role", "centre", "debut", "fin"))


def identifiant_libre(prenom: str, nom: str) -> str:
    """« hfaye », puis « hfaye2 » : court, sans accent, stable."""
    racine = slugify(f"{prenom.strip()[:1]}{nom}").replace("-", "")[:30] or "compte"
    pris = set(Utilisateur.objects.filter(username__startswith=racine).values_list("username", flat=True))
    return next(essai for rang in count(1) if (essai := racine if rang == 1 else f"{racine}{rang}") not in pris)


def _reste_un_administrateur(sauf: Affectation) -> bool:
    # Tenues ensemble jusqu'à la fin de la transaction : deux départs simultanés ne laissent pas la place vide.
    tenues = Affectation.objects.filter(role=Role.ADMINISTRATEUR, fin__isnull=True, utilisateur__is_active=True)
    # Par clé : l'ordre du modèle joindrait le centre, que PostgreSQL ne sait pas verrouiller quand il est vide.
    verrouillees = tenues.order_by("pk").select_for_update(of=("self",))
    return any(autre.pk != sauf.pk for autre in verrouillees)


def _ouvrir_compte(auteur: Utilisateur | None, *, identifiant: str, prenom: str, nom: str, email: str) -> Utilisateur:
    utilisateur = Utilisateur(username=identifiant, first_name=prenom, last_name=nom, email=email)
    utilisateur.set_unusable_password()
    utilisateur.full_clean()
    utilisateur.save(force_insert=True)
    journaliser(
        chaine=f"utilisateur:{utilisateur.pk}",
        acte="utilisateur.cree",
        auteur=auteur,
        objet=utilisateur,
    )
    return utilisateur
