"""Publier une grille de notation, en préparer une nouvelle version, corriger ou abandonner un brouillon."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from centres.journal import journaliser
from centres.models import Utilisateur
from centres.permissions import roles_de
from certification.bareme import EntreeInvalide
from certification.models import Grille, PoidsGrille
from certification.queries.grilles import parametres_de
from referentiel.models import Competence, Ponderation, SessionExamen, VersionReferentiel

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
def modifier_grille(
    *, utilisateur: Utilisateur, grille: Grille, parametres: Mapping[str, Any], poids: Mapping[int, int]
) -> Grille:
    """Corrige un brouillon ; `poids` par compétence (clé primaire). Qui ne pourrait pas noter est refusé."""
    brouillon = _brouillon(utilisateur, grille)
    avant = _contenu(brouillon)
    lignes = list(brouillon.poids.select_related("competence"))
    if {ligne.competence_id for ligne in lignes} != set(poids):
        raise ValidationError("Une grille donne un poids à chaque compétence de son épreuve, et à aucune autre.")
    est_inchange = all(getattr(brouillon, champ) == parametres[champ] for champ in PARAMETRES)
    if est_inchange and all(ligne.poids == poids[ligne.competence_id] for ligne in lignes):
        return brouillon
    for champ in PARAMETRES:
        setattr(brouillon, champ, parametres[champ])
    for ligne in lignes:
        ligne.poids = poids[ligne.competence_id]
    brouillon.full_clean()
    _verifier_qu_elle_note(brouillon, lignes)
    brouillon.save(update_fields=PARAMETRES)
    PoidsGrille.objects.bulk_update(lignes, ["poids"])
    # Relus : « 1,5 » saisi et « 1.50 » gardé sont le même nombre, écrit d'une seule façon au journal.
    brouillon.refresh_from_db(fields=PARAMETRES)
    apres = _contenu(brouillon)
    journaliser(
        chaine=_chaine(brouillon), acte="modifier_grille", auteur=utilisateur, objet=brouillon, avant=avant, apres=apres
    )
    return brouillon


@transaction.atomic
def abandonner_brouillon(*, utilisateur: Utilisateur, grille: Grille) -> None:
    """Efface une grille qui n'a jamais été publiée ; le journal garde ce qu'elle disait."""
    brouillon = _brouillon(utilisateur, grille)
    cle, chaine, avant = brouillon.pk, _chaine(brouillon), _contenu(brouillon)
    brouillon.delete()
    journaliser(
        chaine=chaine,
        acte="abandonner_grille",
        auteur=utilisateur,
        objet=f"{Grille._meta.label_lower}:{cle}",
        avant=avant,
    )


def _brouillon(utilisateur: Utilisateur, grille: Grille) -> Grille:
    _verifier_droit(utilisateur)
    relue = Grille.objects.select_for_update().filter(pk=grille.pk).first()
    if relue is None:
        raise ValidationError("Ce brouillon a été abandonné entre-temps.")
    if relue.publiee_le is not None:
        raise ValidationError("Cette grille est publiée : préparez une nouvelle version pour la corriger.")
    return relue


def _publier(grille: Grille, auteur: Utilisateur | None) -> None:
    poids = list(grille.poids.select_related("competence"))
    attendues = set(Competence.objects.filter(bloc__epreuve=grille.epreuve).values_list("code", flat=True))
    if {ligne.competence.code for ligne in poids} != attendues:
        raise ValidationError("Une grille donne un poids à chaque compétence de son épreuve, et à aucune autre.")
    _verifier_qu_elle_note(grille, poids)
    grille.publiee_le = timezone.now()
    grille.save(update_fields=["publiee_le"])
    journaliser(chaine=_chaine(grille), acte="publier_grille", auteur=auteur, objet=grille, apres=_contenu(grille))


def _verifier_qu_elle_note(grille: Grille, poids: list[PoidsGrille]) -> None:
    try:
        parametres_de(grille, poids)
    except EntreeInvalide as erreur:
        raise ValidationError(f"Cette grille ne peut pas noter : {erreur}.") from erreur


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
