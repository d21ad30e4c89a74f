"""Les actes sur une échelle de compétences : la créer, l'écrire, la publier, en faire une nouvelle version."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from centres.journal import journaliser
from centres.models import Centre, Utilisateur
from centres.services.autorisation import autoriser
from evaluations.attendus import NIVEAU_VISE, NIVEAUX, proposer
from evaluations.models import Echelle, NiveauAttendu
from evaluations.permissions import peut_rediger_une_echelle
from evaluations.queries.echelles import echelles_de
from referentiel.models import Competence, CompetenceDetaillee, Periode, VersionReferentiel

PUBLIEE = "Cette échelle est publiée : elle ne change plus. Faites-en une nouvelle version."
DEJA_UN_BROUILLON = "Un brouillon de cette échelle est déjà ouvert : continuez-le."
VIDE = "Rien n'est encore attendu dans cette échelle : posez au moins un niveau avant de la publier."
DESCRIPTEUR_MAX = 600


class ConflitAttendu(ValidationError):
    """Quelqu'un a écrit ici entre-temps ; rien n'est écrasé. `codes` : les lignes en cause."""

    def __init__(self, codes: Iterable[str]) -> None:
        self.codes = tuple(codes)
        super().__init__(
            f"Modifié par quelqu'un d'autre pendant votre saisie : {', '.join(self.codes)}. "
            "Ses valeurs sont affichées ; reprenez les vôtres si elles tiennent toujours."
        )


@dataclass(frozen=True)
class SaisieAttendue:
    """Ce que l'équipe pose dans une case. `cle` : « d12 » (détaillée) ou « c3 » (compétence) ; `version` : celle lue.

    `descripteur=None` : seul le niveau change.
    """

    cle: str
    rang: int
    niveau: int | None
    version: int
    descripteur: str | None = None


@transaction.atomic
def creer_echelle(
    *,
    utilisateur: Utilisateur,
    centre: Centre,
    version: VersionReferentiel,
    cohorte: int,
    intitule: str = "",
    source: Echelle | None = None,
    niveau_vise: int | None = NIVEAU_VISE,
) -> Echelle:
    """Un brouillon : copie de `source`, sinon proposition de l'outil vers `niveau_vise`, sinon (vide) rien de posé."""
    autoriser(peut_rediger_une_echelle(utilisateur, centre))
    echelle = _ouvrir(utilisateur, centre, version, cohorte, intitule)
    if source is not None:
        autoriser(Echelle.objects.visibles_par(utilisateur).filter(pk=source.pk).exists())
        niveaux = _copie(source, echelle)
    else:
        niveaux = _proposition(echelle, niveau_vise) if niveau_vise else []
        echelle.est_proposee = bool(niveaux)
        echelle.save(update_fields=["est_proposee"])
    NiveauAttendu.objects.bulk_create(niveaux)
    _journaliser(
        "echelle.creee",
        utilisateur,
        echelle,
        apres={
            "intitule": echelle.intitule,
            "cohorte": cohorte,
            "numero": echelle.numero,
            "depart": "copie" if source else "proposition" if niveaux else "vide",
            "cases": len(niveaux),
        },
    )
    return echelle


@transaction.atomic
def nouvelle_version(*, utilisateur: Utilisateur, echelle: Echelle) -> Echelle:
    """Une échelle publiée ne change pas : on repart d'elle, en brouillon."""
    autoriser(peut_rediger_une_echelle(utilisateur, echelle.centre_id))
    if not echelle.est_publiee:
        raise ValidationError(DEJA_UN_BROUILLON)
    return creer_echelle(
        utilisateur=utilisateur,
        centre=echelle.centre,
        version=echelle.version_referentiel,
        cohorte=echelle.cohorte,
        intitule=echelle.intitule,
        source=echelle,
    )


@transaction.atomic
def modifier_niveau(*, utilisateur: Utilisateur, echelle: Echelle, saisie: SaisieAttendue) -> NiveauAttendu:
    """Une case, au clavier ; la version lue est comparée avant d'écrire."""
    return _ecrire(utilisateur, echelle, [saisie], acte="echelle.niveau")[0]


@transaction.atomic
def modifier_periode(
    *, utilisateur: Utilisateur, echelle: Echelle, saisies: Iterable[SaisieAttendue]
) -> list[NiveauAttendu]:
    """Toute une colonne, niveaux et descripteurs ; un seul événement. Rien n'est écrit si une seule case a changé."""
    return _ecrire(utilisateur, echelle, list(saisies), acte="echelle.periode")


