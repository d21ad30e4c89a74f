"""Les actes de la certification : publier une grille, en préparer une nouvelle version, demander des dossiers."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db import DatabaseError, transaction
from django.db.models import Max
from django.utils import timezone

from centres.journal import journaliser
from centres.models import Apprenant, Classe, Utilisateur
from centres.permissions import apprenants_organises, peut_voir_les_notes, roles_de
from certification.bareme import EntreeInvalide
from certification.enums import EtatTravail
from certification.models import DUREE_BENEFICE, BeneficeNote, Candidat, Grille, PoidsGrille, Travail
from certification.queries.grilles import parametres_de
from referentiel.models import Competence, Epreuve, Ponderation, SessionExamen, VersionReferentiel

# Sans signe de vie aussi longtemps, une demande est tenue pour perdue et peut être refaite (un dossier : 2 à 6 s).
DELAI_TRAVAIL = timedelta(minutes=3)
PARAMETRES = (
    "points_niveau_1",
    "points_niveau_2",
    "points_niveau_3",
    "points_niveau_4",
    "granularite",
    "non_evalue",
    "arrondi",
    "bonus_max",
    "seuil_commentaire",
)


@transaction.atomic
def publier_grilles_par_defaut(version: VersionReferentiel, auteur: Utilisateur | None = None) -> list[Grille]:
    """Une grille publiée par option × épreuve, aux POIDS du référentiel (DOMAINE §1, [D]) ; sans effet si elle existe.

    Rend les grilles en vigueur sans session, qu'elles viennent d'être créées ou non.
    """
    epreuves = list(version.epreuves.order_by("ordre"))
    publiees = Grille.objects.publiees().filter(version=version, session__isnull=True).order_by("numero")
    existantes = {(grille.option_id, grille.epreuve_id): grille for grille in publiees}
    grilles = []
    for option in version.options.order_by("ordre"):
        poids = Ponderation.objects.filter(option=option).select_related("competence__bloc")
        for epreuve in epreuves:
            grille = existantes.get((option.pk, epreuve.pk))
            if grille is None:
                numero = _numero_suivant(version=version, option=option, epreuve=epreuve, session=None)
                grille = Grille.objects.create(version=version, option=option, epreuve=epreuve, numero=numero)
                siens = [ligne for ligne in poids if ligne.competence.bloc_id == epreuve.bloc_id]
                PoidsGrille.objects.bulk_create(
                    PoidsGrille(grille=grille, competence=ligne.competence, poids=ligne.poids) for ligne in siens
                )
                _publier(grille, auteur)
            grilles.append(grille)
    return grilles


@transaction.atomic
def publier_grille(*, utilisateur: Utilisateur, grille: Grille) -> Grille:
    """Fige une grille : dès cet instant elle peut fonder des notes, et plus rien ne la modifie."""
    _verifier_droit(utilisateur)
    grille = Grille.objects.select_for_update().get(pk=grille.pk)
    if grille.publiee_le is not None:
        raise ValidationError("Cette grille est déjà publiée : préparez une nouvelle version pour la corriger.")
    _publier(grille, utilisateur)
    return grille


@transaction.atomic
def nouvelle_version_de_grille(
    *, utilisateur: Utilisateur, grille: Grille, session: SessionExamen | None = None
) -> Grille:
    """Un brouillon à corriger, copie d'une grille publiée, pour toutes les sessions ou pour une seule."""
    _verifier_droit(utilisateur)
    if session is not None and session.diplome_id != grille.version.diplome_id:
        raise ValidationError("Cette session n'est pas celle du diplôme de la grille.")
    copie = Grille(
        version=grille.version,
        option=grille.option,
        epreuve=grille.epreuve,
        session=session,
        numero=_numero_suivant(version=grille.version, option=grille.option, epreuve=grille.epreuve, session=session),
        **{champ: getattr(grille, champ) for champ in PARAMETRES},
    )
    copie.save(force_insert=True)
    PoidsGrille.objects.bulk_create(
        PoidsGrille(grille=copie, competence_id=ligne.competence_id, poids=ligne.poids) for ligne in grille.poids.all()
    )
    journaliser(
        chaine=_chaine(grille),
        acte="preparer_grille",
        auteur=utilisateur,
        objet=copie,
        avant={"grille": grille.pk},
        apres=_contenu(copie),
    )
    return copie


