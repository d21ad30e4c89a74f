"""Administration des apprenants : liste, fiche, inscriptions datées, actes en groupe."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from centres.enums import StatutApprenant
from centres.forms.base import FicheForm, FiltreApprenantsForm
from centres.forms.organisation import (
    RAPPEL_IDENTITE,
    AccueilApprenantForm,
    ApprenantForm,
    DepartForm,
    DeplacementForm,
    FinForm,
    InscriptionForm,
)
from centres.models import Inscription
from centres.permissions import (
    apprenant_organise_ou_404,
    centres_organises,
    inscription_organisee_ou_404,
    organisation_ou_404,
    peut_lire_le_journal_de_l_apprenant,
)
from centres.queries.organisation import (
    apprenants_filtres,
    choix_annees,
    classes_organisees,
    inscriptions_en_cours,
    inscriptions_visibles,
    lignes_apprenants,
    options_suivies,
    partage_ouvert,
)
from centres.services.apprenants import (
    CHAMPS_APPRENANT,
    accueillir_apprenant,
    empreinte_inscriptions,
    inscriptions_de,
    inscrire_apprenant,
    modifier_apprenant,
    retirer_inscription,
    terminer_inscription,
    terminer_inscriptions,
)
from centres.services.fiches import valeurs_de
from centres.services.rentree import deplacer_apprenants
from centres.views.organisation import (
    APPRENANTS,
    ECRITURE,
    Requete,
    cles_cochees,
    confirmer,
    donnees_de,
    enregistrer,
    lue,
    page_liste,
)

OPTION_EN_TERMINALE = (
    "Option changée en dernière année : la note se calculera avec la grille de la nouvelle option. "
    "Vérifiez la répartition des épreuves et les niveaux déjà donnés."
)


@require_safe
def apprenants(request: Requete) -> HttpResponse:
    organisation_ou_404(request.user)
    classes = list(classes_organisees(request.user))
    codes = sorted({option.code for option in options_suivies(classes)})
    choix: dict[str, list[tuple[Any, str]]] = {
        "classe": [(classe.pk, str(classe)) for classe in classes],
        "option": [(code, code) for code in codes],
        "statut": [(statut.value, str(statut.label).capitalize()) for statut in StatutApprenant],
        "annee": [(annee, libelle) for annee, libelle in choix_annees(classes)],
    }
    formulaire = FiltreApprenantsForm(request.GET, choix=choix)
    return page_liste(
        request,
        "centres/organisation_apprenants.html",
        formulaire,
        apprenants_filtres(request.user, formulaire.filtre()),
        partial(lignes_apprenants, request.user),
        rubrique=APPRENANTS,
        rien="Aucun apprenant ne correspond",
        a_des_classes=bool(classes),
    )


@require_safe
def apprenant(request: Requete, pk: int) -> HttpResponse:
    fiche = apprenant_organise_ou_404(request.user, pk)
    contexte = {
        "apprenant": fiche,
        "inscriptions": list(inscriptions_visibles(request.user, [fiche]))[::-1],
        "partage": partage_ouvert(fiche),
        "peut_lire_le_journal": peut_lire_le_journal_de_l_apprenant(request.user, fiche),
    }
    return render(request, "centres/organisation_apprenant.html", contexte)


@require_http_methods(ECRITURE)
def apprenant_creer(request: Requete) -> HttpResponse:
    organisation_ou_404(request.user)
    formulaire = AccueilApprenantForm(
        donnees_de(request), initial={"debut": timezone.localdate()}, **choix_inscription(request, parallele=False)
    )
    return enregistrer(
        request,
        formulaire,
        lambda: accueillir_apprenant(auteur=request.user, **formulaire.saisie()),
        lambda acte: (f"{acte.apprenant} est inscrit en {acte.classe}.", page_de_l_apprenant(acte.apprenant_id)),
        titre="Nouvel apprenant",
        envoyer="Créer et inscrire",
        rubrique=APPRENANTS,
        rappel=RAPPEL_IDENTITE,
    )


@require_http_methods(ECRITURE)
def apprenant_modifier(request: Requete, pk: int) -> HttpResponse:
    fiche = apprenant_organise_ou_404(request.user, pk)
    formulaire = ApprenantForm(donnees_de(request), initial=valeurs_de(fiche, CHAMPS_APPRENANT))
    return enregistrer(
        request,
        formulaire,
        lambda: modifier_apprenant(auteur=request.user, apprenant=fiche, **formulaire.saisie(), attendue=lue(request)),
        lambda faite: (f"Fiche de {faite} enregistrée.", page_de_l_apprenant(pk)),
        titre=f"Modifier {fiche}",
        envoyer="Enregistrer",
        rubrique=APPRENANTS,
        retour=page_de_l_apprenant(pk),
        rappel=RAPPEL_IDENTITE,
    )


@require_http_methods(ECRITURE)
def apprenant_inscrire(request: Requete, pk: int) -> HttpResponse:
    """Changer de classe, d'option ou de statut, redoubler, ou suivre un second centre."""
    fiche = apprenant_organise_ou_404(request.user, pk)
    derniere = list(inscriptions_visibles(request.user, [fiche]))[-1]
    formulaire = InscriptionForm(
        donnees_de(request), initial=_suite_de(derniere), **choix_inscription(request, parallele=True)
    )

    def suite(acte: Inscription) -> tuple[str, str]:
        if acte.classe.est_derniere_annee and derniere.option_id not in {None, acte.option_id}:
            messages.warning(request, OPTION_EN_TERMINALE)
        dit = f"{fiche} est inscrit en {acte.classe} à partir du {acte.debut:%d/%m/%Y}."
        return dit, page_de_l_apprenant(pk)

    return enregistrer(
        request,
        formulaire,
        lambda: inscrire_apprenant(auteur=request.user, apprenant=fiche, **formulaire.saisie(), attendue=lue(request)),
        suite,
        titre=f"Changement pour {fiche}",
        envoyer="Enregistrer le changement",
        rubrique=APPRENANTS,
        retour=page_de_l_apprenant(pk),
    )


