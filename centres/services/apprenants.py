"""Les actes sur les apprenants et leurs inscriptions datées."""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from centres.enums import StatutApprenant
from centres.journal import journaliser
from centres.models import Apprenant, Centre, Classe, Inscription, Utilisateur
from centres.permissions import peut_gerer_les_classes, roles_de
from centres.services.autorisation import autoriser
from referentiel.models import Option


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
def inscrire_apprenant(
    *,
    auteur: Utilisateur | None,
    classe: Classe,
    apprenant: Apprenant,
    option: Option | None,
    statut: StatutApprenant,
    debut: date,
    fin: date | None = None,
) -> Inscription:
    """Ouvre une inscription et ferme la veille celle qui courait : option ou statut changent, l'histoire reste."""
    autoriser(auteur is None or peut_gerer_les_classes(auteur, classe.centre_id))
    # Deux inscriptions simultanées du même apprenant se suivent.
    apprenant = Apprenant.objects.select_for_update().get(pk=apprenant.pk)
    anciennes = list(apprenant.inscriptions.order_by("debut"))
    autoriser(auteur is None or not anciennes or _connait(auteur, apprenant))
    inscription = Inscription(apprenant=apprenant, classe=classe, option=option, statut=statut, debut=debut, fin=fin)
    _verifier_option(inscription)
    en_cours = _en_cours(anciennes, inscription)
    if en_cours:
        en_cours.fin = debut - timedelta(days=1)
        en_cours.save(update_fields=["fin"])
    inscription.full_clean()
    inscription.save(force_insert=True)
    journaliser(
        chaine=f"apprenant:{apprenant.pk}",
        acte="inscription.creee",
        auteur=auteur,
        objet=inscription,
        avant=resume_inscription(en_cours) if en_cours else None,
        apres=resume_inscription(inscription),
    )
    return inscription


def _connait(auteur: Utilisateur, apprenant: Apprenant) -> bool:
    """Un apprenant déjà inscrit ailleurs n'entre pas dans une classe par la seule connaissance de son numéro."""
    visible = Apprenant.objects.visibles_par(auteur).filter(pk=apprenant.pk).exists()
    return visible or roles_de(auteur).est_administrateur


def _verifier_option(inscription: Inscription) -> None:
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


def _en_cours(anciennes: list[Inscription], nouvelle: Inscription) -> Inscription | None:
    """L'inscription que la nouvelle remplace ; refuse les chevauchements et les redites."""
    for ancienne in anciennes:
        if ancienne.debut >= nouvelle.debut and (nouvelle.fin is None or ancienne.debut <= nouvelle.fin):
            raise ValidationError({"debut": f"Une inscription commence déjà le {ancienne.debut:%d/%m/%Y}."})
    courante = next((a for a in reversed(anciennes) if a.debut < nouvelle.debut), None)
    if courante is None or (courante.fin and courante.fin < nouvelle.debut):
        return None
    if (courante.classe_id, courante.option_id, courante.statut) == (
        nouvelle.classe_id,
        nouvelle.option_id,
        nouvelle.statut,
    ):
        raise ValidationError("Cet apprenant est déjà inscrit dans cette classe avec cette option et ce statut.")
    return courante


def resume_inscription(inscription: Inscription) -> dict[str, Any]:
    return {
        "inscription": inscription.pk,
        "classe": inscription.classe_id,
        "option": inscription.option.code if inscription.option else None,
        "statut": inscription.statut,
        "debut": inscription.debut,
        "fin": inscription.fin,
    }
