"""Écriture du référentiel : une version se charge en entier, ou pas du tout, et ne change plus."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from referentiel.controle import ANNEXES, MAITRISE_PAR_DEFAUT, controler, textes_coupes
from referentiel.models import (
    Activite,
    Bloc,
    Coefficient,
    Competence,
    CompetenceDetaillee,
    Correspondance,
    DegreEchelle,
    Descripteur,
    Diplome,
    Epreuve,
    Espace,
    Indicateur,
    IntituleActivite,
    NomenclatureMef,
    Option,
    Periode,
    Ponderation,
    Savoir,
    SessionExamen,
    Support,
    Tache,
    VersionReferentiel,
)

Arbre = Mapping[str, Any]
Options = Mapping[str | None, Option | None]


def importer_referentiel(donnees: dict[str, Any]) -> VersionReferentiel:
    """Contrôle tout, puis crée une nouvelle version publiée du diplôme ; lève ReferentielInvalide."""
    arbre = controler(donnees)
    with transaction.atomic():
        version = _creer_version(arbre)
        options = _creer_options(version, arbre)
        activites = _creer_activites(version, options, arbre["activites"])
        blocs = _creer_blocs(version, activites, arbre["blocs"])
        _creer_epreuves(version, options, blocs, arbre)
        competences = _creer_competences(version, blocs, arbre)
        _creer_detaillees(options, competences, arbre["competences"])
        _creer_ponderations(options, competences, arbre["ponderations"])
        _creer_cadre(version, options, arbre)
        _creer_complements(version, competences, arbre)
    return version


def creer_sessions(diplome: Diplome, annees: Iterable[int]) -> list[SessionExamen]:
    """Les sessions manquantes ; la fin du CCF reste à régler, une circulaire la fixe chaque année."""
    annees = list(annees)
    SessionExamen.objects.bulk_create(
        [SessionExamen(diplome=diplome, annee=annee) for annee in annees], ignore_conflicts=True
    )
    return list(SessionExamen.objects.filter(diplome=diplome, annee__in=annees))


def _creer_version(arbre: Arbre) -> VersionReferentiel:
    donnees = arbre["diplome"]
    Diplome.objects.get_or_create(code=donnees["code"])
    # Le verrou ordonne deux imports simultanés du même diplôme : deux numéros différents.
    diplome = Diplome.objects.select_for_update().get(code=donnees["code"])
    derniere = VersionReferentiel.objects.filter(diplome=diplome).order_by("-numero").first()
    famille = donnees.get("famille_de_metiers", {})
    return VersionReferentiel.objects.create(
        diplome=diplome,
        numero=derniere.numero + 1 if derniere else 1,
        intitule=donnees["intitule"],
        niveau=donnees["niveau"],
        premiere_session=donnees["premiere_session"],
        duree_cycle_annees=donnees["duree_cycle_annees"],
        famille_code=famille.get("code", ""),
        famille_intitule=famille.get("intitule", ""),
        famille_niveau=famille.get("niveau", ""),
        regles_ccf=arbre.get("ccf", {}),
        annexes=_annexes(arbre),
        publiee_le=timezone.now(),
    )


def _annexes(arbre: Arbre) -> dict[str, Any]:
    """Ce qui n'a pas de table à soi, gardé pour l'export."""
    annexes = {cle: arbre[cle] for cle in arbre if cle in ANNEXES or cle.startswith("coefficient_total_")}
    coupes = textes_coupes(arbre)
    return {**annexes, "textes_coupes": coupes} if coupes else annexes


def _creer_options(version: VersionReferentiel, arbre: Arbre) -> Options:
    lignes = Option.objects.bulk_create(
        [
            Option(version=version, code=ligne["code"], intitule=ligne["intitule"], ordre=ordre)
            for ordre, ligne in enumerate(arbre["options"], start=1)
        ]
    )
    options: Options = {None: None, **{option.code: option for option in lignes}}
    NomenclatureMef.objects.bulk_create(
        [
            NomenclatureMef(version=version, ordre=ordre, **{**ligne, "option": options[ligne.get("option")]})
            for ordre, ligne in enumerate(arbre.get("nomenclature_MEF", []), start=1)
        ]
    )
    return options


def _creer_activites(version: VersionReferentiel, options: Options, lignes: list[Arbre]) -> dict[str, Activite]:
    activites = {
        activite.code: activite
        for activite in Activite.objects.bulk_create(
            [Activite(version=version, code=ligne["code"], ordre=ordre) for ordre, ligne in enumerate(lignes, start=1)]
        )
    }
    IntituleActivite.objects.bulk_create(
        [
            IntituleActivite(activite=activites[ligne["code"]], option=options[option], intitule=intitule)
            for ligne in lignes
            for option, intitule in _par_option(ligne["intitule"])
        ]
    )
    Tache.objects.bulk_create(
        [
            Tache(
                activite=activites[ligne["code"]],
                code=tache["code"],
                option=options[tache.get("option")],
                intitule=tache["intitule"],
                ordre=ordre,
            )
            for ligne in lignes
            for ordre, tache in enumerate(ligne["taches"], start=1)
        ]
    )
    return activites


def _par_option(intitule: str | Mapping[str, str]) -> list[tuple[str | None, str]]:
    return [(None, intitule)] if isinstance(intitule, str) else list(intitule.items())


def _creer_blocs(
    version: VersionReferentiel, activites: Mapping[str, Activite], lignes: list[Arbre]
) -> list[tuple[Bloc, Arbre]]:
    blocs = Bloc.objects.bulk_create(
        [
            Bloc(
                version=version,
                numero=ligne["numero"],
                intitule=ligne["intitule"],
                verbes=ligne["verbes"],
                activite=activites[ligne["activite"]],
                unite=ligne["unite"],
            )
            for ligne in lignes
        ]
    )
    return list(zip(blocs, lignes, strict=True))


def _creer_epreuves(
    version: VersionReferentiel, options: Options, blocs: list[tuple[Bloc, Arbre]], arbre: Arbre
) -> None:
    bloc_de = {ligne["epreuve"]: bloc for bloc, ligne in blocs}
    epreuves = []
    for ordre, ligne in enumerate(arbre["epreuves"], start=1):
        modalite = arbre["modalites"][ligne["code"]]
        ponctuel = modalite.get("ponctuel", {})
        epreuves.append(
            Epreuve(
                version=version,
                bloc=bloc_de[ligne["code"]],
                code=ligne["code"],
                intitule=ligne["intitule"],
                ordre=ordre,
                a_ccf=modalite["ccf"],
                ponctuel_forme=ponctuel.get("forme", ""),
                ponctuel_duree_minutes=ponctuel.get("duree_minutes"),
            )
        )
    Epreuve.objects.bulk_create(epreuves)
    Coefficient.objects.bulk_create(
        [
            Coefficient(epreuve=epreuve, option=options[option], valeur=valeur)
            for epreuve, ligne in zip(epreuves, arbre["epreuves"], strict=True)
            for option, valeur in ligne["coefficient"].items()
        ]
    )


def _creer_competences(
    version: VersionReferentiel, blocs: list[tuple[Bloc, Arbre]], arbre: Arbre
) -> dict[str, Competence]:
    bloc_de = {code: bloc for bloc, ligne in blocs for code in ligne["competences"]}
    lignes = Competence.objects.bulk_create(
        [
            Competence(
                version=version,
                bloc=bloc_de[ligne["code"]],
                code=ligne["code"],
                nature=ligne.get("nature", ""),
                intitule=ligne["intitule"],
                ordre=ordre,
            )
            for ordre, ligne in enumerate(arbre["competences"], start=1)
        ]
    )
    return {competence.code: competence for competence in lignes}


def _creer_detaillees(options: Options, competences: Mapping[str, Competence], lignes: list[Arbre]) -> None:
    couples = [
        (
            CompetenceDetaillee(
                competence=competences[ligne["code"]],
                code=detail["code"],
                option=options[detail.get("option")],
                intitule=detail["intitule"],
                ordre=ordre,
            ),
            detail,
        )
        for ligne in lignes
        for ordre, detail in enumerate(ligne["detaillees"], start=1)
    ]
    CompetenceDetaillee.objects.bulk_create([detaillee for detaillee, _ in couples])
    Indicateur.objects.bulk_create(
        [
            Indicateur(detaillee=detaillee, texte=texte, ordre=ordre)
            for detaillee, detail in couples
            for ordre, texte in enumerate(detail.get("indicateurs", []), start=1)
        ]
    )
    Descripteur.objects.bulk_create(
        [
            Descripteur(detaillee=detaillee, niveau=niveau, texte=texte)
            for detaillee, detail in couples
            for niveau, texte in detail.get("descripteurs", {}).items()
        ]
    )


def _creer_ponderations(
    options: Options, competences: Mapping[str, Competence], ponderations: Mapping[str, Mapping[str, int]]
) -> None:
    Ponderation.objects.bulk_create(
        [
            Ponderation(competence=competences[code], option=options[option], poids=poids)
            for option, lignes in ponderations.items()
            for code, poids in lignes.items()
        ]
    )


def _creer_cadre(version: VersionReferentiel, options: Options, arbre: Arbre) -> None:
    """Échelles, périodes et jalons, supports, espaces."""
    echelles = {
        DegreEchelle.Echelle.IMPLICATION: arbre.get("autonomie", []),
        DegreEchelle.Echelle.SAVOIR: arbre.get("niveaux_de_savoirs", []),
        DegreEchelle.Echelle.MAITRISE: arbre.get("niveaux_de_maitrise", MAITRISE_PAR_DEFAUT),
    }
    DegreEchelle.objects.bulk_create(
        [DegreEchelle(version=version, echelle=cle, **degre) for cle, degres in echelles.items() for degre in degres]
    )
    jalons = {jalon["apres"]: jalon["documents"] for jalon in arbre.get("jalons", [])}
    Periode.objects.bulk_create(
        [
            Periode(version=version, intitule=intitule, ordre=ordre, jalons=jalons.get(intitule, []))
            for ordre, intitule in enumerate(arbre["periodes"], start=1)
        ]
    )
    Support.objects.bulk_create(
        [
            Support(version=version, option=options[option], intitule=intitule, ordre=ordre)
            for option, intitules in arbre.get("supports", {}).items()
            for ordre, intitule in enumerate(intitules, start=1)
        ]
    )
    Espace.objects.bulk_create(
        [
            Espace(version=version, option=options[option], intitule=intitule, ordre=ordre)
            for option in options
            for ordre, intitule in enumerate(arbre.get(f"espaces_{option}" if option else "espaces", []), start=1)
        ]
    )


def _creer_complements(version: VersionReferentiel, competences: Mapping[str, Competence], arbre: Arbre) -> None:
    """Ce que le document source n'a pas : savoirs associés et correspondances, chargés par l'établissement."""
    lignes = arbre.get("savoirs", [])
    savoirs = Savoir.objects.bulk_create(
        [
            Savoir(
                version=version,
                code=ligne["code"],
                intitule=ligne["intitule"],
                niveau_savoir=ligne.get("niveau"),
                ordre=ordre,
            )
            for ordre, ligne in enumerate(lignes, start=1)
        ]
    )
    liens = Savoir.competences.through
    liens.objects.bulk_create(
        [
            liens(savoir_id=savoir.pk, competence_id=competences[code].pk)
            for savoir, ligne in zip(savoirs, lignes, strict=True)
            for code in ligne["competences"]
        ]
    )
    Correspondance.objects.bulk_create(
        [
            Correspondance(
                version=version,
                referentiel_source=ligne["referentiel"],
                code_source=ligne["code"],
                intitule_source=ligne.get("intitule", ""),
                competence=competences[ligne["competence"]],
                ordre=ordre,
            )
            for ordre, ligne in enumerate(arbre.get("correspondances", []), start=1)
        ]
    )