@require_http_methods(ECRITURE)
def inscription_terminer(request: Requete, pk: int) -> HttpResponse:
    inscription = inscription_organisee_ou_404(request.user, pk)
    initial = valeurs_de(inscription, ("fin",))
    formulaire = FinForm(donnees_de(request), initial={**initial, "fin": initial["fin"] or timezone.localdate()})
    retour = page_de_l_apprenant(inscription.apprenant_id)

    def suite(acte: Inscription) -> tuple[str, str]:
        quand = f"finit le {acte.fin:%d/%m/%Y}" if acte.fin else "court de nouveau"
        return f"{inscription.apprenant} : l'inscription en {inscription.classe} {quand}.", retour

    return enregistrer(
        request,
        formulaire,
        lambda: terminer_inscription(
            auteur=request.user, inscription=inscription, **formulaire.saisie(), attendue=lue(request)
        ),
        suite,
        titre=f"Fin de l'inscription de {inscription.apprenant} en {inscription.classe}",
        envoyer="Enregistrer la date",
        rubrique=APPRENANTS,
        retour=retour,
    )


@require_http_methods(ECRITURE)
def inscription_retirer(request: Requete, pk: int) -> HttpResponse:
    inscription = inscription_organisee_ou_404(request.user, pk)
    return confirmer(
        request,
        lambda: retirer_inscription(auteur=request.user, inscription=inscription),
        fait=f"{inscription.apprenant} : inscription en {inscription.classe} retirée.",
        titre=f"Retirer une inscription de {inscription.apprenant}",
        question="Pour une inscription saisie par erreur. Un départ se note par une date de fin.",
        concernes=[f"{inscription.classe}, à partir du {inscription.debut:%d/%m/%Y}"],
        envoyer="Retirer l'inscription",
        rubrique=APPRENANTS,
        retour=page_de_l_apprenant(inscription.apprenant_id),
    )


