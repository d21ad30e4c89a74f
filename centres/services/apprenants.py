"""Les actes sur les apprenants et leurs inscriptions datées."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from centres.enums import StatutApprenant
from centres.imports.identites import cles
from centres.journal import journaliser
from centres.models import Apprenant, Centre, Classe, Inscription, Utilisateur
from centres.permissions import apprenants_organises, peut_gerer_les_classes, roles_de
from centres.services.autorisation import autoriser
from centres.services.fiches import (
    corriger,
    empreinte_de_lignes,
    supprimer_si_libre,
    verifier_inchangee,
    verrouiller,
)
from referentiel.models import Option

CHAMPS_APPRENANT = ("nom", "prenom", "ine")
CHAMPS_INSCRIPTION = ("classe", "option", "statut", "debut", "fin")


@transaction.atomic
def creer_apprenant(
    *,
    auteur: Utilisateur | None,
    centre: Centre,
    nom: str,
    prenom: str,
    ine: str = "",
    utilisateur: Utilisateur | None = None,
) -> Apprenant:
    """`centre` est celui qui l'accueille : il autorise l'acte, l'inscription fera le lien."""
    autoriser(auteur is None or peut_gerer_les_classes(auteur, centre))
    apprenant = Apprenant(nom=nom.strip(), prenom=prenom.strip(), ine=ine.strip().upper(), utilisateur=utilisateur)
    apprenant.full_clean()
    apprenant.save(force_insert=True)
    journaliser(
        chaine=f"apprenant:{apprenant.pk}",
        acte="apprenant.cree",
        auteur=auteur,
        objet=apprenant,
        apres={"centre": centre.pk, "compte": utilisateur.pk if utilisateur else None},
    )
    return apprenant


@transaction.atomic
def modifier_apprenant(
    *, auteur: Utilisateur, apprenant: Apprenant, nom: str, prenom: str, ine: str, attendue: str | None = None
) -> Apprenant:
    """Nom, prénom, INE : rien d'autre n'est recueilli (DOMAINE §4)."""
    autoriser(apprenants_organises(auteur).filter(pk=apprenant.pk).exists())
    fiche = verrouiller(apprenant)
    corriger(
        auteur=auteur,
        fiche=fiche,
        valeurs={"nom": nom.strip(), "prenom": prenom.strip(), "ine": ine.strip().upper()},
        attendue=attendue,
        chaine=f"apprenant:{fiche.pk}",
        acte="apprenant.modifie",
        tus=CHAMPS_APPRENANT,
    )
    return fiche


@transaction.atomic
def accueillir_apprenant(
    *,
    auteur: Utilisateur,
    classe: Classe,
    nom: str,
    prenom: str,
    ine: str,
    option: Option | None,
    statut: StatutApprenant,
    debut: date,
    autre_personne: bool = False,
) -> Inscription:
    """Une fiche et sa première inscription, ensemble ou pas du tout.

    `autre_personne` : on a relu la fiche du centre dont le nom est proche, et ce n'est pas la même.
    """
    autoriser(peut_gerer_les_classes(auteur, classe.centre_id))
    if not autre_personne and (proches := _proches(classe.centre, nom, prenom)):
        dit = f"Un nom très proche existe déjà : {', '.join(map(str, proches))}. Est-ce la même personne ?"
        raise ValidationError({"autre_personne": dit})
    apprenant = creer_apprenant(auteur=auteur, centre=classe.centre, nom=nom, prenom=prenom, ine=ine)
    return inscrire_apprenant(
        auteur=auteur, classe=classe, apprenant=apprenant, option=option, statut=statut, debut=debut
    )


def _proches(centre: Centre, nom: str, prenom: str) -> list[Apprenant]:
    """Comme à l'import : accents, particule, nom double, nom et prénom inversés."""
    voulues = cles(nom, prenom)
    du_centre = Inscription.objects.filter(classe__centre=centre, apprenant__anonymise_le=None)
    connus = Apprenant.objects.filter(pk__in=du_centre.values("apprenant"))
    return [connu for connu in connus if cles(connu.nom, connu.prenom) & voulues]