@transaction.atomic
def creer_travail(*, utilisateur: Utilisateur, classe: Classe, epreuve: Epreuve) -> tuple[Travail, bool]:
    """La demande des dossiers d'une classe, et si elle est nouvelle.

    Les résultats précédents sont effacés : un dossier périmé ne traîne pas sur le serveur.
    """
    if not peut_voir_les_notes(utilisateur, classe.centre_id):
        raise PermissionDenied("Ces dossiers portent des notes proposées : ils ne vous sont pas ouverts.")
    # La classe sert de verrou : deux clics, ou deux personnes, ne lancent qu'une fabrication.
    Classe.objects.select_for_update().get(pk=classe.pk)
    maintenant = timezone.now()
    anterieurs = Travail.objects.filter(classe=classe, epreuve=epreuve)
    if actif := anterieurs.actifs(maintenant - DELAI_TRAVAIL).first():
        return actif, False
    for ancien in anterieurs:
        _effacer_travail(ancien)
    travail = Travail.objects.create(
        classe=classe,
        epreuve=epreuve,
        auteur=utilisateur,
        total=Candidat.objects.de_la_classe(classe).count(),
        demande_le=maintenant,
        avance_le=maintenant,
    )
    journaliser(
        chaine=f"certification:classe:{classe.pk}",
        acte="demander_dossiers",
        auteur=utilisateur,
        objet=classe,
        apres={"epreuve": epreuve.code, "candidats": travail.total},
    )
    return travail, True


def commencer_travail(travail: Travail, total: int) -> None:
    _avancer(travail, etat=EtatTravail.EN_COURS, fait=0, total=total)


def noter_avancement(travail: Travail, fait: int) -> None:
    _avancer(travail, fait=fait)


def finir_travail(travail: Travail, contenu: ContentFile[bytes]) -> None:
    """Le nom du fichier ne se devine pas et ne dit rien ; le téléchargement revérifie les droits."""
    travail.fichier.save(f"{uuid4().hex}.pdf", contenu, save=False)
    try:
        _avancer(travail, etat=EtatTravail.FINI, fichier=travail.fichier)
    except DatabaseError:
        # Une nouvelle demande a effacé celle-ci : ce fichier de notes ne serait plus à personne.
        travail.fichier.delete(save=False)
        raise


def interrompre_travail(travail: Travail) -> None:
    _avancer(travail, etat=EtatTravail.ECHOUE)


def _avancer(travail: Travail, **champs: object) -> None:
    for champ, valeur in champs.items():
        setattr(travail, champ, valeur)
    travail.avance_le = timezone.now()
    travail.save(update_fields=[*champs, "avance_le"])


def _effacer_travail(travail: Travail) -> None:
    if nom := travail.fichier.name:
        stockage = travail.fichier.storage
        transaction.on_commit(lambda: stockage.delete(nom))
    travail.delete()


def _publier(grille: Grille, auteur: Utilisateur | None) -> None:
    poids = list(grille.poids.select_related("competence"))
    attendues = set(Competence.objects.filter(bloc__epreuve=grille.epreuve).values_list("code", flat=True))
    if {ligne.competence.code for ligne in poids} != attendues:
        raise ValidationError("Une grille donne un poids à chaque compétence de son épreuve, et à aucune autre.")
    try:
        parametres_de(grille, poids)
    except EntreeInvalide as erreur:
        raise ValidationError(f"Cette grille ne peut pas noter : {erreur}.") from erreur
    grille.publiee_le = timezone.now()
    grille.save(update_fields=["publiee_le"])
    journaliser(chaine=_chaine(grille), acte="publier_grille", auteur=auteur, objet=grille, apres=_contenu(grille))