@require_http_methods(ECRITURE)
def apprenants_depart(request: Requete) -> HttpResponse:
    """Fin de plusieurs inscriptions le même jour."""
    choisies = _choisies(request)
    formulaire = DepartForm(donnees_de(request), initial=_initial_groupe(choisies, "fin"))
    return _en_groupe(
        request,
        choisies,
        formulaire,
        lambda: terminer_inscriptions(
            auteur=request.user, inscriptions=choisies, **formulaire.saisie(), attendue=lue(request)
        ),
        lambda nombre: f"{nombre} inscription{'s' if nombre > 1 else ''} terminée{'s' if nombre > 1 else ''}.",
        titre="Terminer des inscriptions",
        envoyer="Terminer ces inscriptions",
    )


@require_http_methods(ECRITURE)
def apprenants_deplacement(request: Requete) -> HttpResponse:
    """Plusieurs apprenants changent de classe ensemble."""
    choisies = _choisies(request)
    formulaire = DeplacementForm(
        donnees_de(request),
        classes=classes_organisees(request.user),
        initial=_initial_groupe(choisies, "debut"),
    )
    return _en_groupe(
        request,
        choisies,
        formulaire,
        lambda: deplacer_apprenants(
            auteur=request.user, inscriptions=choisies, **formulaire.saisie(), attendue=lue(request)
        ),
        lambda classe: f"{classe} : {len(choisies)} apprenant{'s' if len(choisies) > 1 else ''} de plus.",
        titre="Changer de classe",
        envoyer="Changer ces apprenants de classe",
    )


def choix_inscription(request: Requete, *, parallele: bool) -> dict[str, Any]:
    classes = classes_organisees(request.user)
    centres = centres_organises(request.user).count() if parallele else 1
    return {"classes": classes, "options_suivies": options_suivies(classes), "plusieurs_centres": centres > 1}


def page_de_l_apprenant(pk: int) -> str:
    return reverse("centres:organisation_apprenant", args=[pk])


def _suite_de(derniere: Inscription) -> dict[str, Any]:
    """Ce que la page propose : la même inscription, à partir d'aujourd'hui ramené dans l'année de la classe."""
    premier, dernier = derniere.classe.bornes
    return {
        "classe": derniere.classe_id,
        "option": derniere.option_id,
        "statut": derniere.statut,
        "debut": min(max(timezone.localdate(), premier), dernier),
        "empreinte": empreinte_inscriptions(inscriptions_de(derniere.apprenant)),
    }


def _choisies(request: Requete) -> list[Inscription]:
    """Les inscriptions en cours des apprenants cochés ; ceux d'un autre centre ne comptent pas."""
    organisation_ou_404(request.user)
    return inscriptions_en_cours(request.user, cles_cochees(request, "apprenant"), timezone.localdate())


def _initial_groupe(choisies: Sequence[Inscription], champ: str) -> dict[str, Any]:
    return {champ: timezone.localdate(), "empreinte": empreinte_inscriptions(choisies)}


def _en_groupe(
    request: Requete,
    choisies: Sequence[Inscription],
    formulaire: FicheForm,
    acte: Callable[[], Any],
    dit: Callable[[Any], str],
    **page: Any,
) -> HttpResponse:
    if not choisies:
        messages.warning(request, "Cochez dans la liste des apprenants dont l'inscription est en cours.")
        return redirect(APPRENANTS[1])
    return enregistrer(
        request,
        formulaire,
        acte,
        lambda fait: (dit(fait), reverse(APPRENANTS[1])),
        rubrique=APPRENANTS,
        concernes=[f"{une.apprenant} – {une.classe}, depuis le {une.debut:%d/%m/%Y}" for une in choisies],
        ce_que_c_est="inscription",
        caches=[("apprenant", cle) for cle in sorted({une.apprenant_id for une in choisies})],
        **page,
    )