@transaction.atomic
def publier_echelle(*, utilisateur: Utilisateur, echelle: Echelle) -> Echelle:
    """La cohorte s'y compare désormais ; plus personne n'y change rien."""
    actuelle = _brouillon(utilisateur, echelle)
    if not actuelle.niveaux.filter(niveau__isnull=False).exists():
        raise ValidationError(VIDE)
    actuelle.publiee_le = timezone.now()
    actuelle.save(update_fields=["publiee_le"])
    _journaliser("echelle.publiee", utilisateur, actuelle, apres={"publiee_le": actuelle.publiee_le})
    return actuelle


@transaction.atomic
def supprimer_brouillon(*, utilisateur: Utilisateur, echelle: Echelle) -> None:
    actuelle = _brouillon(utilisateur, echelle)
    objet = f"{Echelle._meta.label_lower}:{actuelle.pk}"
    nombre = actuelle.niveaux.count()
    actuelle.delete()
    journaliser(
        chaine=f"echelle:{echelle.pk}",
        acte="echelle.supprimee",
        auteur=utilisateur,
        objet=objet,
        avant={"intitule": echelle.intitule, "numero": echelle.numero, "cases": nombre},
    )


def _ouvrir(
    utilisateur: Utilisateur, centre: Centre, version: VersionReferentiel, cohorte: int, intitule: str
) -> Echelle:
    # Deux ouvertures simultanées se suivent : la seconde voit le brouillon de la première.
    Centre.objects.select_for_update(no_key=True).get(pk=centre.pk)
    connues = echelles_de(centre, version, cohorte)
    if connues.filter(publiee_le__isnull=True).exists():
        raise ValidationError(DEJA_UN_BROUILLON)
    derniere = connues.first()
    return Echelle.objects.create(
        centre=centre,
        version_referentiel=version,
        cohorte=cohorte,
        numero=derniere.numero + 1 if derniere else 1,
        intitule=intitule.strip() or f"Échelle de la cohorte {cohorte}-{cohorte + version.duree_cycle_annees}",
        auteur=utilisateur,
    )


def _proposition(echelle: Echelle, vise: int) -> list[NiveauAttendu]:
    """La règle de `attendus.proposer`, posée sur chaque détaillée des deux options."""
    periodes = list(echelle.version_referentiel.periodes.order_by("ordre"))
    return [
        NiveauAttendu(echelle=echelle, detaillee=detaillee, periode=periode, niveau=proposer(rang, len(periodes), vise))
        for detaillee in CompetenceDetaillee.objects.filter(competence__version=echelle.version_referentiel)
        for rang, periode in enumerate(periodes, start=1)
    ]


def _copie(source: Echelle, echelle: Echelle) -> list[NiveauAttendu]:
    """Sous la même version du texte seulement : un code ne dit pas la même chose d'un texte à l'autre."""
    if source.version_referentiel_id != echelle.version_referentiel_id:
        raise ValidationError("Cette échelle suit une autre version du référentiel : elle ne se copie pas.")
    return [
        NiveauAttendu(
            echelle=echelle,
            competence_id=une.competence_id,
            detaillee_id=une.detaillee_id,
            periode_id=une.periode_id,
            niveau=une.niveau,
            descripteur=une.descripteur,
        )
        for une in source.niveaux.order_by("pk")
    ]


def _ecrire(
    utilisateur: Utilisateur, echelle: Echelle, saisies: list[SaisieAttendue], *, acte: str
) -> list[NiveauAttendu]:
    actuelle = _brouillon(utilisateur, echelle)
    cibles = _Cibles(actuelle, saisies)
    changees = [saisie for saisie in saisies if cibles.change(saisie)]
    if en_conflit := sorted(cibles.codes[s.cle] for s in changees if cibles.version(s) != s.version):
        raise ConflitAttendu(en_conflit)
    avant = {cibles.nom(saisie): cibles.valeurs(saisie) for saisie in changees}
    for saisie in changees:
        cibles.poser(saisie)
    if changees:
        if actuelle.est_proposee:
            # Relue et changée par quelqu'un : ce n'est plus la seule proposition de l'outil.
            actuelle.est_proposee = False
            actuelle.save(update_fields=["est_proposee"])
        apres = {cibles.nom(saisie): cibles.valeurs(saisie) for saisie in changees}
        _journaliser(acte, utilisateur, actuelle, avant=avant, apres=apres)
    return [cibles.ligne(saisie) for saisie in saisies]