@transaction.atomic
def inscrire_apprenant(
    *,
    auteur: Utilisateur | None,
    classe: Classe,
    apprenant: Apprenant,
    option: Option | None,
    statut: StatutApprenant,
    debut: date,
    fin: date | None = None,
    en_parallele: bool = False,
    confie: bool = False,
    attendue: str | None = None,
) -> Inscription:
    """Ouvre une inscription et ferme la veille celle qui courait : option ou statut changent, l'histoire reste.

    `en_parallele` : l'apprenant garde son inscription dans un autre centre (apprenti d'un CFA et d'un lycée
    partenaire). `confie` : l'autre centre l'a accepté (centres/services/partages.py). `attendue` : l'empreinte des
    inscriptions que la page montrait.
    """
    autoriser(auteur is None or peut_gerer_les_classes(auteur, classe.centre_id))
    # Deux inscriptions simultanées du même apprenant se suivent.
    apprenant = Apprenant.objects.select_for_update().get(pk=apprenant.pk)
    anciennes = inscriptions_de(apprenant)
    autoriser(auteur is None or confie or not anciennes or _connait(auteur, apprenant))
    verifier_inchangee(empreinte_inscriptions(anciennes), attendue)
    inscription = Inscription(apprenant=apprenant, classe=classe, option=option, statut=statut, debut=debut, fin=fin)
    verifier_debut(inscription)
    verifier_option(inscription)
    en_cours = inscription_remplacee(anciennes, inscription, en_parallele=en_parallele)
    avant = resume_inscription(en_cours) if en_cours else None
    if en_cours:
        garder_la_fin_prevue(en_cours, inscription)
        en_cours.fin = debut - timedelta(days=1)
        en_cours.save(update_fields=["fin"])
    inscription.full_clean()
    inscription.save(force_insert=True)
    journaliser(
        chaine=f"apprenant:{apprenant.pk}",
        acte="inscription.creee",
        auteur=auteur,
        objet=inscription,
        avant=avant,
        apres={**resume_inscription(inscription), **_fermeture(en_cours)},
    )
    return inscription


@transaction.atomic
def terminer_inscription(
    *, auteur: Utilisateur, inscription: Inscription, fin: date | None, attendue: str | None = None
) -> Inscription:
    """Un départ, ou une date de fin corrigée ; sans date, l'inscription court de nouveau."""
    autoriser(peut_gerer_les_classes(auteur, inscription.classe.centre_id))
    apprenant = Apprenant.objects.select_for_update().get(pk=inscription.apprenant_id)
    fiche = verrouiller(inscription)
    _verifier_fin(fiche, fin, inscriptions_de(apprenant))
    corriger(
        auteur=auteur,
        fiche=fiche,
        valeurs={"fin": fin},
        attendue=attendue,
        chaine=f"apprenant:{apprenant.pk}",
        acte="inscription.terminee",
    )
    return fiche


@transaction.atomic
def terminer_inscriptions(
    *, auteur: Utilisateur, inscriptions: Sequence[Inscription], fin: date, attendue: str | None = None
) -> int:
    """Plusieurs départs le même jour : tous ou aucun."""
    verifier_inchangee(empreinte_inscriptions(inscriptions), attendue)
    for inscription in sorted(inscriptions, key=lambda une: une.apprenant_id):
        try:
            terminer_inscription(auteur=auteur, inscription=inscription, fin=fin)
        except ValidationError as refus:
            raise ValidationError([f"{inscription.apprenant} : {texte}" for texte in refus.messages]) from refus
    return len(inscriptions)


@transaction.atomic
def retirer_inscription(*, auteur: Utilisateur, inscription: Inscription) -> None:
    """Une inscription saisie par erreur, tant que rien ne s'y rattache."""
    autoriser(peut_gerer_les_classes(auteur, inscription.classe.centre_id))
    apprenant = Apprenant.objects.select_for_update().get(pk=inscription.apprenant_id)
    fiche = verrouiller(inscription)
    if apprenant.inscriptions.count() == 1:
        raise ValidationError("C'est sa seule inscription : sans elle, sa fiche n'appartiendrait plus à aucun centre.")
    avant = resume_inscription(fiche)
    supprimer_si_libre(fiche)
    journaliser(
        chaine=f"apprenant:{apprenant.pk}",
        acte="inscription.retiree",
        auteur=auteur,
        objet=f"centres.inscription:{avant['inscription']}",
        avant=avant,
    )


def inscriptions_de(apprenant: Apprenant) -> list[Inscription]:
    return list(apprenant.inscriptions.select_related("classe", "option").order_by("debut", "pk"))


def empreinte_inscriptions(inscriptions: Iterable[Inscription]) -> str:
    return empreinte_de_lignes(inscriptions, CHAMPS_INSCRIPTION)