def _verifier_droit(utilisateur: Utilisateur) -> None:
    """Les grilles sont des données de référence : l'administrateur en répond, comme du référentiel (DOMAINE §7)."""
    if not roles_de(utilisateur).est_administrateur:
        raise PermissionDenied("Seul un administrateur publie une grille de notation.")


def _numero_suivant(**objet: object) -> int:
    dernier = Grille.objects.filter(**objet).aggregate(dernier=Max("numero"))["dernier"]
    return (dernier or 0) + 1


def _chaine(grille: Grille) -> str:
    return f"grilles:{grille.version_id}"


def _contenu(grille: Grille) -> dict[str, object]:
    """Ce que le journal garde d'une grille : tout ce qui change une note."""
    poids = grille.poids.select_related("competence")
    return {
        "grille": str(grille),
        "session": grille.session.annee if grille.session else None,
        "poids": {ligne.competence.code: ligne.poids for ligne in poids},
        **{champ: str(getattr(grille, champ)) for champ in PARAMETRES},
    }


@transaction.atomic
def conserver_note(
    *, utilisateur: Utilisateur, apprenant: Apprenant, epreuve: Epreuve, session_obtention: int, note: Decimal
) -> BeneficeNote:
    """Enregistre un bénéfice de note : l'épreuve ne sera plus évaluée pendant cinq ans."""
    _autoriser_beneficiaire(utilisateur, apprenant)
    if session_obtention > timezone.localdate().year:
        raise ValidationError({"session_obtention": "Cette session n'a pas encore eu lieu."})
    visees = apprenant.inscriptions.values_list("classe__session__annee", flat=True)
    plus_ancienne = max(visees, default=timezone.localdate().year) - DUREE_BENEFICE
    if session_obtention < plus_ancienne:
        dit = f"Une note se garde {DUREE_BENEFICE} ans : pour cet examen, elle date au plus tôt de {plus_ancienne}."
        raise ValidationError({"session_obtention": dit})
    benefice = BeneficeNote(apprenant=apprenant, epreuve=epreuve, session_obtention=session_obtention, note=note)
    benefice.full_clean()
    benefice.save(force_insert=True)
    journaliser(
        chaine=f"apprenant:{apprenant.pk}",
        acte="benefice.enregistre",
        auteur=utilisateur,
        objet=benefice,
        apres=_resume_benefice(benefice),
    )
    return benefice


@transaction.atomic
def renoncer_au_benefice(*, utilisateur: Utilisateur, benefice: BeneficeNote) -> None:
    """Le candidat repasse l'épreuve, ou la note avait été saisie par erreur."""
    _autoriser_beneficiaire(utilisateur, benefice.apprenant)
    fiche = BeneficeNote.objects.select_for_update().select_related("epreuve").filter(pk=benefice.pk).first()
    if fiche is None:
        raise ValidationError("Cette note n'est plus enregistrée.")
    cle, avant = fiche.pk, _resume_benefice(fiche)
    fiche.delete()
    journaliser(
        chaine=f"apprenant:{benefice.apprenant_id}",
        acte="benefice.retire",
        auteur=utilisateur,
        objet=f"certification.beneficenote:{cle}",
        avant=avant,
    )


def _autoriser_beneficiaire(utilisateur: Utilisateur, apprenant: Apprenant) -> None:
    """Qui organise un de ses centres ; jamais l'intéressé."""
    organise = apprenants_organises(utilisateur).filter(pk=apprenant.pk).exists()
    if not organise or apprenant.utilisateur_id == utilisateur.pk:
        raise PermissionDenied


def _resume_benefice(benefice: BeneficeNote) -> dict[str, object]:
    return {
        "epreuve": benefice.epreuve.code,
        "session_obtention": benefice.session_obtention,
        "note": str(benefice.note),
    }