class _Cibles:
    """Les cases visées, lues d'un coup et tenues ; une cible étrangère à l'échelle est refusée."""

    def __init__(self, echelle: Echelle, saisies: Iterable[SaisieAttendue]) -> None:
        self.echelle = echelle
        version = echelle.version_referentiel_id
        self.periodes = {p.ordre: p for p in Periode.objects.filter(version=version)}
        competences = Competence.objects.filter(version=version).values_list("pk", "code")
        detaillees = CompetenceDetaillee.objects.filter(competence__version=version).values_list("pk", "code")
        self.codes = {f"c{pk}": code for pk, code in competences} | {f"d{pk}": code for pk, code in detaillees}
        for saisie in saisies:
            self._verifier(saisie)
        lues = NiveauAttendu.objects.select_for_update(of=("self",)).filter(echelle=echelle).select_related("periode")
        self.lignes = {
            (f"d{une.detaillee_id}" if une.detaillee_id else f"c{une.competence_id}", une.periode.ordre): une
            for une in lues
        }

    def _verifier(self, saisie: SaisieAttendue) -> None:
        if saisie.cle not in self.codes or saisie.rang not in self.periodes:
            raise ValidationError("Cette compétence ou cette période n'est pas de cette échelle.")
        if saisie.niveau is not None and saisie.niveau not in NIVEAUX:
            raise ValidationError("Le niveau attendu va de 1 à 4.")
        if saisie.descripteur is not None and len(saisie.descripteur.strip()) > DESCRIPTEUR_MAX:
            raise ValidationError(
                f"{self.codes[saisie.cle]} : {DESCRIPTEUR_MAX} caractères au plus pour ce que l'on doit observer."
            )

    def ligne(self, saisie: SaisieAttendue) -> NiveauAttendu:
        """Celle de la base, ou une case encore jamais écrite (version 0)."""
        cle = (saisie.cle, saisie.rang)
        if cle not in self.lignes:
            genre, pk = saisie.cle[0], int(saisie.cle[1:])
            self.lignes[cle] = NiveauAttendu(
                echelle=self.echelle,
                periode=self.periodes[saisie.rang],
                competence_id=pk if genre == "c" else None,
                detaillee_id=pk if genre == "d" else None,
                version=0,
            )
        return self.lignes[cle]

    def version(self, saisie: SaisieAttendue) -> int:
        return self.ligne(saisie).version

    def nom(self, saisie: SaisieAttendue) -> str:
        return f"{self.codes[saisie.cle]}, {self.periodes[saisie.rang].intitule}"

    def valeurs(self, saisie: SaisieAttendue) -> dict[str, object]:
        ligne = self.ligne(saisie)
        return {"niveau": ligne.niveau, "descripteur": ligne.descripteur}

    def change(self, saisie: SaisieAttendue) -> bool:
        ligne = self.ligne(saisie)
        texte = ligne.descripteur if saisie.descripteur is None else saisie.descripteur.strip()
        return (ligne.niveau, ligne.descripteur) != (saisie.niveau, texte)

    def poser(self, saisie: SaisieAttendue) -> None:
        ligne = self.ligne(saisie)
        ligne.niveau = saisie.niveau
        if saisie.descripteur is not None:
            ligne.descripteur = saisie.descripteur.strip()
        ligne.version += 1
        ligne.save()


def _brouillon(utilisateur: Utilisateur, echelle: Echelle) -> Echelle:
    """La ligne telle qu'elle est, tenue jusqu'à la fin de la transaction, si elle s'écrit encore."""
    actuelle = Echelle.objects.select_for_update().get(pk=echelle.pk)
    autoriser(peut_rediger_une_echelle(utilisateur, actuelle.centre_id))
    if actuelle.est_publiee:
        raise ValidationError(PUBLIEE, code="publiee")
    return actuelle


def _journaliser(acte: str, utilisateur: Utilisateur, echelle: Echelle, *, apres: object, avant: object = None) -> None:
    journaliser(chaine=f"echelle:{echelle.pk}", acte=acte, auteur=utilisateur, objet=echelle, avant=avant, apres=apres)