def _verifier_fin(fiche: Inscription, fin: date | None, autres: list[Inscription]) -> None:
    if fin and fin < fiche.debut:
        raise ValidationError({"fin": f"L'inscription a commencé le {fiche.debut:%d/%m/%Y}."})
    centre = next(autre.classe.centre_id for autre in autres if autre.pk == fiche.pk)
    for autre in autres:
        apres = autre.debut > fiche.debut and autre.classe.centre_id == centre
        if apres and (fin is None or autre.debut <= fin):
            raise ValidationError({"fin": f"Une autre inscription commence le {autre.debut:%d/%m/%Y}."})


def _connait(auteur: Utilisateur, apprenant: Apprenant) -> bool:
    """Un apprenant déjà inscrit ailleurs n'entre pas dans une classe par la seule connaissance de son numéro."""
    visible = Apprenant.objects.visibles_par(auteur).filter(pk=apprenant.pk).exists()
    return visible or roles_de(auteur).est_administrateur


def verifier_debut(inscription: Inscription) -> None:
    classe = inscription.classe
    premier, dernier = classe.bornes
    if not premier <= inscription.debut <= dernier:
        dit = (
            f"{classe.libelle_annee} va du {premier:%d/%m/%Y} au {dernier:%d/%m/%Y} : l'entrée en {classe.nom} y tient."
        )
        raise ValidationError({"debut": dit})


def garder_la_fin_prevue(ancienne: Inscription, nouvelle: Inscription) -> None:
    """Un changement en cours d'année ne prolonge personne : le départ déjà prévu reste prévu."""
    if nouvelle.fin is None and ancienne.classe.annee_scolaire == nouvelle.classe.annee_scolaire:
        nouvelle.fin = ancienne.fin


def verifier_option(inscription: Inscription) -> None:
    """L'élève de seconde commune n'a pas d'option ; l'apprenti en a une dès l'entrée (DOMAINE §1)."""
    classe, option = inscription.classe, inscription.option
    version = classe.version
    if option and option.version_id != version.pk:
        raise ValidationError({"option": "Cette option n'est pas de la version du référentiel que suit la classe."})
    commune = bool(version.famille_code) and classe.annee_cycle == 1
    seconde_commune = commune and inscription.statut == StatutApprenant.SCOLAIRE
    if seconde_commune and option:
        raise ValidationError({"option": "Un élève de seconde commune n'a pas encore d'option."})
    if not seconde_commune and not option and version.options.exists():
        raise ValidationError({"option": "Choisir l'option suivie."})


def inscription_remplacee(
    anciennes: list[Inscription], nouvelle: Inscription, *, en_parallele: bool = False
) -> Inscription | None:
    """L'inscription que la nouvelle remplace ; refuse les chevauchements et les redites.

    Celle du même centre d'abord : un apprenti suivi par deux centres change d'option dans l'un sans quitter l'autre.
    """
    ici = [a for a in anciennes if a.classe.centre_id == nouvelle.classe.centre_id]
    courante = _courante(ici, nouvelle.debut)
    concernees = ici if courante or en_parallele else anciennes
    for ancienne in concernees:
        if ancienne.debut >= nouvelle.debut and (nouvelle.fin is None or ancienne.debut <= nouvelle.fin):
            raise ValidationError({"debut": f"Une inscription commence déjà le {ancienne.debut:%d/%m/%Y}."})
    courante = courante or _courante(concernees, nouvelle.debut)
    if courante and (courante.classe_id, courante.option_id, courante.statut) == (
        nouvelle.classe_id,
        nouvelle.option_id,
        nouvelle.statut,
    ):
        raise ValidationError("Cet apprenant est déjà inscrit dans cette classe avec cette option et ce statut.")
    return courante


def _courante(anciennes: list[Inscription], debut: date) -> Inscription | None:
    """Celle qui court la veille de `debut`."""
    courante = next((a for a in reversed(anciennes) if a.debut < debut), None)
    return None if courante is None or (courante.fin and courante.fin < debut) else courante


def _fermeture(en_cours: Inscription | None) -> dict[str, Any]:
    return {"fermee": {"inscription": en_cours.pk, "fin": en_cours.fin}} if en_cours else {}


def resume_inscription(inscription: Inscription) -> dict[str, Any]:
    return {
        "inscription": inscription.pk,
        "classe": inscription.classe_id,
        "option": inscription.option.code if inscription.option else None,
        "statut": inscription.statut,
        "debut": inscription.debut,
        "fin": inscription.fin,
    }
